#!/bin/sh
# A folder is a library: one public header x/x.h; files stay readable in one sitting; each .c says why it exists.
set -u
bad=0
for folder in base photo geo data sensors facts incident ingest duty tiles api cli; do
    ls "$folder"/*.c >/dev/null 2>&1 || continue
    [ -f "$folder/$folder.h" ] || { echo "$folder: $folder/$folder.h is missing" && bad=1; }
    for file in "$folder"/*.c; do
        lines=$(wc -l <"$file")
        [ "$lines" -le 600 ] || { echo "$file: $lines lines; split it" && bad=1; }
        head -n 1 "$file" | grep -q '^/\*' || { echo "$file: the first line says why the file exists" && bad=1; }
    done
done
exit $bad
