#!/usr/bin/env bash
# Renews the certificates of a deployment, in the folder of azure.yaml: new ones go into the key vault, and each machine fetches its own. Nothing is
# interrupted. Needs azd and az, both logged in.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
environment=$(azd env get-value AZURE_ENV_NAME)
group=$(azd env get-value AZURE_RESOURCE_GROUP)
"$here/make-certificates.sh" --renew "$PWD/.azure/$environment/certificates"
azd provision
for file in "$here"/cloud-init/*.yaml; do
    # What cloud-init ran at the first boot fetches the certificates and installs what has changed.
    az vm run-command invoke --resource-group "$group" --name "$(basename "$file" .yaml)" --command-id RunShellScript \
        --scripts 'sh /var/lib/cloud/instance/scripts/runcmd' --query 'value[0].message' --output tsv
done
