#!/bin/sh
# web.sh: bundles web/ into web/dist when a source is newer than the last bundle.
set -eu
cd "$(dirname "$0")/.."
[ -f web/package.json ] || exit 0
stamp=build/web.stamp
mkdir -p build
if [ -d web/dist ] && [ -f "$stamp" ] &&
    [ -z "$(find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -newer "$stamp" -print | head -n 1)" ]; then
    exit 0
fi
touch "$stamp.new"
(cd web && npm run --silent build)
mv "$stamp.new" "$stamp"
