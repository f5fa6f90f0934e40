#!/bin/sh
# beside.sh: what test.sh needs later, done while the tests of the release build run: those wait more than they
# calculate. Leaves build/beside/NAME.log and, when it has ended, NAME.code.
set -u
cd "$(dirname "$0")/.."
to=build/beside

task() { # name, command
    name=$1
    shift
    "$@" >"$to/$name.log" 2>&1
    echo $? >"$to/$name.new" && mv "$to/$name.new" "$to/$name.code"
}

page() { (cd web && npm run --silent "$1"); }

mkdir -p "$to"
task asan sh scripts/build.sh asan
task tsan sh scripts/build_tests.sh tsan threads
task lint sh scripts/lint.sh
if [ -f web/package.json ]; then
    task check page check
    task words page test
fi
