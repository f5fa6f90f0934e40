#!/bin/sh
# bench.sh: every benchmark, one after the other; prints `bench NAME VALUE UNIT` lines and writes docs/performance.md.
# Nothing else should run meanwhile.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh test
sh scripts/web.sh
sh scripts/build.sh release
out=$(mktemp)
said=$(mktemp)
trap 'rm -f "$out" "$said"' EXIT

measured() { # runs a command; its figures are kept, and without them its failure is shown
    "$@" >"$said" 2>&1 || { cat "$said"; exit 1; }
    sed -n 's/^\([0-9]*: \)\{0,1\}\(bench [a-z].*\)$/\2/p' "$said" | tee -a "$out"
}

measured ctest --test-dir build/release -L bench --no-tests=error --verbose
measured sh tests/bench/import.sh

target() { # what we set out to reach
    case $1 in
    ingest_events_per_s) echo '>= 25,000' ;;
    ingest_worker_user_us) echo '<= 12' ;;
    ingest_of_passthrough) echo '>= 0.65' ;;
    decode_us_per_message) echo '<= 10' ;;
    decode_leaked) echo 0 ;;
    import_of_ogr2ogr) echo '<= 3' ;;
    import_rss_mb) echo '<= 400' ;;
    place_differences) echo 0 ;;
    place_points_per_s) echo ">= 500,000" ;;
    cql2_compare_per_s | cql2_compare_text_per_s) echo '>= 5,000,000' ;;
    cql2_parse_us) echo '<= 10' ;;
    tiles_z1[34]_clients1_ratio) echo '>= 12' ;;
    tiles_z15_clients1_ratio) echo '>= 8' ;;
    tiles_z16_clients1_ratio) echo '>= 4' ;;
    tiles_z1[345]_clients8_ratio) echo '>= 15' ;;
    encode_z1[3456]_ratio) echo '>= 40' ;;
    cached_z1[456]_ratio) echo '>= 1' ;;
    unchanged_z1[456]_ratio) echo '>= 1.3' ;;
    fresh_stream_p99 | fresh_tile_p99) echo '<= 100' ;;
    mirror_ready_1m) echo '<= 5' ;;
    mirror_rss_1m) echo '<= 600' ;;
    mirror_rss_growth) echo '<= 1.02' ;;
    judge_day) echo '<= 60' ;;
    judge_evidence_p99) echo '<= 20' ;;
    judge_replay_same) echo 1 ;;
    incident_list_p99 | incident_list_by_row_security_p99) echo '<= 20' ;;
    alarm_on_screen_p99) echo '<= 500' ;;
    stream_5000_rows_per_s_p50) echo '<= 100' ;;
    stream_5000_rows_per_s_p99) echo '<= 300' ;;
    esac
}

{
    sed '/<!-- figures -->/q' docs/performance.md
    printf '\nCommit %s, %s, %s cores, %s; `make bench`.\n\n' "$(git rev-parse --short HEAD)" "$(date -u +%Y-%m-%d)" \
        "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
    printf '| figure | median | least | most | unit | target |\n|---|---:|---:|---:|---|---|\n'
    while read -r _ name value unit rest; do
        least=$(echo "$rest" | sed -n 's/.*min \([^ ]*\).*/\1/p')
        most=$(echo "$rest" | sed -n 's/.*max \([^ ]*\).*/\1/p')
        printf '| %s | %s | %s | %s | %s | %s |\n' "$name" "$value" "$least" "$most" "$unit" "$(target "$name")"
    done <"$out"
} >docs/performance.md.new
mv docs/performance.md.new docs/performance.md
