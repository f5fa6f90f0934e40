/* Time zones without the C library's process-wide TZ: the compiled tz files (RFC 8536), version 2 and later.
 * After the last transition in a file its last offset holds (Debian's files reach to 2037). */
#include "sensors/sensors.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
enum { FILE_MAX = 256 * 1024, COUNT_MAX = 4096, V1_TIME_BYTES = 4, V2_TIME_BYTES = 8 };

struct change {
    int64_t at_us;     /* from this moment */
    int64_t offset_us; /* local = UTC + offset */
};

struct sensors_zone {
    int64_t first_offset_us; /* before the first change */
    size_t count;
    struct change changes[];
};

struct header {
    uint32_t ut_count, standard_count, leap_count, time_count, type_count, char_count;
};

static bool read_header(struct base_reader *reader, struct header *ret_header)
{
    struct base_str magic = base_reader_bytes(reader, 4);
    base_reader_bytes(reader, 16); /* version, reserved */
    ret_header->ut_count = base_reader_u32be(reader);
    ret_header->standard_count = base_reader_u32be(reader);
    ret_header->leap_count = base_reader_u32be(reader);
    ret_header->time_count = base_reader_u32be(reader);
    ret_header->type_count = base_reader_u32be(reader);
    ret_header->char_count = base_reader_u32be(reader);
    return !reader->failed && base_str_is(magic, "TZif") && ret_header->time_count <= COUNT_MAX &&
           ret_header->type_count <= COUNT_MAX && ret_header->type_count > 0 && ret_header->char_count <= COUNT_MAX &&
           ret_header->leap_count <= COUNT_MAX && ret_header->standard_count <= COUNT_MAX &&
           ret_header->ut_count <= COUNT_MAX;
}

static size_t body_bytes(const struct header *header, size_t time_bytes)
{
    return header->time_count * (time_bytes + 1) + header->type_count * (size_t)6 + header->char_count +
           header->leap_count * (time_bytes + 4) + header->standard_count + header->ut_count;
}

/* times, then one type number a time, then the types: offset, daylight, abbreviation (6 bytes each). */
static struct sensors_zone *read_body(struct base_reader *reader, const struct header *header)
{
    struct base_reader times = *reader;
    base_reader_bytes(reader, header->time_count * (size_t)V2_TIME_BYTES);
    struct base_str kinds = base_reader_bytes(reader, header->time_count);
    struct base_str types = base_reader_bytes(reader, header->type_count * (size_t)6);
    struct sensors_zone *zone =
        reader->failed ? NULL : calloc(1, sizeof *zone + header->time_count * sizeof zone->changes[0]);
    if (!zone) {
        return NULL;
    }
    struct base_reader first = base_reader_of(types.at, 6);
    zone->first_offset_us = (int32_t)base_reader_u32be(&first) * SECOND;
    for (size_t i = 0; i < header->time_count; i++) {
        int64_t at = (int64_t)base_reader_u64be(&times);
        size_t kind = (unsigned char)kinds.at[i];
        if (kind >= header->type_count || at < INT64_MIN / SECOND || at > INT64_MAX / SECOND) {
            continue;
        }
        struct base_reader type = base_reader_of(types.at + kind * 6, 6);
        zone->changes[zone->count++] = (struct change){at * SECOND, (int32_t)base_reader_u32be(&type) * SECOND};
    }
    return zone;
}

/* Names of the database only: no way out of its folder. */
static bool name_ok(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)name[i]) && !strchr("_+-/", name[i])) {
            return false;
        }
    }
    return len > 0 && len < 64 && name[0] != '/';
}

enum base_err sensors_zone_open(const char *name, struct base_diag *diag, struct sensors_zone **ret_zone)
{
    if (!name_ok(name)) {
        return base_diag_set(diag, BASE_INVALID, "time zone \"%s\": not a name such as Asia/Shanghai", name);
    }
    const char *folder = getenv("TZDIR");
    AUTO_VALUE(base_buf) path;
    base_buf_init(&path, 4096);
    base_buf_printf(&path, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo", name);
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, FILE_MAX + 1);
    enum base_err err = base_file_read(base_buf_cstr(&path), FILE_MAX, diag, &file);
    if (err) {
        return base_diag_set(diag, BASE_NOT_FOUND, "time zone \"%s\": not known here; is the package tzdata installed?",
                             name);
    }
    struct base_reader reader = base_reader_of(file.data, file.len);
    struct header old, header;
    struct sensors_zone *zone = NULL;
    if (read_header(&reader, &old)) {
        base_reader_bytes(&reader, body_bytes(&old, V1_TIME_BYTES));
        zone = read_header(&reader, &header) ? read_body(&reader, &header) : NULL;
    }
    if (!zone) {
        return base_diag_set(diag, BASE_INVALID, "time zone \"%s\": its file is not a tz file of version 2", name);
    }
    *ret_zone = zone;
    return BASE_OK;
}

void sensors_zone_free(struct sensors_zone *zone)
{
    free(zone);
}

static int64_t offset_at(const struct sensors_zone *zone, int64_t utc_us)
{
    size_t low = 0, high = zone->count; /* the number of changes not after utc_us */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (zone->changes[middle].at_us <= utc_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? zone->changes[low - 1].offset_us : zone->first_offset_us;
}

int64_t sensors_zone_to_utc(const struct sensors_zone *zone, int64_t local_us, int64_t near_us)
{
    if (!zone) {
        return local_us;
    }
    /* Zones change at most twice a year: the offsets a day before and a day after are the only candidates. */
    const int64_t day = 86400 * SECOND;
    int64_t before = offset_at(zone, local_us - day);
    int64_t after = offset_at(zone, local_us + day);
    int64_t early = local_us - before;
    int64_t late = local_us - after;
    bool early_holds = offset_at(zone, early) == before;
    bool late_holds = offset_at(zone, late) == after;
    if (early_holds && late_holds) {
        return llabs(early - near_us) <= llabs(late - near_us) ? early : late;
    }
    return late_holds ? late : early;
}

int64_t sensors_zone_to_local(const struct sensors_zone *zone, int64_t utc_us)
{
    return zone ? utc_us + offset_at(zone, utc_us) : utc_us;
}
