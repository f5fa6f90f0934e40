#!/bin/sh
# SQL lives in .sql files. In C only data/ (transaction control, partition upkeep, replication) and geo/cql2_sql.c hold any.
set -u
bad=0
kinds='table|index|schema|view|function|type|materialized|publication|database'
pattern="\"[^\"]*(select [^\"]* from |select [a-z_]+\(|insert into |delete from |update [a-z_.]+ set |truncate [a-z]|(create|alter|drop) ($kinds) )"
for file in $(find base photo geo sensors facts incident ingest duty tiles api cli -name '*.[ch]' 2>/dev/null | LC_ALL=C sort); do
    [ "$file" = geo/cql2_sql.c ] && continue
    if gcc -fpreprocessed -dD -E -P "$file" 2>/dev/null | grep -Ein "$pattern"; then
        echo "$file: SQL belongs into data/query/*.sql"
        bad=1
    fi
done
exit $bad
