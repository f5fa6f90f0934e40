/* tiles/address.c: digits only, the edges of each zoom, and the tile's place on earth. */
#include "tiles/tiles.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static enum base_err parse(const char *z, const char *x, const char *y, struct tiles_address *ret_address)
{
    struct base_diag diag;
    return tiles_address_in(base_str_of(z), base_str_of(x), base_str_of(y), &diag, ret_address);
}

static void good_addresses(void **state)
{
    (void)state;
    struct tiles_address address;
    assert_int_equal(parse("0", "0", "0", &address), BASE_OK);
    assert_int_equal(parse("16", "65535", "0", &address), BASE_OK);
    assert_int_equal(address.z, 16);
    assert_int_equal(address.x, 65535);
    assert_int_equal(parse("22", "4194303", "4194303", &address), BASE_OK);
}

static void bad_addresses(void **state)
{
    (void)state;
    static const char *const bad[][3] = {
        {"", "0", "0"},       {"0", "1", "0"},
        {"1", "2", "0"},      {"23", "0", "0"},
        {"-1", "0", "0"},     {"1", "+1", "0"},
        {"1", "01", "0"},     {"1", "1.0", "0"},
        {"1", "0x1", "0"},    {"1", "0", "0 "},
        {"16", "1", "65536"}, {"16", "99999999999999999999", "0"},
        {"a", "b", "c"},      {"1", "\xEF\xBC\x91", "0"},
    };
    struct tiles_address address = {7, 7, 7};
    for (size_t i = 0; i < BASE_COUNT(bad); i++) {
        assert_int_equal(parse(bad[i][0], bad[i][1], bad[i][2], &address), BASE_INVALID);
    }
    assert_int_equal(address.z, 7); /* untouched on failure */
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void boxes(void **state)
{
    (void)state;
    struct tiles_box world = tiles_address_box((struct tiles_address){0, 0, 0}, 1.0 / 64);
    assert_true(near(world.west, -180) && near(world.east, 180)); /* cut at the square's edge, never beyond */
    assert_true(near(world.north, 85.051128779806604) && near(world.south, -85.051128779806604));
    struct tiles_box tile = tiles_address_box((struct tiles_address){1, 1, 0}, 0);
    assert_true(near(tile.west, 0) && near(tile.south, 0) && near(tile.east, 180));
    struct tiles_box wide = tiles_address_box((struct tiles_address){14, 13724, 6690}, 0.5);
    struct tiles_box slim = tiles_address_box((struct tiles_address){14, 13724, 6690}, 0);
    assert_true(wide.west < slim.west && wide.south < slim.south && wide.east > slim.east && wide.north > slim.north);
    assert_true(near(slim.east - slim.west, 360.0 / 16384) && near(wide.east - wide.west, 720.0 / 16384));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_addresses),
        cmocka_unit_test(bad_addresses),
        cmocka_unit_test(boxes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
