/* fixture/mvt_check.c, mvt_rings.c: does the judge of our tiles know right from wrong? By the fixtures of
 * @mapbox/mvt-fixtures (npm; `npm ci` in web/ brings them), and by shapes of our own for what these leave out. */
#include "fixture/fixture.h"
#include "fixture/mvt_check.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct base_diag diag;

/* --- the fixtures --- */

static bool slurp(const char *path, struct base_buf *buf)
{
    base_buf_init(buf, 64 << 20);
    return base_file_read(path, 64 << 20, &diag, buf) == BASE_OK;
}

static bool said_valid(const char *folder)
{
    char path[1024];
    bool valid = false;
    AUTO_VALUE(base_buf) text;
    AUTO(base_json) info = NULL;
    snprintf(path, sizeof path, "%s/info.json", folder);
    assert_true(slurp(path, &text));
    assert_int_equal(base_json_in_parse(text.data, text.len, &diag, &info), BASE_OK);
    assert_true(base_json_in_bool(base_json_in_get(base_json_in_get(info, "validity"), "v2"), &valid));
    return valid;
}

static bool found_valid(const char *folder, enum mvt_rules rules)
{
    char path[1024];
    AUTO_VALUE(base_buf) bytes;
    AUTO(mvt_tile) tile = NULL;
    snprintf(path, sizeof path, "%s/tile.mvt", folder);
    assert_true(slurp(path, &bytes));
    return mvt_tile_in(bytes.data, bytes.len, rules, &diag, &tile) == BASE_OK;
}

static const char *fixtures(void)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/web/node_modules/@mapbox/mvt-fixtures/fixtures", fixture_source());
    return path;
}

static void judges_as_the_fixtures_say(void **state)
{
    (void)state;
    size_t valid = 0, invalid = 0, rejected = 0;
    DIR *dir = opendir(fixtures());
    if (!dir) {
        const char *required = getenv("HUTONG_REAL_DATA");
        assert_false(required && strcmp(required, "required") == 0);
        print_message("no %s: npm ci in web/ brings them\n", fixtures());
        skip();
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        char folder[800];
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(folder, sizeof folder, "%s/%s", fixtures(), entry->d_name);
        bool should = said_valid(folder), good = found_valid(folder, MVT_SPEC);
        if (should && !good) {
            fail_msg("%s is valid: %s", entry->d_name, diag.text);
        }
        if (!should && found_valid(folder, MVT_OURS)) {
            fail_msg("%s is invalid, and passes for one of ours", entry->d_name);
        }
        if (!should) {
            print_message("%s: %s\n", entry->d_name, good ? "accepted (see mvt_check.h)" : diag.text);
        }
        valid += should;
        invalid += !should;
        rejected += !should && !good;
    }
    closedir(dir);
    print_message("%zu valid ones accepted, %zu of %zu invalid ones rejected\n", valid, rejected, invalid);
    assert_true(valid >= 44 && invalid >= 28 && rejected >= 26);
}

/* --- shapes of our own --- */

static void put(struct base_buf *buf, uint64_t value)
{
    for (; value >= 128; value >>= 7) {
        base_buf_u8(buf, (uint8_t)(value | 128));
    }
    base_buf_u8(buf, (uint8_t)value);
}

static void put_part(struct base_buf *buf, uint32_t number, const struct base_buf *part)
{
    put(buf, number << 3 | 2);
    put(buf, part->len);
    base_buf_append(buf, part->data, part->len);
}

static int64_t number_in(const char **at)
{
    char *end;
    int64_t value = strtoll(*at, &end, 10);
    *at = end + strspn(end, " ");
    return value;
}

/* "0 0, 9 0, 9 9; 1 1, ...": rings, or lines, or with type 1 one MoveTo for all. */
static void draw(struct base_buf *buf, int type, const char *text)
{
    int64_t x = 0, y = 0;
    for (const char *at = text; *at; at += *at ? 1 + strspn(at + 1, " ") : 0) {
        size_t count = 1, len = strcspn(at, ";");
        for (size_t i = 0; i < len; i++) {
            count += at[i] == ',';
        }
        for (size_t i = 0; i < count; i++, at += *at == ',' ? 2 : 0) {
            int64_t to_x = number_in(&at), to_y = number_in(&at), dx = to_x - x, dy = to_y - y;
            if (i == 0) {
                put(buf, (type == 1 ? count : 1) << 3 | 1);
            } else if (i == 1 && type != 1) {
                put(buf, (count - 1) << 3 | 2);
            }
            put(buf, (uint64_t)dx << 1 ^ (uint64_t)(dx >> 63));
            put(buf, (uint64_t)dy << 1 ^ (uint64_t)(dy >> 63));
            x = to_x;
            y = to_y;
        }
        if (type == 3) {
            put(buf, 1 << 3 | 7);
        }
    }
}

/* A tile of ours with one layer, one feature. */
static enum base_err read_shape(int type, const char *text, struct mvt_tile **ret_tile)
{
    AUTO_VALUE(base_buf) shape;
    AUTO_VALUE(base_buf) feature;
    AUTO_VALUE(base_buf) layer;
    AUTO_VALUE(base_buf) tile;
    base_buf_init(&shape, 1 << 24);
    base_buf_init(&feature, 1 << 24);
    base_buf_init(&layer, 1 << 24);
    base_buf_init(&tile, 1 << 24);
    draw(&shape, type, text);
    put(&feature, 1 << 3);
    put(&feature, 7);
    put(&feature, 3 << 3);
    put(&feature, (uint64_t)type);
    put_part(&feature, 4, &shape);
    put(&layer, 15 << 3);
    put(&layer, 2);
    base_buf_text(&layer, "\x0a\x01s");
    put_part(&layer, 2, &feature);
    put(&layer, 5 << 3);
    put(&layer, 4096);
    put_part(&tile, 3, &layer);
    return mvt_tile_in(tile.data, tile.len, MVT_OURS, &diag, ret_tile);
}

static void good_shapes(void **state)
{
    (void)state;
    static const struct {
        int type;
        size_t paths;
        const char *text;
    } rows[] = {
        {1, 1, "-64 4160"},
        {1, 1, "1 1, 2 2, 3 3"},
        {2, 2, "0 0, 9 9, 0 9, 9 0; 5 5, 6 6"}, /* lines may cross themselves */
        {3, 1, "0 0, 9 0, 9 9"},
        {3, 1, "0 0, 5 0, 9 0, 9 9"}, /* a vertex on a straight edge */
        {3, 2, "0 0, 9 0, 9 9, 0 9; 2 2, 2 4, 4 4, 4 2"},
        {3, 2, "0 0, 9 0, 9 9, 0 9; 0 0, 2 4, 4 4, 4 2"},                       /* the hole touches a corner */
        {3, 2, "0 0, 9 0, 9 9, 0 9; 5 0, 2 4, 4 4"},                            /* an edge */
        {3, 3, "0 0, 9 0, 9 9, 0 9; 2 2, 2 4, 4 4, 4 2; 4 4, 4 6, 6 6, 6 4"},   /* each other */
        {3, 3, "0 0, 9 0, 9 9, 0 9; 2 2, 2 7, 7 7, 7 2; 3 3, 5 3, 5 5, 3 5"},   /* an island */
        {3, 2, "0 0, 4 0, 4 4, 0 4; 4 4, 9 4, 9 9, 4 9"},                       /* polygons touch at a corner */
        {3, 3, "0 0, 9 0, 9 9, 0 9; 2 2, 2 7, 7 7, 7 2; 2 2, 5 3, 5 5, 3 5"},   /* an island at the shore */
        {3, 2, "0 0, 9 0, 9 9, 6 9, 6 3, 3 3, 3 9, 0 9; 4 4, 5 4, 5 20, 4 20"}, /* in a bay */
        {3, 2, "0 0, 9 0, 9 9, 6 9, 6 3, 3 3, 3 9, 0 9; 3 3, 6 4, 5 20, 4 20"}, /* touching it */
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO(mvt_tile) tile = NULL;
        if (read_shape(rows[i].type, rows[i].text, &tile)) {
            fail_msg("%s: %s", rows[i].text, diag.text);
        }
        assert_int_equal(tile->layers[0].features[0].path_count, rows[i].paths);
        assert_int_equal(tile->layers[0].ids[0], 7);
    }
}

static void wrong_shapes(void **state)
{
    (void)state;
    static const struct {
        int type;
        const char *text, *why;
    } rows[] = {
        {1, "-65 0", "beyond the buffer"},
        {1, "0 0; 1 1", "more than one command"},
        {2, "0 0", "before a LineTo"},
        {2, "0 0, 0 0", "without length"},
        {2, "0 0, 4161 0", "beyond the buffer"},
        {3, "0 0, 9 9", "where a LineTo belongs"},
        {3, "0 0, 9 9, 18 18", "without area"},
        {3, "0 0, 9 0, 9 9, 0 0", "repeats its first vertex"},
        {3, "0 0, 9 9, 9 0", "wound as a hole"},
        {3, "0 0, 9 0, 1 9, 9 9", "self-intersection"},
        {3, "0 0, 9 0, 9 9, 4 0, 0 9", "self-tangency"},      /* a vertex on another edge */
        {3, "0 0, 4 4, 8 0, 8 8, 4 4, 0 8", "self-tangency"}, /* a bow-tie */
        {3, "0 0, 4 4, 8 0, 9 9, 4 4, -2 9", "self-tangency"},
        {3, "0 0, 9 0, 9 9, 9 12, 9 9, 0 9", "rings 0 and 0"},
        {3, "0 0, 9 0, 9 9, 9 4, 0 9", "rings 0 and 0"},
        {3, "0 0, 9 0, 9 4, 4 4, 9 4, 9 9, 0 9", "rings 0 and 0"}, /* inwards */
        {3, "0 0, 9 0, 9 9, 0 9; 20 20, 20 24, 24 24", "not inside"},
        {3, "0 0, 9 0, 9 9, 0 9; 2 2, 2 4, 12 4", "cross"},
        {3, "0 0, 9 0, 9 9, 0 9; 0 2, 0 4, 4 4", "share an edge"},
        {3, "0 0, 9 0, 9 9, 0 9; 9 2, 12 4, 12 2", "not inside"}, /* touches from outside, in one point */
        {3, "0 0, 9 0, 9 9, 0 9; 9 2, 9 4, 12 4", "share an edge"},
        {3, "2 2, 4 2, 4 4, 2 4; 0 0, 0 9, 9 9, 9 0", "not inside"}, /* the hole is the larger one */
        {3, "0 0, 9 0, 9 9, 0 9; 1 1, 1 8, 8 8, 8 1; 2 2, 2 4, 4 4", "a hole in a hole"},
        {3, "0 0, 9 0, 9 9, 0 9; 1 1, 1 8, 8 8, 8 1; 1 1, 2 4, 4 4", "a hole in a hole"}, /* touching */
        {3, "0 0, 9 0, 9 9, 0 9; 2 2, 2 4, 4 4; 2 2, 2 4, 4 4", "share an edge"},
        {3, "0 0, 9 0, 9 9, 0 9; 2 2, 4 2, 4 4", "overlap"},
        {3, "2 2, 4 2, 4 4; 0 0, 9 0, 9 9, 0 9", "overlap"},
        {3, "0 0, 9 0, 9 9, 0 9; 9 0, 12 0, 12 9, 9 9", "share an edge"},
        {3, "0 0, 9 0, 9 9, 0 9; 5 5, 12 5, 12 12, 5 12", "cross"},
        {3, "0 0, 8 0, 8 8, 0 8; 4 0, 8 4, 4 8, 0 4", "overlap"}, /* every vertex touches */
        {3, "0 0, 9 0, 9 9, 6 9, 6 3, 3 3, 3 9, 0 9; 3 3, 3 9, 6 9, 6 3", "share an edge"},
        {3, "0 0, 9 0, 9 9, 5 9, 6 3, 3 3, 4 9, 0 9; 3 3, 5 9, 6 3", "share an edge"},
        {3, "0 0, 9 0, 9 9, 6 9, 4 3, 3 9, 0 9; 3 9, 5 14, 6 9", "not inside"}, /* in a bay's mouth, by its vertices */
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO(mvt_tile) tile = NULL;
        if (!read_shape(rows[i].type, rows[i].text, &tile) || !strstr(diag.text, rows[i].why)) {
            fail_msg("%s: not \"%s\" but %s", rows[i].text, rows[i].why, tile ? "accepted" : diag.text);
        }
        assert_non_null(strstr(diag.text, "layer 0 \"s\": feature 0 (id 7): "));
    }
}

/* A comb of 2,000 teeth, and the same with its last tooth bent across the others. */
static void many_vertices(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) text;
    AUTO(mvt_tile) tile = NULL;
    base_buf_init(&text, 1 << 20);
    base_buf_text(&text, "-2 4100");
    for (int i = 0; i < 2000; i++) {
        base_buf_printf(&text, ", %d 4000, %d 9", 2 * i, 2 * i + 1);
    }
    base_buf_text(&text, ", 4010 4100");
    assert_int_equal(read_shape(3, base_buf_cstr(&text), &tile), BASE_OK);
    base_buf_text(&text, ", 4010 4050, 3 3990, 4010 4060");
    assert_int_equal(read_shape(3, base_buf_cstr(&text), &tile), BASE_INVALID);
    assert_non_null(strstr(diag.text, "self-intersection"));
}

/* What fixtures cannot tell: rules of ours, and where it says the fault is. */
static void rules_of_ours(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *why;
        size_t len;
    } rows[] = {
        {"\x1a\x08\x78\x02\x0a\x01s\x28\x80\x20", "no features", 10},
        {"\x1a\x05\x78\x02\x0a\x01s", "no extent", 7},
        {"\x1a\x07\x78\x02\x0a\x01s\x28\x07", "an extent of 7", 9},
        {"\x1a\x0b\x78\x02\x0a\x01s\x1a\x01k\x1a\x01k", "key \"k\" is listed twice", 13},
        {"\x1a\x0d\x78\x02\x0a\x01s\x22\x02\x20\x05\x22\x02\x20\x05", "is listed twice", 15},
        {"\x1a\x07\x78\x02\x0a\x01s\x82\x01", "no protocol buffer", 9},
        {"\x1a\x05\x78\x02\x0a\x01\xff", "no UTF-8 text", 7},
        {"\x82\x01\x00", "a field 16", 3},
    };
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO(mvt_tile) tile = NULL;
        enum mvt_rules rules = strstr(rows[i].why, "listed") ? MVT_SPEC : MVT_OURS;
        if (!mvt_tile_in(rows[i].bytes, rows[i].len, rules, &diag, &tile) || !strstr(diag.text, rows[i].why)) {
            fail_msg("%zu: not \"%s\" but %s", i, rows[i].why, tile ? "accepted" : diag.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_as_the_fixtures_say),
        cmocka_unit_test(good_shapes),
        cmocka_unit_test(wrong_shapes),
        cmocka_unit_test(many_vertices),
        cmocka_unit_test(rules_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
