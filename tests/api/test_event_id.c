/* api/event_id.c: ids of events, out and in. */
#include "api/stream.h"
#include "fixture/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void out_and_in(void **state)
{
    (void)state;
    const uint64_t lsns[] = {0x16B3748, 0, UINT64_MAX};
    uint64_t again[3] = {1, 1, 1};
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, 256);
    api_event_id_out(lsns, 3, &buf);
    assert_string_equal(base_buf_cstr(&buf), "16B3748.0.FFFFFFFFFFFFFFFF");
    assert_true(api_event_id_in(base_buf_str(&buf), 3, again));
    assert_memory_equal(lsns, again, sizeof lsns);
}

static void garbage(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "1-1",
                                        "16b3748",
                                        "0x10",
                                        " 1",
                                        "1 ",
                                        "1.",
                                        ".1",
                                        "1.2.3",
                                        "1..2",
                                        "+1",
                                        "-1",
                                        "\xE4\xB8\x80",
                                        "00000000000000001",
                                        "660ce8f8b4ccc-12"};
    uint64_t lsns[3];
    for (size_t i = 0; i < BASE_COUNT(texts); i++) {
        assert_false(api_event_id_in(base_str_of(texts[i]), 2, lsns));
    }
    assert_false(api_event_id_in(base_str_of("1.2"), 1, lsns)); /* of another number of upstreams */
    assert_false(api_event_id_in(base_str_of("1.2"), 3, lsns));
    assert_true(api_event_id_in(base_str_of("1.2"), 2, lsns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(out_and_in), cmocka_unit_test(garbage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
