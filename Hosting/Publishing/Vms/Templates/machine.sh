# Sourced by install.sh, verify.sh and uninstall.sh: what this machine is, and how to ask it.
# shellcheck shell=bash disable=SC2034 # the variables are for the scripts
MACHINE='' ADDRESS='' ROLES='' OS_ID='' OS_VERSION='' PGDG='' PACKAGES='' UNITS='' DIRECTORIES='' DATA_DIRECTORY=''
DATA_NODES='' ETCD_MEMBERS='' ETCD_PEERS='' READ_WRITE_PORT='' READ_ONLY_PORT='' STATISTICS_PORT='' HEALTH_PORT='' VIRTUAL_ADDRESS='' TLS=no SECRETS=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$here/machine.conf"

has_role() { [[ " $ROLES " == *" $1 "* ]]; }

require_root() {
    [[ $(id -u) -eq 0 ]] && return
    printf '%s: error: run this as root (sudo %s).\n' "$MACHINE" "$0" >&2
    exit 1
}

# role: its configuration's folder, its user
certificate_directory() {
    case $1 in
        data) printf '/etc/patroni/tls postgres' ;;
        etcd) printf '/etc/etcd/tls etcd' ;;
        haproxy) printf '/etc/haproxy/tls haproxy' ;;
    esac
}

https_get() { # host port authority path: the reply of one of this machine's services
    printf 'GET %s HTTP/1.0\r\n\r\n' "$4" \
        | timeout 3 openssl s_client -quiet -verify_return_error -verify_hostname localhost -CAfile "$3" -connect "$1:$2" 2>/dev/null || true
}

statistics_get() { # path: the reply of this machine's HAProxy
    if [[ $TLS == yes ]]; then https_get 127.0.0.1 "$STATISTICS_PORT" /etc/haproxy/tls/ca.crt "$1"; else http_get 127.0.0.1 "$STATISTICS_PORT" "$1"; fi
}

patroni_get() { # path: the reply of this machine's Patroni
    if [[ $TLS == yes ]]; then
        https_get "$ADDRESS" 8008 /etc/patroni/tls/ca.crt "$1"
    else
        http_get "$ADDRESS" 8008 "$1"
    fi
}

etcd_get() { # path: the reply of this machine's etcd
    if [[ $TLS == yes ]]; then http_get 127.0.0.1 2381 "$1"; else http_get "$ADDRESS" 2379 "$1"; fi
}

etcdctl_at() { # endpoints certificate arguments…: etcdctl
    local endpoints=$1 certificate=$2
    shift 2
    if [[ $TLS == yes ]]; then
        ETCDCTL_API=3 etcdctl --endpoints "$endpoints" --cacert /etc/etcd/tls/ca.crt --cert "$certificate" --key "$certificate" "$@"
    else
        ETCDCTL_API=3 etcdctl --endpoints "$endpoints" "$@"
    fi
}

# Without curl, which a small image may lack.
http_get() { # host port path: the reply, header and body; nothing when there is none
    # shellcheck disable=SC2016 # expanded by the inner shell
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET %s HTTP/1.0\r\n\r\n" "$2" >&3 && cat <&3' "$1" "$2" "$3" 2>/dev/null || true
}
