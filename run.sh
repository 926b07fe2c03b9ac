#!/usr/bin/env bash
# Sets up what is missing (Debian, Ubuntu) and runs the cluster. Arguments go to the app host: ./run.sh drill
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

ensure_dotnet
ensure_docker "./run.sh" "$@"
ensure_base_image_source

exec dotnet run --project AppHost -- "$@"
