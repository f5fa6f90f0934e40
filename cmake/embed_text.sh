#!/bin/sh
# embed_text.sh FILE SYMBOL OUT: a text file as a C string.
set -eu
{
    printf '/* Generated from %s. */\nextern const char %s[];\nconst char %s[] =\n' "${1##*/}" "$2" "$2"
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/' "$1"
    printf '    ;\n'
} >"$3"
