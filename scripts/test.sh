#!/bin/sh
# test.sh: everything that must hold - release and asan builds with their tests, threads under tsan, the page, lint.
# The last line is "N passed, N failed, N skipped" over all of it; the exit code says the same.
set -u
cd "$(dirname "$0")/.."
passed=0
failed=0
skipped=0

say() { printf '\n== %s\n' "$*"; }

count() { # exit code: one check more
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

build() { # preset, targets: a build that fails is a failed test, and its tests are not run
    say "build $*"
    sh scripts/build.sh "$@"
    code=$?
    [ $code = 0 ] || failed=$((failed + 1))
    return $code
}

# ctest's JUnit file: <testsuite tests= failures= disabled= skipped= ...>
attribute() { sed -n "s/.*[[:space:]]$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1; }

tests() { # preset, ctest arguments
    preset=$1
    shift
    say "test $preset"
    junit=$PWD/build/$preset/junit.xml
    rm -f "$junit"
    $run ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --output-junit "$junit" "$@"
    code=$?
    if [ ! -f "$junit" ]; then
        failed=$((failed + 1))
        return
    fi
    all=$(tr '\n' ' ' <"$junit" | sed 's/<testcase.*//' >"$junit.head" && attribute "$junit.head" tests)
    bad=$(attribute "$junit.head" failures)
    out=$(($(attribute "$junit.head" skipped) + $(attribute "$junit.head" disabled)))
    passed=$((passed + all - bad - out))
    failed=$((failed + bad))
    skipped=$((skipped + out))
    if [ $code != 0 ] && [ "$bad" = 0 ]; then
        failed=$((failed + 1))
    fi
}

started=$(date +%s)
run=
sh scripts/setup.sh test || exit 1

if [ -f web/package.json ]; then
    say "web"
    sh scripts/web.sh
    count $?
    (cd web && npm run --silent check)
    count $?
    (cd web && npm run --silent test)
    count $?
fi

say "lint"
sh scripts/lint.sh >build/lint.log 2>&1
code=$?
cat build/lint.log
bad=$(grep -c '^lint .* FAILED$' build/lint.log)
passed=$((passed + $(grep -c '^lint .* ok$' build/lint.log)))
failed=$((failed + bad))
[ $code = 0 ] || [ "$bad" != 0 ] || failed=$((failed + 1)) # it ended early

jobs=$(nproc)
build release && tests release -LE 'bench|soak' -j "$jobs"
build asan && tests asan -LE 'bench|soak|browser' -j "$jobs"

# ThreadSanitizer of gcc 12 does not bear the wide address randomisation of newer kernels.
if setarch "$(uname -m)" -R true 2>/dev/null; then
    run="setarch $(uname -m) -R"
fi
if sh scripts/build.sh tsan hutong_fixture; then
    names=$(ctest --test-dir build/tsan -N -L threads | sed -n 's/^ *Test *#[0-9]*: \([a-z0-9_]*\)$/test_\1/p' |
        grep -v '^test_servers_')
    [ -z "$names" ] || { build tsan hutong $names && tests tsan -L threads -j "$jobs"; }
else
    failed=$((failed + 1))
fi

printf '\n%d s\n' $(($(date +%s) - started))
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
