#!/bin/sh
# Starts a demo district of its own, runs the browser tests against it, stops it and leaves nothing behind.
#   tests/browser/run.sh                  the tests
#   tests/browser/run.sh screenshots      the pictures in docs/img instead
#   tests/browser/run.sh duties           the story of duties, which wants a machine of its own
# HUTONG_URL set: use that server (HUTONG_DATABASE and HUTONG_BROKER must then be set as well).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
hutong=${HUTONG_BIN:-$root/build/hutong}
ready_seconds=300    # with the demo's past, beside others
past=--no-past
[ "${1:-}" != screenshots ] || past=''
stop_seconds=30
pid='' tmp=''

cleanup() {
    status=$?
    trap - EXIT INT TERM
    [ -z "$pid" ] || stop || status=1
    [ "$status" = 0 ] || [ -z "$tmp" ] || [ ! -s "$tmp/up.log" ] || { echo "--- hutong up said:" >&2; tail -n 40 "$tmp/up.log" >&2; }
    [ -z "$tmp" ] || rm -rf "$tmp"
    exit "$status"
}

stop() {
    kill -TERM "$pid" 2>/dev/null || return 0
    waited=0
    while kill -0 "$pid" 2>/dev/null; do
        [ "$waited" -lt $((stop_seconds * 10)) ] || { echo "run.sh: hutong up did not end within $stop_seconds s of SIGTERM" >&2; kill -KILL "$pid"; return 1; }
        sleep 0.1
        waited=$((waited + 1))
    done
    wait "$pid" 2>/dev/null || true
}

start() {
    [ -x "$hutong" ] || { echo "run.sh: $hutong is missing; run make build" >&2; exit 1; }
    tmp=$(mktemp -d "${TMPDIR:-/tmp}/hutong-browser.XXXXXX")
    chmod 755 "$tmp"    # as root, hutong runs PostgreSQL as another user, who must get in
    # shellcheck disable=SC2086 # none or one word
    "$hutong" up --demo $past --mqtt-bind 127.0.0.1 --port 0 --var "$tmp/var" --json >"$tmp/ready" 2>"$tmp/up.log" &
    pid=$!
    waited=0
    until grep -q '"url"' "$tmp/ready"; do
        kill -0 "$pid" 2>/dev/null || { echo "run.sh: hutong up ended before it was ready" >&2; pid=''; exit 1; }
        [ "$waited" -lt $((ready_seconds * 10)) ] || { echo "run.sh: not ready within $ready_seconds s" >&2; exit 1; }
        sleep 0.1
        waited=$((waited + 1))
    done
    HUTONG_URL=$(field url) HUTONG_DATABASE=$(field database) HUTONG_BROKER=$(field broker) HUTONG_VAR=$tmp/var HUTONG_BIN=$hutong
    export HUTONG_URL HUTONG_DATABASE HUTONG_BROKER HUTONG_VAR HUTONG_BIN
}

field() {
    grep -m1 '"url"' "$tmp/ready" | node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8"))[process.argv[1]] ?? "")' "$1"
}

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[ -n "${HUTONG_URL:-}" ] || start
if [ "${1:-}" = screenshots ]; then
    node "$here/screenshots.mjs"
elif [ "${1:-}" = duties ]; then
    node --test "$here/duties.test.mjs"
else
    node --test "$here/words.test.mjs" "$here/page.test.mjs" "$here/styles.test.mjs"
    [ -z "$pid" ] || node --test "$here/task.test.mjs"      # sends incidents: on no server but ours, while it is open
    [ -z "$pid" ] || node --test "$here/access.test.mjs"    # makes accounts: last
fi
