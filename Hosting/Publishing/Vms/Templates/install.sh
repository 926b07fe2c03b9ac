#!/usr/bin/env bash
# Makes this machine what machine.conf and files.list beside this script say. Run as root; run again at any time: what is
# as it should be is left alone, and a second run changes nothing.
#
#   install.sh [--restart] [--replace] [--wait SECONDS] [--no-wait]
#
#   --restart       restart a running service where a change needs that (otherwise only said)
#   --replace       etcd machines: take the place of a lost member of the same name in an etcd that is running
#   --wait SECONDS  how long to wait until this machine's services are healthy (600)
#   --no-wait       do not wait
#
# Exit codes: 0 done, 1 failed (with the reason), 2 wrong arguments.
set -euo pipefail
export LC_ALL=C.UTF-8

# shellcheck source-path=SCRIPTDIR source=machine.sh
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

restart=no replace=no wait_seconds=600
changes=0
reload_units=' ' restart_units=' ' reload_daemon=no previous_dynamic=no

say() { printf '%s: %s\n' "$MACHINE" "$*"; }
die() {
    printf '%s: error: %s\n' "$MACHINE" "$*" >&2
    exit 1
}
changed() {
    changes=$((changes + 1))
    say "$*"
}

parse_arguments() {
    while (($# > 0)); do
        case $1 in
            --restart) restart=yes ;;
            --replace) replace=yes ;;
            --no-wait) wait_seconds=0 ;;
            --wait)
                [[ ${2:-} =~ ^[0-9]+$ ]] || { printf 'usage: --wait SECONDS\n' >&2; exit 2; }
                wait_seconds=$2
                shift
                ;;
            *)
                printf 'unknown argument: %s\n' "$1" >&2
                exit 2
                ;;
        esac
        shift
    done
}

check_machine() {
    require_root
    [[ -d /run/systemd/system ]] || die "this machine does not run systemd, which starts and guards the services."
    local found
    # shellcheck source=/dev/null
    found=$(. /etc/os-release && printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-unknown}")
    [[ $found == "$OS_ID $OS_VERSION" ]] || die "made for $OS_ID $OS_VERSION, but this is $found: change 'os' in the inventory and publish again."
    if ! ip -4 -oneline address show | grep -Fq " $ADDRESS/"; then
        die "this machine has no address $ADDRESS: correct the inventory, or run the installer of the machine that it is."
    fi
}

set_host_name() {
    if [[ $(hostname) != "$MACHINE" ]]; then
        hostnamectl set-hostname "$MACHINE" || die "the host name could not be set to $MACHINE."
        changed "host name set"
    fi
}

# --- packages ---------------------------------------------------------------------------------------------------------

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == 'ii ' ]]; }

missing_packages() {
    local package
    for package in "$@"; do
        is_installed "$package" || printf '%s\n' "$package"
    done
}

apt_quietly() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 "$@"
}

# First with the package lists as they are (they may be fresh, or all there is), then with new ones.
install_packages() {
    apt_quietly install -y --no-install-recommends "$@" >/dev/null 2>&1 && return 0
    say "refreshing the package lists"
    apt_quietly update || die "the package lists could not be refreshed: does this machine reach its package archive?"
    apt_quietly install -y --no-install-recommends "$@" >/dev/null || die "the packages could not be installed: $*."
}

# PostgreSQL's own archive, with the key that the distribution ships.
add_postgresql_archive() {
    local source=/etc/apt/sources.list.d/pgdg.sources key=/usr/share/postgresql-common/pgdg/apt.postgresql.org.asc
    if [[ ! -e $key ]] || ! is_installed ca-certificates; then
        install_packages postgresql-common ca-certificates
        changed "installed postgresql-common"
    fi
    [[ -e $key ]] || die "the package postgresql-common does not hold the archive's key ($key)."
    if ! cmp -s "$here/pgdg.sources" "$source"; then
        install -m 0644 -o root -g root "$here/pgdg.sources" "$source"
        apt_quietly update || die "the package lists of PostgreSQL's archive could not be fetched: does this machine reach apt.postgresql.org?"
        changed "added PostgreSQL's archive"
    fi
}

masked=()
unmask_services() {
    if ((${#masked[@]} > 0)); then
        systemctl --runtime unmask "${masked[@]}" >/dev/null 2>&1 || true
        masked=()
    fi
}

# A service that its package starts would come up with the package's example configuration first.
ensure_packages() {
    local wanted=() missing=() unit
    read -r -a wanted <<<"$PACKAGES"
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    if ((${#missing[@]} == 0)); then return; fi
    for unit in $UNITS; do
        if ! systemctl cat "$unit" >/dev/null 2>&1; then masked+=("$unit"); fi
    done
    trap unmask_services EXIT
    if ((${#masked[@]} > 0)); then systemctl --runtime mask "${masked[@]}" >/dev/null 2>&1; fi
    if [[ $PGDG == yes ]]; then add_postgresql_archive; fi
    say "installing ${missing[*]}"
    install_packages "${missing[@]}"
    unmask_services
    trap - EXIT
    reload_daemon=yes
    changed "installed ${#missing[@]} packages"
}

# --- files ------------------------------------------------------------------------------------------------------------

note_change() { # what a changed file means for the unit that reads it: unit:action, or -
    local unit=${1%:*} action=${1##*:}
    case $action in
        reload) reload_units+="$unit " ;;
        restart) restart_units+="$unit " ;;
    esac
}

install_file() { # source mode owner group target effect
    local source=$1 mode=$2 owner=$3 group=$4 target=$5 effect=$6 found
    found=$(stat -c '%a %U %G' "$target" 2>/dev/null || true)
    if [[ $found == "${mode#0} $owner $group" ]] && cmp -s "$source" "$target"; then return; fi
    [[ -d ${target%/*} ]] || install -d -m 0755 -o root -g root "${target%/*}"
    # A new file and a rename: a reader sees the old content or the new one, and a secret is never readable in between.
    install -m "$mode" -o "$owner" -g "$group" "$source" "$target.new"
    mv -f "$target.new" "$target"
    if [[ $target == /etc/systemd/system/* ]]; then reload_daemon=yes; fi
    note_change "$effect"
    changed "wrote $target"
}

install_files() { # early: before the packages; late: after them, when their users exist
    local phase mode owner group effect target
    while read -r phase mode owner group effect target; do
        if [[ $phase == "$1" ]]; then install_file "$here/files$target" "$mode" "$owner" "$group" "$target" "$effect"; fi
    done <"$here/files.list"
}

ensure_directories() { # mode:owner:group:path ...
    local entry mode owner group path
    for entry in $DIRECTORIES; do
        IFS=: read -r mode owner group path <<<"$entry"
        if [[ $(stat -c '%a %U %G' "$path" 2>/dev/null || true) != "${mode#0} $owner $group" ]]; then
            install -d -m "$mode" -o "$owner" -g "$group" "$path"
            changed "made $path"
        fi
    done
}

# Passwords come in secrets.env beside this script; once they are in place that copy is removed.
ensure_secrets() {
    local names
    if has_role data; then
        read -r -a names <<<"$SECRETS"
        ensure_service_secrets /etc/patroni/secrets.env patroni.service "${names[@]}"
    fi
    if has_role haproxy; then
        ensure_service_secrets /etc/haproxy/secrets.env haproxy.service CLUSTER_STATISTICS_PASSWORD
    fi
    rm -f "$here/secrets.env"
}

ensure_service_secrets() { # target unit name...: each service gets its own passwords alone
    local target=$1 unit=$2 name
    shift 2
    if [[ -e $here/secrets.env ]]; then
        (umask 077 && for name in "$@"; do grep "^$name=" "$here/secrets.env" || true; done >"$here/secrets.own")
        if [[ -s $here/secrets.own ]]; then install_file "$here/secrets.own" 0600 root root "$target" "$unit:restart"; fi
        rm -f "$here/secrets.own"
    fi
    [[ -e $target ]] || die "there are no passwords: put the published secrets.env beside $0 (mode 0600), then run it again."
    for name in "$@"; do
        grep -Eq "^$name=.+" "$target" || die "$target has no $name."
    done
}

# Certificates come in the folder certificates beside this script; once they are in place that copy is removed.
ensure_certificates() {
    [[ $TLS == yes ]] || return 0
    local role directory user file unit
    for role in $ROLES; do
        read -r directory user <<<"$(certificate_directory "$role")"
        case $role in
            data) unit=patroni.service:reload ;;
            haproxy) unit=haproxy.service:reload ;;
            *) unit=- ;; # etcd reads its own at the next connection
        esac
        if [[ -d $here/certificates/$role ]]; then
            install_file "$here/certificates/$role/ca.crt" 0644 root root "$directory/ca.crt" "$unit"
            for file in "$here/certificates/$role/"*.pem; do
                [[ ${file##*/} == administrator.pem ]] || install_file "$file" 0600 "$user" "$user" "$directory/${file##*/}" "$unit"
            done
        fi
        [[ -e $directory/server.pem ]] || die "there are no certificates: make them with make-certificates.sh, put the folder certificates/$MACHINE beside $0 as certificates, then run it again."
    done
}

# --- services ---------------------------------------------------------------------------------------------------------

# postgresql-common's own units would start servers beside Patroni's.
leave_postgresql_to_patroni() {
    has_role data || return 0
    if systemctl is-enabled -q postgresql.service 2>/dev/null; then
        systemctl disable --now postgresql.service >/dev/null 2>&1
        changed "disabled postgresql.service: Patroni starts the server"
    fi
}

ensure_services() {
    local unit
    if [[ $reload_daemon == yes ]]; then systemctl daemon-reload; fi
    for unit in $UNITS; do
        if ! systemctl is-enabled -q "$unit" 2>/dev/null; then
            systemctl enable "$unit" >/dev/null 2>&1 || die "$unit could not be enabled."
            changed "enabled $unit"
        fi
        if ! systemctl is-active -q "$unit"; then
            systemctl reset-failed "$unit" 2>/dev/null || true
            # Not waited for here: an etcd member becomes ready only with its peers.
            systemctl start --no-block "$unit" || die "$unit could not be started."
            changed "started $unit"
        elif restart_is_pending "$unit"; then
            restart_service "$unit"
        elif [[ $reload_units == *" $unit "* ]]; then
            systemctl reload-or-restart "$unit" || die "$unit could not be reloaded: see 'journalctl -u $unit'."
            changed "reloaded $unit"
        fi
    done
}

# Also true for a change that an earlier run wrote and nobody has restarted the service for since.
restart_is_pending() { # unit
    [[ $restart_units == *" $1 "* ]] && return 0
    local started effect target
    started=$(systemctl show --timestamp=unix --property ActiveEnterTimestamp --value "$1")
    [[ ${started#@} =~ ^[0-9]+$ ]] || return 1
    while read -r _ _ _ _ effect target; do
        if [[ $effect == "$1:restart" ]] && (($(stat -c %Y "$target") > ${started#@})); then return 0; fi
    done <"$here/files.list"
    local secrets=/etc/${1%.service}/secrets.env
    [[ -e $secrets ]] && (($(stat -c %Y "$secrets") > ${started#@}))
}

restart_service() {
    if [[ $restart == yes ]]; then
        systemctl restart "$1" || die "$1 could not be restarted: see 'journalctl -u $1'."
        changed "restarted $1"
    else
        say "NOTE: $1 takes the change when it is restarted: run this again with --restart, one machine after the other"
    fi
}

# Settings that live in etcd (ttl, synchronous mode, PostgreSQL's parameters) do not come from patroni.yml once the cluster exists.
apply_dynamic_configuration() {
    has_role data && [[ $previous_dynamic == changed ]] || return 0
    local attempt
    for attempt in 1 2 3; do
        if /usr/local/sbin/hapg edit-config --apply /etc/patroni/dynamic.yml --force >/dev/null 2>&1; then
            changed "applied the cluster-wide settings"
            return
        fi
        sleep "$attempt"
    done
    die "the cluster-wide settings could not be applied: is etcd up? Try 'hapg edit-config --apply /etc/patroni/dynamic.yml --force'."
}

note_dynamic_configuration() {
    has_role data || return 0
    local target=/etc/patroni/dynamic.yml
    if [[ -e $target ]] && ! cmp -s "$here/files$target" "$target"; then previous_dynamic=changed; fi
}

# --- etcd: a machine that replaces a lost member --------------------------------------------------------------------------

replace_etcd_member() {
    [[ $replace == yes ]] || return 0
    has_role etcd || die "--replace is for etcd machines; a data node needs no option: it copies its data from the leader."
    [[ -n $ETCD_PEERS ]] || die "--replace needs other members; a single etcd is simply installed again, and Patroni fills it."
    [[ ! -d /var/lib/etcd/data/member ]] || die "this member has its data: --replace is for a machine without."
    local endpoints=${ETCD_PEERS// /,} lost scheme=http administrator=$here/certificates/etcd/administrator.pem
    if [[ $TLS == yes ]]; then
        scheme=https
        [[ -e $administrator ]] || die "--replace needs a certificate of etcd's administrator: use deploy.sh, or 'make-certificates.sh --administrator $MACHINE/etcd/administrator.pem'."
    fi
    lost=$(etcdctl_at "$endpoints" "$administrator" member list | awk -F ', ' -v name="$MACHINE" -v url="$scheme://$ADDRESS:2380" '$3 == name || $4 == url { print $1 }')
    if [[ -n $lost ]]; then etcdctl_at "$endpoints" "$administrator" member remove "$lost" >/dev/null; fi
    etcdctl_at "$endpoints" "$administrator" member add "$MACHINE" --peer-urls "$scheme://$ADDRESS:2380" >/dev/null \
        || die "the running etcd members did not accept this one: see 'etcdctl --endpoints $endpoints endpoint health'."
    # Read only when the data directory is empty, so the change is needed for one start.
    install -d -m 0755 /run/hapg /run/systemd/system/etcd.service.d
    sed 's/^initial-cluster-state: .*/initial-cluster-state: existing/' /etc/etcd/etcd.yml >/run/hapg/etcd-join.yml
    chmod 0644 /run/hapg/etcd-join.yml
    printf '[Service]\nExecStart=\nExecStart=/usr/bin/etcd --config-file /run/hapg/etcd-join.yml\n' >/run/systemd/system/etcd.service.d/join.conf
    systemctl daemon-reload
    systemctl start etcd.service || die "etcd did not join: see 'journalctl -u etcd'."
    rm -f /run/systemd/system/etcd.service.d/join.conf /run/hapg/etcd-join.yml
    systemctl daemon-reload
    changed "joined the running etcd"
}

# --- health -----------------------------------------------------------------------------------------------------------

etcd_ready() { [[ $(etcd_get /health) =~ \"health\":\ *\"true\" ]]; }
data_ready() {
    local reply
    reply=$(patroni_get /patroni)
    [[ $reply =~ \"state\":\ *\"running\" ]] && [[ $reply =~ \"role\":\ *\"(primary|master)\" || $reply =~ \"replication_state\":\ *\"streaming\" ]]
}
haproxy_ready() { [[ $(http_get 127.0.0.1 "$HEALTH_PORT" /alive) == *' 200 '* ]]; }

await() { # role unit
    local deadline=$((SECONDS + wait_seconds))
    until "$1_ready"; do
        if ((SECONDS >= deadline)); then
            journalctl --no-pager --quiet --lines 20 --unit "$2" >&2 || true
            die "$2 was not healthy within $wait_seconds s; its last log lines are above."
        fi
        sleep 0.5
    done
    say "$2 is healthy"
}

await_health() {
    if ((wait_seconds == 0)); then return; fi
    if has_role etcd; then await etcd etcd.service; fi
    if has_role data; then await data patroni.service; fi
    if has_role haproxy; then await haproxy haproxy.service; fi
}

check_watchdog() {
    has_role data || return 0
    if [[ ! -e /dev/watchdog ]]; then
        say "NOTE: the kernel has no watchdog (softdog comes with linux-modules-extra on some Ubuntu kernels): a leader that hangs is not reset"
    fi
}

main() {
    parse_arguments "$@"
    check_machine
    set_host_name
    install_files early
    ensure_packages
    note_dynamic_configuration
    install_files late
    ensure_directories
    ensure_secrets
    ensure_certificates
    leave_postgresql_to_patroni
    replace_etcd_member
    rm -rf "$here/certificates"
    ensure_services
    await_health
    apply_dynamic_configuration
    check_watchdog
    say "done, $changes changes"
}

main "$@"
