#!/bin/sh
# test.sh: everything that must hold - each test under AddressSanitizer, threads under ThreadSanitizer too, in the release build
# what drives the whole program or takes too long under a sanitizer; the page, lint.
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

# A build that fails is a failed test, and its tests are not run.
build() { # preset, labels
    say "build $1"
    sh scripts/build_tests.sh "$1" "$2"
    code=$?
    [ $code = 0 ] || failed=$((failed + 1))
    return $code
}

finished() { # name: waits for that task of beside.sh; shows what it said
    say "$1"
    until [ -f "build/beside/$1.code" ]; do
        if ! kill -0 "$beside" 2>/dev/null && [ ! -f "build/beside/$1.code" ]; then
            echo "beside.sh has ended"
            return 1
        fi
        sleep 1
    done
    cat "build/beside/$1.log"
    return "$(cat "build/beside/$1.code")"
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
fi

# A test takes two places, one that waits for most of its time one (tests/CMakeLists.txt).
jobs=$(($(nproc) * 4))
whole='e2e|once|browser'
if build release "$whole"; then
    rm -rf build/beside
    setsid nice -n 19 sh scripts/beside.sh & # a session of its own, so that it ends with all that it has started
    beside=$!
    trap 'kill -TERM -$beside 2>/dev/null' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    tests release -L "$whole" -LE 'bench|soak' -j "$jobs"

    if finished asan; then
        tests asan -LE 'bench|soak|browser|once' -j "$jobs"
    else
        failed=$((failed + 1))
    fi

    # ThreadSanitizer of gcc 12 does not bear the wide address randomisation of newer kernels.
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        run="setarch $(uname -m) -R"
    fi
    if finished tsan; then
        tests tsan -L threads -j "$jobs"
    else
        failed=$((failed + 1))
    fi

    if [ -f web/package.json ]; then
        finished check
        count $?
        finished words
        count $?
    fi
    finished lint
    code=$?
    bad=$(grep -c '^lint .* FAILED$' build/beside/lint.log)
    passed=$((passed + $(grep -c '^lint .* ok$' build/beside/lint.log)))
    failed=$((failed + bad))
    [ $code = 0 ] || [ "$bad" != 0 ] || failed=$((failed + 1)) # it ended early
fi

printf '\n%d s\n' $(($(date +%s) - started))
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
