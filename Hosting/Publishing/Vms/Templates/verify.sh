#!/usr/bin/env bash
# Checks that this machine does its part of the cluster. Changes nothing. Run as root.
# One line for each check; exit code 0 when all are ok, 1 when one is not.
set -euo pipefail
export LC_ALL=C.UTF-8

# shellcheck source-path=SCRIPTDIR source=machine.sh
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

failures=0
ok() { printf '%s: ok    %s\n' "$MACHINE" "$*"; }
note() { printf '%s: note  %s\n' "$MACHINE" "$*"; }
failed() {
    printf '%s: FAIL  %s\n' "$MACHINE" "$*"
    failures=$((failures + 1))
}
check() { # sentence command…
    local sentence=$1
    shift
    if "$@" >/dev/null 2>&1; then ok "$sentence"; else failed "$sentence"; fi
}
replies() { # pattern command…
    local pattern=$1
    shift
    "$@" | grep -q "$pattern"
}

# Far enough ahead that somebody can still renew them.
good_for_two_weeks() { openssl x509 -in "$1" -noout -checkend $((14 * 24 * 3600)); }
signed_by_ours() { openssl verify -CAfile "${1%/*}/ca.crt" "$1"; }
speaks_tls() { # host port
    timeout 3 openssl s_client -verify_return_error -verify_hostname localhost -CAfile /etc/patroni/tls/ca.crt -connect "$1:$2" -starttls postgres </dev/null 2>/dev/null | grep -q 'TLSv1.3'
}

verify_certificates() {
    local role directory user file
    for role in $ROLES; do
        read -r directory user <<<"$(certificate_directory "$role")"
        for file in "$directory"/*.pem; do
            check "$file is readable by $user alone" test "$(stat -c '%a %U' "$file")" = "600 $user"
            check "$file is signed by this cluster's authority" signed_by_ours "$file"
            check "$file is good for two weeks" good_for_two_weeks "$file"
        done
    done
    if has_role data; then check "PostgreSQL speaks TLS 1.3" speaks_tls "$ADDRESS" 5432; fi
}

verify_files() {
    local phase mode owner group effect target found
    while read -r phase mode owner group effect target; do
        : "$phase" "$effect"
        found=$(stat -c '%a %U %G' "$target" 2>/dev/null || printf 'missing')
        if [[ $found != "${mode#0} $owner $group" ]]; then
            failed "$target is $found and should be ${mode#0} $owner $group"
        elif ! cmp -s "$here/files$target" "$target"; then
            failed "$target differs from what was published"
        fi
    done <"$here/files.list"
    ok "files compared: $(wc -l <"$here/files.list")"
}

verify_units() {
    local unit
    for unit in $UNITS; do
        check "$unit is enabled" systemctl is-enabled "$unit"
        check "$unit is active" systemctl is-active "$unit"
    done
}

one_leader_and_streaming_replicas() {
    local list leaders streaming
    list=$(/usr/local/sbin/hapg list --format tsv)
    leaders=$(awk -F '\t' '$4 == "Leader" && $5 == "running"' <<<"$list" | wc -l)
    streaming=$(awk -F '\t' '$4 ~ /Replica|Sync Standby|Quorum Standby/ && $5 == "streaming"' <<<"$list" | wc -l)
    ((leaders == 1 && streaming == DATA_NODES - 1))
}

patroni_configuration_is_valid() {
    local complaints
    complaints=$(setpriv --reuid postgres --regid postgres --init-groups \
        patroni --validate-config --ignore-listen-port /etc/patroni/config.yml 2>&1 || true)
    # Patroni takes this value, but the validator of 4.0 does not know it yet.
    complaints=$(grep -v 'synchronous_mode quorum is not a boolean' <<<"$complaints" || true)
    [[ -z $complaints ]]
}

verify_data() {
    check "secrets are readable by root alone" test "$(stat -c '%a %U %G' /etc/patroni/secrets.env)" = '600 root root'
    check "Patroni's configuration is valid" patroni_configuration_is_valid
    check "PostgreSQL runs under Patroni" replies '"state": "running"' patroni_get /patroni
    check "one leader, $((DATA_NODES - 1)) streaming replicas" one_leader_and_streaming_replicas
    if [[ -e /dev/watchdog ]]; then
        check "the watchdog belongs to Patroni" test "$(stat -c %U /dev/watchdog)" = postgres
    else
        note "the kernel has no watchdog: a leader that hangs is not reset"
    fi
}

verify_etcd() {
    check "etcd is healthy" replies '"health": *"true"' etcd_get /health
    local members
    members=$(etcdctl_at "$ADDRESS:2379" /etc/etcd/tls/server.pem member list 2>/dev/null | grep -c ', started, ' || true)
    check "etcd has $ETCD_MEMBERS started member(s)" test "$members" = "$ETCD_MEMBERS"
}

port_open() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"
}

verify_haproxy() {
    check "the password is readable by root alone" test "$(stat -c '%a %U %G' /etc/haproxy/secrets.env)" = '600 root root'
    check "statistics want a password" replies ' 401 ' statistics_get /
    check "HAProxy's configuration is valid" env CLUSTER_STATISTICS_PASSWORD=any haproxy -c -q -f /etc/haproxy/haproxy.cfg
    check "port $READ_WRITE_PORT leads to the leader" replies ' 200 ' http_get 127.0.0.1 "$HEALTH_PORT" /health
    check "port $READ_WRITE_PORT is open" port_open 127.0.0.1 "$READ_WRITE_PORT"
    check "port $READ_ONLY_PORT is open" port_open 127.0.0.1 "$READ_ONLY_PORT"
    if [[ -n $VIRTUAL_ADDRESS ]]; then
        check "the shared address $VIRTUAL_ADDRESS answers" port_open "${VIRTUAL_ADDRESS%/*}" "$READ_WRITE_PORT"
    fi
}

require_root
verify_files
verify_units
check "the firewall's rules are loaded" nft list table inet hapg
if [[ $TLS == yes ]]; then verify_certificates; fi
if has_role etcd; then verify_etcd; fi
if has_role data; then verify_data; fi
if has_role haproxy; then verify_haproxy; fi
((failures == 0)) || { printf '%s: %d check(s) failed\n' "$MACHINE" "$failures"; exit 1; }
printf '%s: all checks passed\n' "$MACHINE"
