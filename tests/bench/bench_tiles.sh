#!/bin/sh
# bench_tiles.sh [DATABASE]: tiles a second and latency of the stream, by hand. Without DATABASE the New York set is
# imported into a fresh one; with it, that database must hold the set (its asset_state is emptied!).
set -eu
cd "$(dirname "$0")/../.."
[ $# -eq 0 ] || export HUTONG_BENCH_DATABASE="$1"
sh scripts/build.sh release bench_serve hutong
ctest --test-dir build/release -R '^bench_serve$' --verbose | sed -n 's/^[0-9]*: \(bench .*\)/\1/p'
