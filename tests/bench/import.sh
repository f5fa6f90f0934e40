#!/bin/sh
# Import of New York's buildings against `ogr2ogr -f PostgreSQL` with COPY of the same file into the same server, in
# turns. Starts a private server of its own. Needs HUTONG_SHARED (default ../shared), ogr2ogr, psql, GNU time.
# Prints medians of ROUNDS (default 5): bench NAME VALUE UNIT min M max N.
set -eu
cd "$(dirname "$0")/../.."
binary=${HUTONG_BINARY:-build/hutong}
file=$(realpath "${HUTONG_SHARED:-../shared}/data/a5_nyc_large/nyc_osm.gpkg.zip")
rounds=${ROUNDS:-5}
work=$(mktemp -d)
chmod 755 "$work"
env -u HUTONG_DATABASE -u HUTONG_BROKER "$binary" up --var "$work/var" --port 0 --json >"$work/ready" 2>"$work/log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$work"' EXIT
while [ ! -s "$work/ready" ]; do
    kill -0 $server 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
. "$work/var/hutong.env"
export HUTONG_DATABASE

seconds() { # seconds NAME COMMAND...: appends "seconds kilobytes"
    into=$1
    shift
    /usr/bin/time -a -o "$work/$into" -f '%e %M' "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
}
column() { # median, least and most of a column
    cut -d' ' -f"$2" "$work/$1" | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)], v[1], v[NR]}'
}

for round in $(seq "$rounds"); do
    psql -qX "$HUTONG_DATABASE" -c 'set client_min_messages = warning' -c 'drop schema if exists peer cascade' \
        -c 'create schema peer' -c 'drop schema hutong cascade' >/dev/null
    "$binary" migrate >/dev/null
    seconds hutong "$binary" import buildings "$file"
    PG_USE_COPY=YES seconds ogr2ogr ogr2ogr -f PostgreSQL "PG:$HUTONG_DATABASE" "/vsizip/$file" buildings \
        -overwrite -lco SCHEMA=peer
done
set -- $(column hutong 1) $(column ogr2ogr 1) $(column hutong 2)
echo "bench import_s $1 s min $2 max $3"
echo "bench import_ogr2ogr_s $4 s min $5 max $6"
echo "bench import_of_ogr2ogr $(awk "BEGIN {printf \"%.2f\", $1 / $4}") ratio"
echo "bench import_rss_mb $(($7 / 1024)) MB min $(($8 / 1024)) max $(($9 / 1024))"
