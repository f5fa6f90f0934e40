#!/bin/sh
# embed_web.sh DIST_DIR OUT_DIR: the built page as one object file and a table of names (api/web_files.h).
set -eu
dist=$1
out=$2
mkdir -p "$out"
{
    printf '/* Generated from web/dist. */\n.section .rodata\n'
    number=0
    if [ -d "$dist" ]; then
        find "$dist" -type f | LC_ALL=C sort | while read -r file; do
            printf '.balign 16\n.global api_web_file_%d\napi_web_file_%d:\n.incbin "%s"\n' $number $number "$file"
            printf '.global api_web_file_end_%d\napi_web_file_end_%d:\n.byte 0\n' $number $number
            number=$((number + 1))
        done
    fi
    printf '.section .note.GNU-stack,"",@progbits\n'
} >"$out/web_files.S"
{
    printf '/* Generated from web/dist. */\n#include "api/web_files.h"\n\n'
    if [ -d "$dist" ]; then
        files=$(find "$dist" -type f | LC_ALL=C sort)
        number=0
        for file in $files; do
            printf 'extern const unsigned char api_web_file_%d[], api_web_file_end_%d[];\n' $number $number
            number=$((number + 1))
        done
        printf '\nconst struct api_web_file api_web_files[] = {\n'
        number=0
        for file in $files; do
            printf '    {"/%s", api_web_file_%d, api_web_file_end_%d},\n' "${file#"$dist"/}" $number $number
            number=$((number + 1))
        done
    else
        printf '\nconst struct api_web_file api_web_files[] = {\n'
    fi
    printf '    {0}};\n'
} >"$out/web_files.c"
