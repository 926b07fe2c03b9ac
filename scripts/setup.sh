# shellcheck shell=bash
# Sourced by run.sh and test.sh: installs what is missing on a Debian or Ubuntu machine, starts the container engine.
# Does nothing where everything is there. Needs root or sudo only for what it has to install or start.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
    command -v sudo >/dev/null 2>&1 || die "'$*' needs root, and there is no sudo: run it as root, then try again."
    sudo "$@"
}

apt_refreshed=false
install_packages() {
    command -v apt-get >/dev/null 2>&1 || die "$* is missing, and this script can install packages only on Debian and Ubuntu: install it yourself."
    if ! $apt_refreshed; then
        say "Refreshing the package lists"
        as_root apt-get update -qq >&2 || die "apt-get update failed."
        apt_refreshed=true
    fi
    say "Installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || die "apt-get could not install $*."
}

# True where the distribution has the package (Debian 13 splits the client from docker.io, Debian 12 doesn't).
has_candidate() {
    apt-cache policy "$1" 2>/dev/null | grep 'Candidate: [^(]' >/dev/null
}

ensure_dotnet() {
    if command -v dotnet >/dev/null 2>&1 && dotnet --list-sdks 2>/dev/null | grep '^1[0-9]\.' >/dev/null; then return; fi
    install_packages ca-certificates
    has_candidate dotnet-sdk-10.0 || die "the .NET 10 SDK is missing, and this distribution has no package of it: install it from https://dotnet.microsoft.com/download, then try again."
    install_packages dotnet-sdk-10.0
}

docker_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
# `docker version` fails then, and with it any pipe that it is part of.
docker_refuses() { case "$(docker version 2>&1 || true)" in *[Pp]'ermission denied'*) true ;; *) false ;; esac; }

start_docker() {
    say "Starting the Docker engine"
    if [ -d /run/systemd/system ]; then
        as_root systemctl start docker || die "systemctl could not start docker: see 'journalctl -u docker'."
        return
    fi
    # No init system (a container, a minimal machine): the engine runs in the background, its log beside its data.
    as_root sh -c 'setsid nohup dockerd >/var/log/dockerd.log 2>&1 </dev/null &'
}

await_docker() {
    tries=0
    until docker_answers || docker_refuses; do
        tries=$((tries + 1))
        [ "$tries" -le 120 ] || die "the Docker engine did not answer within 60 s: see 'journalctl -u docker' or /var/log/dockerd.log."
        sleep 0.5
    done
}

# Usage: ensure_docker "$0" "$@": a user who is not yet in the engine's group is added, and the script starts over as a member.
ensure_docker() {
    if docker_answers; then return; fi
    if ! command -v dockerd >/dev/null 2>&1 && ! docker_refuses && [ -z "${DOCKER_HOST:-}" ]; then
        install_packages docker.io
        if ! command -v docker >/dev/null 2>&1 && has_candidate docker-cli; then install_packages docker-cli; fi
    fi
    if ! docker_answers && ! docker_refuses; then
        [ -z "${DOCKER_HOST:-}" ] || die "no container engine answers at DOCKER_HOST ($DOCKER_HOST)."
        start_docker
        await_docker
    fi
    if docker_refuses; then
        [ -z "${HAPG_REGROUPED:-}" ] || die "user $(id -un) may not use the Docker engine: log in again after 'usermod -aG docker $(id -un)'."
        say "Adding user $(id -un) to the group docker"
        as_root usermod -aG docker "$(id -un)"
        HAPG_REGROUPED=1 exec sg docker -c "$(printf '%q ' "$@")"
    fi
}

# The images start from debian:trixie-slim. Where no registry answers, the app host makes it with mmdebstrap, if that is there; for a user who is not root that
# takes newuidmap as well.
ensure_base_image_source() {
    if docker image inspect debian:trixie-slim >/dev/null 2>&1; then return; fi
    if docker pull -q debian:trixie-slim >/dev/null 2>&1; then return; fi
    command -v mmdebstrap >/dev/null 2>&1 || install_packages mmdebstrap debian-archive-keyring
    [ "$(id -u)" -eq 0 ] || command -v newuidmap >/dev/null 2>&1 || install_packages uidmap
}
