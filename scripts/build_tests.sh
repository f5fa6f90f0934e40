#!/bin/sh
# build_tests.sh PRESET LABELS: the program, the tests that have one of those labels (a regular expression), and their servers.
set -eu
cd "$(dirname "$0")/.."
sh scripts/build.sh "$1" hutong_fixture
names=$(ctest --test-dir "build/$1" -N -L "$2" -LE 'bench|soak' | sed -n 's/^ *Test *#[0-9]*: \([a-z0-9_]*\)$/test_\1/p' |
    grep -v '^test_servers_\|^test_browser_')
sh scripts/build.sh "$1" hutong $names
