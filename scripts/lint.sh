#!/bin/sh
# lint.sh: format, house rules, clang-tidy. Prints "lint NAME ok|FAILED" a check; exit 1 when one failed.
set -u
cd "$(dirname "$0")/.."
failed=0
report() { # name, exit code
    if [ "$2" = 0 ]; then
        echo "lint $1 ok"
    else
        echo "lint $1 FAILED"
        failed=1
    fi
}

find base photo geo data sensors facts incident ingest duty tiles api cli tests -name '*.[ch]' 2>/dev/null | xargs -r clang-format --dry-run -Werror
report format $?

for script in tests/lint/*.sh; do
    sh "$script"
    report "$(basename "$script" .sh)" $?
done

# One compilation database is enough: every preset compiles the same files. Results are kept by content, as with ccache.
sh scripts/build.sh release hutong_queries hutong_protos >/dev/null && sh scripts/tidy.sh build/release
report tidy $?
exit $failed
