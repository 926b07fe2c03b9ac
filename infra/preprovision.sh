#!/usr/bin/env bash
# azd runs this before it provisions, in the folder of azure.yaml. It makes the certificates that are missing and hands them to the deployment as
# values of the azd environment, from where they go into the key vault. The authority's key stays in .azure/<environment>/certificates.
set -euo pipefail
umask 077

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
environment=$PWD/.azure/${AZURE_ENV_NAME:?azd sets it for its hooks}
certificates=$environment/certificates
values=$environment/.env
[[ -d $environment ]] || { printf 'preprovision.sh: error: there is no azd environment %s in %s.\n' "$AZURE_ENV_NAME" "$PWD" >&2; exit 1; }
if [[ -n ${CLUSTER_CERTIFICATE_AUTHORITY:-} && ! -e $certificates/ca.key ]]; then
    printf '%s\n' "preprovision.sh: error: this deployment has certificates, and the key of their authority ($certificates/ca.key) is not here: bring that folder from where it was deployed first." >&2
    exit 1
fi

"$here/make-certificates.sh" "$certificates"

# Not by azd env set, whose arguments others on this machine could read.
keep() { # name value
    touch "$values"
    { grep -v "^$1=" "$values" || true; } >"$values.new"
    printf '%s="%s"\n' "$1" "$2" >>"$values.new"
    mv -f "$values.new" "$values"
}
one_line() { base64 | tr -d '\n'; }

for folder in "$certificates"/*/; do
    name=$(basename "$folder")
    case $name in
        made) ;;
        observer)
            keep CLUSTER_CERTIFICATE_AUTHORITY "$(one_line <"$certificates/ca.crt")"
            keep CLUSTER_CERTIFICATES_OBSERVER "$(one_line <"$folder/client.pem")"
            ;;
        *) keep "CLUSTER_CERTIFICATES_$(printf '%s' "$name" | tr 'a-z-' 'A-Z_')" "$(tar -C "$folder" -cf - . | gzip -9n | one_line)" ;;
    esac
done
