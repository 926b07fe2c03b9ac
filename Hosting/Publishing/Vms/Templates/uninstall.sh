#!/usr/bin/env bash
# Takes this machine out of the cluster: stops its services and removes what install.sh wrote. Run as root.
#
#   uninstall.sh                  keeps the packages, the data and the passwords
#   uninstall.sh --purge-data     removes the data and the passwords too, for good
#   uninstall.sh --purge-packages removes the packages too
set -euo pipefail
export LC_ALL=C.UTF-8

# shellcheck source-path=SCRIPTDIR source=machine.sh
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

purge_data=no purge_packages=no
for argument in "$@"; do
    case $argument in
        --purge-data) purge_data=yes ;;
        --purge-packages) purge_packages=yes ;;
        *)
            printf 'unknown argument: %s\n' "$argument" >&2
            exit 2
            ;;
    esac
done
require_root

# The front doors first, the firewall last.
read -r -a units <<<"$UNITS"
for ((i = ${#units[@]} - 1; i >= 0; i--)); do
    systemctl disable --now "${units[i]}" >/dev/null 2>&1 || true
done

while read -r _ _ _ _ _ target; do
    rm -f "$target"
    rmdir --ignore-fail-on-non-empty "${target%/*}" 2>/dev/null || true
done <"$here/files.list"
systemctl daemon-reload
for role in $ROLES; do
    read -r directory _ <<<"$(certificate_directory "$role")"
    rm -rf "$directory"
    rmdir --ignore-fail-on-non-empty "${directory%/*}" 2>/dev/null || true
done

if [[ $purge_data == yes ]]; then
    if has_role data; then
        rm -rf "$DATA_DIRECTORY"
        rm -f /etc/patroni/secrets.env
        rmdir --ignore-fail-on-non-empty /etc/patroni 2>/dev/null || true
    fi
    if has_role haproxy; then
        rm -f /etc/haproxy/secrets.env
        rmdir --ignore-fail-on-non-empty /etc/haproxy 2>/dev/null || true
    fi
    if has_role etcd; then rm -rf /var/lib/etcd/data; fi
fi
if [[ $purge_packages == yes ]]; then
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get -qq purge -y $PACKAGES >/dev/null
fi
printf '%s: uninstalled (data %s, packages %s)\n' "$MACHINE" \
    "$([[ $purge_data == yes ]] && echo removed || echo kept)" "$([[ $purge_packages == yes ]] && echo removed || echo kept)"
