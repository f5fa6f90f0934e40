/* What an import says when it is done, for people and for programs. */
#include "data/import_private.h"

#include <string.h>

static const struct {
    const char *name;
    const char *text;
    bool skips;
} remarks[] = {
#define REMARK_ROW(name, text, skips) {#name, text, skips},
    DATA_IMPORT_REMARKS(REMARK_ROW)
#undef REMARK_ROW
};

void data_import_report_cut(char *to, size_t size, const char *from)
{
    size_t len = strlen(from);
    if (len >= size) {
        len = size - 1;
        while (len && ((unsigned char)from[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    snprintf(to, size, "%.*s", (int)len, from);
}

/* Where to cut so that most characters fit: after a word when one ends in the last third, else at a character's edge.
 */
static size_t cut_at(const char *from, size_t most)
{
    size_t len = most;
    while (len && ((unsigned char)from[len] & 0xC0) == 0x80) {
        len--;
    }
    for (size_t word = len; word > most - most / 3; word--) {
        if (from[word] == ' ') {
            return word;
        }
    }
    return len;
}

static void copy_name(char to[DATA_IMPORT_NAME], const char *from)
{
    static const char more[] = "…";
    size_t len = strlen(from);
    bool cut = len >= DATA_IMPORT_NAME;
    len = cut ? cut_at(from, DATA_IMPORT_NAME - sizeof more) : len;
    snprintf(to, DATA_IMPORT_NAME, "%.*s%s", (int)len, from, cut ? more : "");
}

void data_import_report_remark(struct data_import *import, enum data_import_remark remark, const char *key,
                               const char *cause)
{
    int64_t before = import->summary->remarks[remark].count++;
    import->summary->skipped += remarks[remark].skips;
    if (before < DATA_IMPORT_FIRST) {
        char name[8 * DATA_IMPORT_NAME];
        snprintf(name, sizeof name, "%s%s%s%s", key, cause ? " (" : "", cause ? cause : "", cause ? ")" : "");
        copy_name(import->summary->remarks[remark].first[before], name);
    }
}

static void remarks_text(const struct data_import_summary *summary, struct base_buf *buf)
{
    for (size_t i = 0; i < DATA_IMPORT_REMARK_COUNT; i++) {
        int64_t count = summary->remarks[i].count;
        if (count == 0) {
            continue;
        }
        base_buf_printf(buf, "  %s%lld: %s:", remarks[i].skips ? "skipped " : "", (long long)count, remarks[i].text);
        for (int64_t k = 0; k < count && k < DATA_IMPORT_FIRST && summary->remarks[i].first[k][0]; k++) {
            base_buf_printf(buf, "%s %s", k ? "," : "", summary->remarks[i].first[k]);
        }
        base_buf_text(buf, count > DATA_IMPORT_FIRST ? " ...\n" : "\n");
    }
}

void data_import_report_text(const struct data_import_summary *summary, struct base_buf *buf)
{
    bool buildings = summary->kind == DATA_IMPORT_BUILDINGS;
    base_buf_printf(buf,
                    "%s: %s, layer \"%s\" (%s): %lld read, %lld new, %lld updated, %lld moved, %lld unchanged, "
                    "%lld skipped in %.1f s%s\n",
                    data_import_kind_name(summary->kind), summary->path, summary->layer, summary->driver,
                    (long long)summary->read, (long long)summary->created, (long long)summary->updated,
                    (long long)summary->moved, (long long)summary->unchanged, (long long)summary->skipped,
                    summary->seconds, summary->dry_run ? " (dry run: nothing stored)" : "");
    if (buildings) {
        base_buf_printf(buf,
                        "  levels: %lld given; heights: %lld measured, %lld from levels x %.1f m, %lld by default "
                        "(%d levels)\n",
                        (long long)summary->with_levels, (long long)summary->heights[0], (long long)summary->heights[1],
                        summary->storey_height, (long long)summary->heights[2], DATA_IMPORT_LEVELS);
    }
    if (data_import_kinds[summary->kind].in_estate) {
        base_buf_printf(buf, "  estates: %lld (%lld new); %lld rows in no estate\n", (long long)summary->estates,
                        (long long)summary->estates_created, (long long)summary->unassigned);
    }
    remarks_text(summary, buf);
}

static void remarks_json(const struct data_import_summary *summary, struct base_json_out *out, bool skips)
{
    base_json_out_array(out);
    for (size_t i = 0; i < DATA_IMPORT_REMARK_COUNT; i++) {
        if (summary->remarks[i].count == 0 || remarks[i].skips != skips) {
            continue;
        }
        char code[32];
        size_t len = strlen(remarks[i].name);
        for (size_t k = 0; k <= len && k < sizeof code; k++) {
            char c = remarks[i].name[k];
            code[k] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        }
        base_json_out_object(out);
        base_json_out_key(out, "code");
        base_json_out_text(out, code);
        base_json_out_key(out, "text");
        base_json_out_text(out, remarks[i].text);
        base_json_out_key(out, "count");
        base_json_out_i64(out, summary->remarks[i].count);
        base_json_out_key(out, "first");
        base_json_out_array(out);
        for (int64_t k = 0; k < summary->remarks[i].count && k < DATA_IMPORT_FIRST; k++) {
            base_json_out_text(out, summary->remarks[i].first[k]);
        }
        base_json_out_array_end(out);
        base_json_out_object_end(out);
    }
    base_json_out_array_end(out);
}

static void count_json(struct base_json_out *out, const char *key, int64_t value)
{
    base_json_out_key(out, key);
    base_json_out_i64(out, value);
}

static void text_json(struct base_json_out *out, const char *key, const char *value)
{
    base_json_out_key(out, key);
    base_json_out_text(out, value);
}

static void building_json(const struct data_import_summary *summary, struct base_json_out *out)
{
    static const char *const sources[] = {"measured", "levels", "default"};
    count_json(out, "with_levels", summary->with_levels);
    base_json_out_key(out, "heights");
    base_json_out_object(out);
    for (size_t i = 0; i < BASE_COUNT(sources); i++) {
        count_json(out, sources[i], summary->heights[i]);
    }
    base_json_out_object_end(out);
}

void data_import_report_json(const struct data_import_summary *summary, struct base_buf *buf)
{
    struct base_json_out out = base_json_out_of(buf);
    base_json_out_object(&out);
    text_json(&out, "kind", data_import_kind_name(summary->kind));
    text_json(&out, "file", summary->path);
    text_json(&out, "layer", summary->layer);
    text_json(&out, "driver", summary->driver);
    text_json(&out, "dataset", summary->dataset);
    base_json_out_key(&out, "dry_run");
    base_json_out_bool(&out, summary->dry_run);
    count_json(&out, "read", summary->read);
    count_json(&out, "new", summary->created);
    count_json(&out, "updated", summary->updated);
    count_json(&out, "moved", summary->moved);
    count_json(&out, "unchanged", summary->unchanged);
    count_json(&out, "skipped", summary->skipped);
    count_json(&out, "repaired", summary->remarks[DATA_IMPORT_REMARK_REPAIRED].count);
    if (summary->kind == DATA_IMPORT_BUILDINGS) {
        building_json(summary, &out);
    }
    if (data_import_kinds[summary->kind].in_estate) {
        count_json(&out, "estates", summary->estates);
        count_json(&out, "estates_new", summary->estates_created);
        count_json(&out, "unassigned", summary->unassigned);
    }
    base_json_out_key(&out, "skips");
    remarks_json(summary, &out, true);
    base_json_out_key(&out, "remarks");
    remarks_json(summary, &out, false);
    base_json_out_key(&out, "seconds");
    base_json_out_f64(&out, summary->seconds, 3);
    base_json_out_object_end(&out);
}
