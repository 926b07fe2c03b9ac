# Sourced by install.sh, verify.sh and uninstall.sh: what this machine is, and how to ask it.
# shellcheck shell=bash disable=SC2034 # the variables are for the scripts
MACHINE='' ADDRESS='' ROLES='' OS_ID='' OS_VERSION='' PGDG='' PACKAGES='' UNITS='' DIRECTORIES='' DATA_DIRECTORY=''
DATA_NODES='' ETCD_MEMBERS='' ETCD_PEERS='' READ_WRITE_PORT='' READ_ONLY_PORT='' STATISTICS_PORT='' VIRTUAL_ADDRESS=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$here/machine.conf"

has_role() { [[ " $ROLES " == *" $1 "* ]]; }

require_root() {
    [[ $(id -u) -eq 0 ]] && return
    printf '%s: error: run this as root (sudo %s).\n' "$MACHINE" "$0" >&2
    exit 1
}

# Without curl, which a small image may lack.
http_get() { # host port path: the reply, header and body; nothing when there is none
    # shellcheck disable=SC2016 # expanded by the inner shell
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET %s HTTP/1.0\r\n\r\n" "$2" >&3 && cat <&3' "$1" "$2" "$3" 2>/dev/null || true
}
