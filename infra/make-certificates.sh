#!/usr/bin/env bash
# Makes the certificates of this deployment, one for each line of certificates.list: those that are missing, that were changed in the list,
# or that end within 30 days. The first time it makes their authority too, whose key (ca.key) stays in the folder and goes to no machine.
#
#   make-certificates.sh [--renew] [--administrator FILE] [FOLDER]
#
#   --renew               all certificates anew, with new keys; the authority stays
#   --administrator FILE  none of the list, but one in the name of etcd's administrator, for one day: whoever has it may do anything in etcd
#   FOLDER                where they go; default: certificates, beside this script
set -euo pipefail
umask 077

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
renew=no administrator='' folder=$here/certificates
while (($# > 0)); do
    case $1 in
        --renew) renew=yes ;;
        --administrator) administrator=${2:?--administrator needs a file} && shift ;;
        -*)
            sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
            exit 2
            ;;
        *) folder=$1 ;;
    esac
    shift
done
command -v openssl >/dev/null || { printf 'make-certificates.sh: error: openssl is not installed here.\n' >&2; exit 1; }

mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
soon=$((30 * 24 * 3600))

make_authority() { # days subject
    cat >"$work/authority.cnf" <<END
[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
[subject]
$2 $(openssl rand -hex 4)
[extensions]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
END
    openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days "$1" \
        -config "$work/authority.cnf" -keyout "$folder/ca.key" -out "$folder/ca.crt" 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
    printf 'made the authority\n'
}

make_certificate() { # path days usages names subject
    cat >"$work/request.cnf" <<END
[req]
distinguished_name = subject
prompt = no
[subject]
$5
[extensions]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = $3
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
    [[ -z $4 ]] || printf 'subjectAltName = %s\n' "$4" >>"$work/request.cnf"
    {
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -config "$work/request.cnf" -keyout "$work/key" -out "$work/request"
        openssl x509 -req -sha256 -in "$work/request" -days "$2" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -set_serial "0x4$(openssl rand -hex 15)" \
            -extfile "$work/request.cnf" -extensions extensions -out "$work/certificate"
    } 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
    cat "$work/certificate" "$work/key" >"$folder/$1.new"
    mv -f "$folder/$1.new" "$folder/$1"
    printf 'made %s\n' "$1"
}

is_current() { # path line
    [[ $renew == no && -e $folder/$1 ]] \
        && [[ $(cat "$folder/made/${1//\//-}" 2>/dev/null) == "$2" ]] \
        && openssl x509 -in "$folder/$1" -noout -checkend "$soon" >/dev/null \
        && openssl verify -CAfile "$folder/ca.crt" "$folder/$1" >/dev/null 2>&1
}

if [[ -n $administrator ]]; then
    make_certificate "$administrator" 1 clientAuth '' CN=root
    exit 0
fi

mkdir -p "$folder/made"
while IFS= read -r line; do
    IFS=';' read -r path owner days usages names subject <<<"$line"
    case $path in
        '#'*) continue ;;
        ca.crt)
            [[ -e $folder/ca.key ]] || make_authority "$days" "$subject"
            chmod 0644 "$folder/ca.crt"
            continue
            ;;
    esac
    component=$folder/${path%/*}
    mkdir -p "$component"
    chmod 0700 "$component"
    is_current "$path" "$line" || make_certificate "$path" "$days" "$usages" "$names" "$subject"
    cmp -s "$folder/ca.crt" "$component/ca.crt" || install -m 0644 "$folder/ca.crt" "$component/ca.crt"
    if [[ -n $owner ]]; then chown "$owner:$owner" "$component" "$component/ca.crt" "$folder/$path"; fi
    printf '%s\n' "$line" >"$folder/made/${path//\//-}"
done <"$here/certificates.list"
