#!/bin/sh
# Arrows go down only: base <- {geo, photo}, geo <- data <- sensors <- facts <- incident <- {ingest, duty, tiles} <- api <- cli. Another folder is
# seen through its public header alone, and a third-party library in its own folder alone.
set -u
find base photo geo data sensors facts incident ingest duty tiles api cli tests -name '*.[ch]' 2>/dev/null | LC_ALL=C sort | xargs awk '
BEGIN {
    split("base photo geo data sensors facts incident ingest duty tiles api cli", names, " ")
    split("0 1 1 2 3 4 5 6 6 6 7 8", ranks, " ")
    for (i in names) rank[names[i]] = ranks[i]
     home["expat.h"] = home["cbor.h"] = home["zlib.h"] = home["libdeflate.h"] = home["sodium.h"] = home["xlsxwriter.h"] = "base"
    home["proj.h"] = home["geos_c.h"] = home["unicase.h"] = home["uninorm.h"] = home["unistr.h"] = "geo"
    home["libpq-fe.h"] = home["postgres_ext.h"] = "data"
    home["mosquitto.h"] = home["mosquitto_broker.h"] = home["mqtt_protocol.h"] = "ingest"
    home["libical/ical.h"] = "tests"
    home["curl/curl.h"] = "incident"
    home["jpeglib.h"] = home["jerror.h"] = home["png.h"] = "photo"
    home["microhttpd.h"] = home["jwt.h"] = "api"
    home["cmocka.h"] = "tests"
}
function wrong(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; bad = 1 }
/^[ \t]*#[ \t]*include[ \t]*"/ {
    path = $0; sub(/^[^"]*"/, "", path); sub(/".*/, "", path)
    split(FILENAME, mine, "/"); split(path, theirs, "/")
    own = mine[1]; other = theirs[1]
    if (own == "tests") {
        if (path !~ /\// || other == "fixture" || other == mine[2]) next
        if (mine[2] == "fuzz" && index(mine[3], "fuzz_" other "_") == 1) next # it looks into the folder it is named after
        if (mine[2] == "bench" && index(mine[3], "bench_" other "_") == 1) next # likewise
        if (!(other in rank)) { wrong("\"" path "\" is no header of a folder"); next }
        if (FILENAME == "tests/api/test_journal.c" && path == "tiles/private.h") next # it makes pages for its news
        if (FILENAME == "tests/duty/track_kit.h" && path == "ingest/source.h") next # what comes late goes through its store
        if (FILENAME == "tests/incident/rule_kit.h" && path == "ingest/source.h") next # rules are fed by its store
        if (path != other "/" other ".h") wrong("\"" path "\" is private to " other "/: include " other "/" other ".h")
        next
    }
    if (!(other in rank)) { wrong("\"" path "\": write the folder too, as in \"base/base.h\""); next }
    if (other == own) next
    if (path == "data/queries.h" && own == "data") next
    if (rank[other] >= rank[own]) wrong(own "/ may not lean on " other "/ (arrows go down only)")
    else if (path != other "/" other ".h") wrong("\"" path "\" is private to " other "/: include " other "/" other ".h")
}
/^[ \t]*#[ \t]*include[ \t]*</ {
    path = $0; sub(/^[^<]*</, "", path); sub(/>.*/, "", path)
    split(FILENAME, mine, "/")
    where = home[path]
    if (path ~ /^(gdal|ogr_|cpl_)/) where = "geo"
    if (path ~ /^(libpq\/|pg_)/) where = "data"
    if (path ~ /^protobuf-c\//) where = "sensors"
    if (path ~ /^openssl\//) where = "api"
    if (path ~ /^libxml\//) where = "tests"
    if (path ~ /^yajl\//) where = "base"
    if (path ~ /^MQTT/) where = "ingest"
    if (where != "" && where != mine[1] && !(mine[1] == "tests" && mine[2] == where) && mine[1] != "tests")
        wrong("<" path "> belongs to " where "/ alone")
}
END { exit bad }'
