#!/usr/bin/env bash
# Sets up what is missing (Debian, Ubuntu), builds, checks the format and passes the tests. Arguments go to `dotnet test`,
# for example: ./test.sh --filter 'Category!=Engine'. Without any, all tests run but those of whole virtual machines, which boot
# five systems again and again (./test.sh --filter Category=Vms). The last line is "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

if [ $# -eq 0 ]; then set -- --filter 'Category!=Vms'; fi

ensure_dotnet
ensure_docker "./test.sh" "$@"
ensure_base_image_source
# The tests drive the probe's page in a browser.
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || install_packages chromium

results="$PWD/artifacts/test-results"
rm -rf "$results"

dotnet build HaPgAspire.sln -clp:ErrorsOnly
dotnet format HaPgAspire.sln --no-restore --verify-no-changes

# One project after the other: they measure, and share two cores in the smallest machine that this has to pass on.
status=0
for project in tests/*/*.csproj; do
    dotnet test "$project" --no-build --logger "trx;LogFileName=$(basename "$project" .csproj).trx" --results-directory "$results" "$@" || status=$?
done

count() { cat "$results"/*.trx 2>/dev/null | grep -o "<Counters [^>]*" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ sum += $1 } END { print sum + 0 }'; }
total=$(count total) passed=$(count passed) executed=$(count executed)
failed=$((executed - passed))
[ "$total" -gt 0 ] || { say "error: no test ran."; status=1; }
[ "$failed" -eq 0 ] || [ "$status" -ne 0 ] || status=1
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$((total - executed))"
exit "$status"
