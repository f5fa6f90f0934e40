#!/bin/sh
# setup.sh [demo|test]: installs what is missing for building and running (demo), or for everything (test, the default).
# Touches nothing, and needs neither network nor rights, when nothing is missing. Starts no system service.
set -eu
cd "$(dirname "$0")/.."
what=${1:-test}

build="build-essential cmake ninja-build pkg-config libpq-dev libmosquitto-dev libgdal-dev gdal-bin libproj-dev proj-data
 libgeos-dev libunistring-dev libcmocka-dev libsodium-dev libyajl-dev libexpat1-dev libxml2-dev libcbor-dev libprotobuf-c-dev protobuf-c-compiler libmicrohttpd-dev libjwt-dev libical-dev libssl-dev libcurl4-openssl-dev libdeflate-dev libisal-dev libxlsxwriter-dev zlib1g-dev libjpeg62-turbo-dev libpng-dev ccache
 postgresql-15 postgresql-15-postgis-3 mosquitto"
test="clang clang-format clang-tidy libclang-rt-14-dev mosquitto-clients fonts-noto-cjk valgrind prometheus
 curl procps time nats-server openssl unzip"

say() { printf 'setup: %s\n' "$*"; }

installed() { # package: installed as Debian sees it?
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

needed() {
    wanted=$build
    [ "$what" = demo ] || wanted="$wanted $test"
    for package in $wanted; do
        case $package in
        pkg-config) command -v pkg-config >/dev/null || echo "$package" ;;
        curl) command -v curl >/dev/null || echo "$package" ;;
        *) installed "$package" || echo "$package" ;;
        esac
    done
    # Node.js may come from elsewhere, and then Debian's npm would conflict with it.
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || { command -v node >/dev/null && installed nodejs && nodesource || echo npm; }
    if [ "$what" != demo ] && [ -z "${HUTONG_CHROMIUM:-}" ]; then
        command -v chromium >/dev/null || echo chromium
    fi
}

nodesource() { dpkg-query -W -f '${Version}' nodejs 2>/dev/null | grep -q nodesource; }

packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "this is no Debian: install by hand what corresponds to: $build $test nodejs npm chromium"
        return 0
    fi
    missing=$(needed | tr '\n' ' ')
    [ -n "${missing# }" ] || return 0
    say "missing packages: $missing"
    if [ "$(id -u)" = 0 ]; then
        sh scripts/install_packages.sh $missing
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        sudo sh scripts/install_packages.sh $missing
    else
        say "they need root, and there is no sudo here. Let an administrator run:"
        say "    apt-get install $missing"
        exit 1
    fi
}

# node_modules is as package-lock.json says when npm ci ended well for exactly this file.
web() {
    [ -f web/package-lock.json ] || return 0
    stamp=web/node_modules/.hutong-lock
    if ! cmp -s web/package-lock.json "$stamp"; then
        say "npm ci in web/"
        (cd web && npm_config_update_notifier=false npm ci --no-audit --no-fund --loglevel=error)
        cp web/package-lock.json "$stamp"
    fi
}

packages
web
