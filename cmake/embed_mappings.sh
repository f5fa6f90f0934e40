#!/bin/sh
# embed_mappings.sh DIR OUT: the mapping files as a C table of names and texts.
set -eu
{
    printf '/* Generated from sensors/mapping. */\n#include "sensors/mapping.h"\n\n'
    printf 'const struct mapping_file sensors_mapping_files[] = {\n'
    for file in "$1"/*.json; do
        printf '{"%s",\n' "$(basename "$file")"
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/' "$file"
        printf '},\n'
    done
    printf '{0}};\n'
} >"$2"
