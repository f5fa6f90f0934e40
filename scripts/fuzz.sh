#!/bin/sh
# fuzz.sh SECONDS: every fuzz target for that long, from its corpus; what it finds new stays in build/fuzz/corpus.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
sh scripts/build.sh fuzz
for target in build/fuzz/tests/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=$(basename "$target")
    echo "== $name"
    mkdir -p "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" build/fuzz/found
    LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp" "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="build/fuzz/found/$name-" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
done
