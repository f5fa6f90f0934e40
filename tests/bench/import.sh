#!/bin/sh
# Import of New York's buildings against `ogr2ogr -f PostgreSQL` with COPY of the same file into the same server, in turns.
# Needs HUTONG_DATABASE (a role that may create databases), HUTONG_BINARY, HUTONG_SHARED, ogr2ogr, psql, GNU time.
# Prints the medians of ROUNDS (default 5): bench import_s, import_ogr2ogr_s, import_ratio, import_rss_mb.
set -eu
: "${HUTONG_DATABASE:?}"
binary=${HUTONG_BINARY:-build/hutong}
file=$(realpath "${HUTONG_SHARED:-../shared}/data/a5_nyc_large/nyc_osm.gpkg.zip")
rounds=${ROUNDS:-5}
work=$(mktemp -d)
name=bench_import_$$
psql -qXd "$HUTONG_DATABASE" -c "create database $name"
base=$HUTONG_DATABASE
database="$base dbname=$name"
trap 'rm -rf "$work"; psql -qXd "$base" -c "drop database if exists $name with (force)"' EXIT

seconds() { # seconds NAME COMMAND...: appends "seconds kilobytes"
    into=$1
    shift
    /usr/bin/time -a -o "$work/$into" -f '%e %M' "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
}
column() { # median, least and most of a column
    cut -d' ' -f"$2" "$work/$1" | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)], v[1], v[NR]}'
}

for round in $(seq "$rounds"); do
    psql -qXd "$database" -c 'set client_min_messages = warning; drop schema if exists hutong cascade;
        create schema hutong; create extension if not exists postgis schema public' >/dev/null
    HUTONG_DATABASE="$database" "$binary" migrate >/dev/null
    seconds hutong env HUTONG_DATABASE="$database" "$binary" import buildings "$file"
    PG_USE_COPY=YES seconds ogr2ogr ogr2ogr -f PostgreSQL "PG:$database" "/vsizip/$file" buildings -overwrite -lco SCHEMA=public
done
set -- $(column hutong 1) $(column ogr2ogr 1) $(column hutong 2)
echo "bench import_s $1 s"
echo "bench import_s_min $2 s"
echo "bench import_s_max $3 s"
echo "bench import_ogr2ogr_s $4 s"
echo "bench import_ratio $(awk "BEGIN {printf \"%.2f\", $1 / $4}") x"
echo "bench import_rss_mb $(($7 / 1024)) MB"
