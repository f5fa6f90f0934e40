/* What generated filters take their literals from: near the data of tests/data/cql2_things.sql, and at the ends of
 * ranges. dates and times are in their order, so that later ones end intervals. */
#ifndef HUTONG_TESTS_CQL2_GENERATE_LITERALS_H
#define HUTONG_TESTS_CQL2_GENERATE_LITERALS_H

static const char *const texts[] = {"København",
                                    "Ko\xcc\x88"
                                    "benhavn",
                                    "københavn",
                                    "KOBENHAVN",
                                    "Chișinău",
                                    "chisinau",
                                    "İstanbul",
                                    "istanbul",
                                    "ISTANBUL",
                                    "ıstanbul",
                                    "straße",
                                    "STRASSE",
                                    "STRAẞE",
                                    "São Paulo",
                                    "sao paulo",
                                    "",
                                    "100%",
                                    "a_b",
                                    "a\\b",
                                    "it''s",
                                    "😀 smile",
                                    "ﬁne",
                                    "ΣΑΣ",
                                    "σας",
                                    "σασ",
                                    "Łódź",
                                    "东湖小区",
                                    "é",
                                    "e\xcc\x81",
                                    "a",
                                    "A",
                                    "e",
                                    "z",
                                    "Å",
                                    "b",
                                    "c",
                                    "''; drop table cql2_things; --",
                                    "$1",
                                    "%s",
                                    "ǅ",
                                    "Ⅷ",
                                    "ﬀ",
                                    "\xef\xbf\xbd",
                                    "x",
                                    "\"",
                                    "drop table"};

static const char *const patterns[] = {
    "%",   "_",      "%_",      "K%",   "%n",        "_øbenhavn", "%a%", "s%",  "S%SE", "100\\%", "a\\_b", "a\\\\b",
    "\\%", "%\\\\%", "___",     "%''%", "東%",       "东%",       "é",   "i%",  "İ%",   "Σ%",     "%σ",    "ﬁ%",
    "f%",  "%%%%%a", "_%_%_%_", "e_",   "%\xcc\x81", "ch%u",      "Å",   "\\a", "[a]%", ".*"};

static const char *const dates[] = {"0001-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "2020-01-01",
                                    "2021-12-31", "2022-04-16", "2022-04-17", "2022-04-18", "9999-12-31"};

static const char *const times[] = {"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z",
                                    "2000-02-29T12:00:00Z", "2021-12-31T00:00:00Z",        "2022-04-16T00:00:00Z",
                                    "2022-04-16T10:13:19Z", "2022-04-16T18:13:19+08:00",   "2022-04-16T10:13:19.5Z",
                                    "2022-04-17T00:00:00Z", "2022-04-17T23:30:00-00:30",   "9999-12-31T23:59:59Z"};

static const char *const geometries[] = {"POINT(0 0)",
                                         "POINT(1 1)",
                                         "POINT(2 1)",
                                         "POINT(0.5 0.5)",
                                         "POINT Z (1 1 5)",
                                         "POINT(1.5 1.5)",
                                         "POINT(2.5 2.5)",
                                         "MULTIPOINT(0 0, 1 1)",
                                         "MULTIPOINT((3 3), (1 0))",
                                         "LINESTRING(0 0, 2 2)",
                                         "LINESTRING(2 2, 0 0)",
                                         "LINESTRING(0 2, 2 0)",
                                         "LINESTRING(0 0, 4 0)",
                                         "LINESTRING(1 1, 3 3, 5 5)",
                                         "LINESTRING(2 0, 2 2)",
                                         "LINESTRING(0 0, 2 0, 2 2, 0 2, 0 0)",
                                         "MULTILINESTRING((0 0, 1 0), (1 1, 3 3))",
                                         "MULTILINESTRING((-1 1, 5 1), (1 -1, 1 5))",
                                         "POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))",
                                         "POLYGON((2 0, 4 0, 4 2, 2 2, 2 0))",
                                         "POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 3 1, 3 3, 1 3, 1 1))",
                                         "POLYGON((1 1, 3 1, 3 3, 1 3, 1 1))",
                                         "POLYGON((0 0, 2 2, 0 2, 0 0))",
                                         "POLYGON((0.2 0.1, 3.7 0.4, 2.9 3.8, 0.2 0.1))",
                                         "POLYGON((0 0, 2 0, 2 1, 1 1, 1 2, 0 2, 0 0))",
                                         "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 1, 0 0)), ((2 2, 4 2, 4 4, 2 4, 2 2)))",
                                         "BBOX(0, 0, 2, 2)",
                                         "BBOX(-1, -1, 10, 10)",
                                         "BBOX(1, 1, 0, 3, 3, 9)",
                                         "BBOX(170, -10, 1, 10)",
                                         "BBOX(2, 2, 2.5, 2.5)",
                                         "LINESTRING(-3 1.5, 7 1.5)",
                                         "POINT(4 4)",
                                         "MULTIPOINT(2 2)",
                                         "BBOX(0.5, 0.5, 1.5, 3.5)"};

static const char *const collections[] = {
    "GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(3 0, 3 5))",
    "GEOMETRYCOLLECTION(POLYGON((0 0, 1 0, 1 1, 0 1, 0 0)), POINT(4 4), LINESTRING(-1 2, 0 2))"};

#endif
