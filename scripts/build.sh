#!/bin/sh
# build.sh PRESET [TARGET...]: configures once, then builds. With ccache when it is there.
set -eu
cd "$(dirname "$0")/.."
preset=$1
shift
if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache
fi
mkdir -p "build/$preset"
log=build/$preset/configure.log
if [ ! -f "build/$preset/build.ninja" ] && ! cmake --preset "$preset" -Wno-dev >"$log" 2>&1; then
    cat "$log"
    exit 1
fi
if [ $# -gt 0 ]; then
    cmake --build "build/$preset" --target "$@"
else
    cmake --build "build/$preset"
fi
