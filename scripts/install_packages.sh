#!/bin/sh
# install_packages.sh PACKAGE...: apt-get install as root, without starting the services that come with the packages.
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.conf
made_policy=
saved_cluster=

restore() {
    [ -z "$made_policy" ] || rm -f "$policy"
    [ -z "$saved_cluster" ] || { cat "$saved_cluster" >"$cluster" && rm -f "$saved_cluster"; }
}
trap restore EXIT
trap 'exit 1' INT TERM HUP

# Debian asks this file before it starts a service. One that is there already is the administrator's: it stays.
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made_policy=yes
fi

# The lists may be old or missing: then the first try fails, and only then they are fetched.
install() {
    apt-get install -y --no-install-recommends "$@" && return 0
    apt-get update
    apt-get install -y --no-install-recommends "$@"
}

# postgresql-15 would make a cluster of its own that nobody here uses; postgresql-common asks this file first.
case " $* " in
*" postgresql-15 "*)
    install postgresql-common
    if [ -f "$cluster" ]; then
        saved_cluster=$(mktemp)
        cat "$cluster" >"$saved_cluster"
    fi
    printf 'create_main_cluster = false\n' >>"$cluster"
    ;;
esac
install "$@"
