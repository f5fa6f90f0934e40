#!/bin/sh
# embed_sql.sh DATA_DIR OUT_DIR: the SQL files as C: an enum of queries, their texts, and the list of migrations.
set -eu
data=$1
out=$2
mkdir -p "$out"

quoted() { # the file as C string literals, line by line
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/' "$1"
}

{
    printf '/* Generated from data/query. */\n#ifndef HUTONG_DATA_QUERIES_H\n#define HUTONG_DATA_QUERIES_H\nenum data_query {\n'
    for file in "$data"/query/*.sql; do
        printf '    DATA_%s,\n' "$(basename "$file" .sql | tr '[:lower:]' '[:upper:]')"
    done
    printf '    DATA_QUERY_COUNT\n};\n#endif\n'
} >"$out/queries.h.new"
{
    printf '/* Generated from data/query and data/schema. */\n#include "data/embedded.h"\n\n'
    printf 'const struct data_embedded data_embedded_queries[] = {\n'
    for file in "$data"/query/*.sql; do
        printf '{"%s",\n' "$(basename "$file" .sql)"
        quoted "$file"
        printf '},\n'
    done
    printf '{0}};\n\nconst struct data_embedded data_embedded_migrations[] = {\n'
    for file in "$data"/schema/*.sql; do
        printf '{"%s",\n' "$(basename "$file" .sql)"
        quoted "$file"
        printf '},\n'
    done
    printf '{0}};\n'
} >"$out/queries.c"
cmp -s "$out/queries.h.new" "$out/queries.h" 2>/dev/null && rm "$out/queries.h.new" || mv "$out/queries.h.new" "$out/queries.h"
touch "$out/queries.h"
