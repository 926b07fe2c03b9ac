#!/usr/bin/env bash
# Installs, verifies or uninstalls the machines over SSH, from where this folder is. Needs a user that may use sudo there
# without a password.
#
#   deploy.sh user-data [MACHINE…]
#   deploy.sh install   [--user NAME] [--identity FILE] [MACHINE…] [-- arguments of install.sh]
#   deploy.sh verify    [--user NAME] [--identity FILE] [MACHINE…]
#   deploy.sh uninstall [--user NAME] [--identity FILE] [MACHINE…] [-- arguments of uninstall.sh]
#
# Without names: all machines, all at once; with `-- --restart` one after the other. install and user-data make the certificates that are
# missing, in the folder certificates here (see make-certificates.sh); user-data writes machines/NAME/user-data.complete with them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
declare -A address=() roles=()
names=()
while read -r name host list; do
    address[$name]=$host
    roles[$name]=$list
    names+=("$name")
done <"$here/machines.list"

verb=${1:-}
case $verb in
    user-data | install | verify | uninstall) shift ;;
    *)
        sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac

user=$(id -un) identity=() chosen=() extra=() serial=no
while (($# > 0)); do
    case $1 in
        --user) user=${2:?--user needs a name} && shift ;;
        --identity) identity=(-i "${2:?--identity needs a file}") && shift ;;
        --)
            shift
            extra=("$@")
            break
            ;;
        *)
            [[ -n ${address[$1]:-} ]] || { printf 'deploy.sh: no machine %s (known: %s)\n' "$1" "${names[*]}" >&2; exit 2; }
            chosen+=("$1")
            ;;
    esac
    shift
done
((${#chosen[@]} > 0)) || chosen=("${names[@]}")
if [[ " ${extra[*]:-} " == *' --restart '* ]]; then serial=yes; fi

target=/var/lib/hapg/installer
on() { # machine command
    ssh -o BatchMode=yes "${identity[@]}" "$user@${address[$1]}" "$2"
}

run() { # machine
    local arguments=''
    if ((${#extra[@]} > 0)); then arguments=$(printf ' %q' "${extra[@]}"); fi
    if [[ $verb == install ]]; then
        tar -C "$here/machines/$1/installer" -cf - . | on "$1" "sudo sh -c 'umask 077; rm -rf $target; mkdir -p $target; tar -xf - --no-same-owner -C $target'"
        if [[ -e $here/secrets.env && " ${roles[$1]} " =~ \ (data|haproxy)\  ]]; then
            # By standard input: never part of a command line. A front door is told its own password alone.
            local wanted=.
            [[ " ${roles[$1]} " == *' data '* ]] || wanted='^CLUSTER_STATISTICS_PASSWORD='
            grep "$wanted" "$here/secrets.env" | on "$1" "sudo sh -c 'umask 077; cat >$target/secrets.env'"
        fi
        if [[ -d $here/certificates/$1 ]]; then
            tar -C "$here/certificates/$1" -cf - . | on "$1" "sudo sh -c 'umask 077; mkdir -p $target/certificates; tar -xf - --no-same-owner -C $target/certificates'"
        fi
    fi
    on "$1" "sudo bash $target/$verb.sh$arguments"
}

if [[ $verb != verify && $verb != uninstall && -e $here/certificates.list ]]; then
    "$here/make-certificates.sh"
    if [[ " ${extra[*]:-} " == *' --replace '* ]]; then
        for name in "${chosen[@]}"; do "$here/make-certificates.sh" --administrator "$name/etcd/administrator.pem"; done
    fi
fi

complete_user_data() { # machine: its certificates become entries of write_files, which user-data ends with
    local directory=$here/certificates/$1 target=$here/machines/$1/user-data.complete file
    : >"$target.new"
    chmod 0600 "$target.new"
    {
        cat "$here/machines/$1/user-data"
        while read -r file; do
            printf -- "- path: /var/lib/hapg/installer/certificates/%s\n  permissions: '0600'\n  content: |\n" "$file"
            sed 's/^/    /' "$directory/$file"
        done < <(cd "$directory" && find . -type f | sed 's|^\./||' | sort)
    } >>"$target.new"
    mv -f "$target.new" "$target"
    printf '%s\n' "$target"
}

if [[ $verb == user-data ]]; then
    [[ -d $here/certificates ]] || { printf 'deploy.sh: there are no certificates to add: use user-data as it is.\n' >&2; exit 1; }
    for name in "${chosen[@]}"; do complete_user_data "$name"; done
    exit 0
fi

status=0
if [[ $serial == yes ]]; then
    for name in "${chosen[@]}"; do run "$name" || { status=1; break; }; done
else
    pids=()
    for name in "${chosen[@]}"; do
        run "$name" &
        pids+=("$!")
    done
    for pid in "${pids[@]}"; do wait "$pid" || status=1; done
fi
for name in "${chosen[@]}"; do rm -f "$here/certificates/$name/etcd/administrator.pem"; done
exit "$status"
