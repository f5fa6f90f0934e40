#!/bin/sh
# Functions that a bounded, reentrant or checked one replaces. Comments and strings do not count.
set -u
command -v gcc >/dev/null || { echo "banned: gcc is missing" >&2; exit 1; }
always='strcpy|stpcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|strncpy|strncat|tmpnam|tempnam|mktemp'
numbers='atoi|atol|atoll|atof|scanf|sscanf|fscanf|vsscanf'
state='rand|srand|gmtime|localtime|ctime|asctime|strerror_r|vfork'
product="$always|$numbers|$state|system|popen|abort|sleep|usleep"

bad=0
check() { # folders, words
    for file in $(find $1 -name '*.[ch]' 2>/dev/null | LC_ALL=C sort); do
        found=$(gcc -fpreprocessed -dD -E "$file" 2>/dev/null |
            sed -e 's/"\(\\.\|[^"\\]\)*"/""/g' -e "s/'\\\\.'//g" |
            grep -Eo "(^|[^A-Za-z0-9_.>])($2)[[:space:]]*\(" | tr -d ' (;,!&|' | sort -u | tr '\n' ' ')
        if [ -n "$found" ]; then
            echo "$file: banned: $found"
            bad=1
        fi
    done
}
check "base photo geo data sensors facts incident ingest duty tiles api cli" "$product"
check tests "$always|$numbers|sleep|usleep"
exit $bad
