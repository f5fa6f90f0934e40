/* api/multipart.c: forms as browsers send them, and everything that only looks like one. */
#include "api/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FIELD(name, value) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n" value

static struct base_arena arena;
static struct base_diag diag;
static struct api_part parts[API_PARTS_MAX];
static size_t count;

static enum base_err in(const char *body)
{
    base_arena_reset(&arena);
    return api_multipart_in(base_str_of(body), base_str_of("xx"), &arena, &diag, parts, &count);
}

static void boundaries(void **state)
{
    (void)state;
    static const struct {
        const char *type, *boundary;
    } tries[] = {
        {"multipart/form-data; boundary=xx", "xx"},
        {"multipart/form-data;boundary=\"a b\"", "a b"},
        {"multipart/form-data; charset=utf-8; BOUNDARY=----WebKitFormBoundaryAbC", "----WebKitFormBoundaryAbC"},
        {"multipart/form-data", NULL},
        {"multipart/form-data; boundary=", NULL},
        {"multipart/form-data; boundary=\"\"", NULL},
        {"multipart/form-data; boundary=\"a \"", NULL},
        {"multipart/form-data; boundary=\"a", NULL},
        {"multipart/form-data; boundary=a\rb", NULL},
        {"multipart/form-data; boundary=a; boundary=b", NULL},
        {"multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         NULL},
    };
    for (size_t i = 0; i < BASE_COUNT(tries); i++) {
        struct base_str boundary;
        enum base_err err = api_multipart_boundary(base_str_of(tries[i].type), &diag, &boundary);
        if (err != (tries[i].boundary ? BASE_OK : BASE_INVALID)) {
            fail_msg("%s", tries[i].type);
        }
        assert_true(err || base_str_is(boundary, tries[i].boundary));
    }
}

static void parts_of_a_form(void **state)
{
    (void)state;
    assert_int_equal(in("--xx\r\n" FIELD("name", "cora") "\r\n--xx\r\n" FIELD("p", "a\r\n--x\r\nb") "\r\n--xx--\r\n"),
                     BASE_OK);
    assert_int_equal(count, 2);
    assert_true(base_str_is(parts[0].name, "name") && base_str_is(parts[0].content, "cora"));
    assert_true(base_str_is(parts[1].content, "a\r\n--x\r\nb"));
    assert_int_equal(in("--xx\r\nX-Other: 1\r\ncontent-disposition: form-data; name=\"f%22\"; filename=\"图.txt\"\r\n"
                        "Content-Type: text/plain\r\n\r\n\r\n--xx--"),
                     BASE_OK);
    assert_true(base_str_is(parts[0].name, "f\"") && base_str_is(parts[0].filename, "图.txt"));
    assert_true(base_str_is(parts[0].type, "text/plain") && parts[0].content.len == 0);
    assert_int_equal(in("--xx--"), BASE_OK);
    assert_int_equal(count, 0);
}

static void what_is_no_form(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "--x",
        "--xx",
        "--xx\r\n",
        "preamble\r\n--xx\r\n" FIELD("a", "b") "\r\n--xx--",
        "--xx\n" FIELD("a", "b") "\r\n--xx--",
        "--xx\r\n" FIELD("a", "b"),
        "--xx\r\n" FIELD("a", "b") "\r\n--xx",
        "--xx\r\n" FIELD("a", "b") "\r\n--xx--epilogue",
        "--xx\r\n" FIELD("", "b") "\r\n--xx--",
        "--xx\r\n\r\nno headers\r\n--xx--",
        "--xx\r\nContent-Type: text/plain\r\n\r\nno name\r\n--xx--",
        "--xx\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n\r\n--xx--",
        "--xx\r\nContent-Disposition: form-data; name=\"a\r\n\r\n\r\n--xx--",
        "--xx\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n\r\n--xx--",
        "--xx\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\n\r\n--xx--",
        "--xx\r\nno colon\r\n" FIELD("a", "b") "\r\n--xx--",
    };
    for (size_t i = 0; i < BASE_COUNT(bodies); i++) {
        if (in(bodies[i]) != BASE_INVALID) {
            fail_msg("%s", bodies[i]);
        }
    }
}

static void too_much(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) body;
    base_buf_init(&body, 1 << 16);
    for (int i = 0; i < API_PARTS_MAX + 1; i++) {
        base_buf_text(&body, i ? "\r\n--xx\r\n" FIELD("a", "b") : "--xx\r\n" FIELD("a", "b"));
    }
    base_buf_text(&body, "\r\n--xx--");
    assert_int_equal(in(base_buf_cstr(&body)), BASE_LIMIT);
    base_buf_reset(&body);
    base_buf_text(&body, "--xx\r\n");
    for (int i = 0; i < 20; i++) {
        base_buf_text(&body, "X: y\r\n");
    }
    base_buf_text(&body, FIELD("a", "b") "\r\n--xx--");
    assert_int_equal(in(base_buf_cstr(&body)), BASE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boundaries),
        cmocka_unit_test(parts_of_a_form),
        cmocka_unit_test(what_is_no_form),
        cmocka_unit_test(too_much),
    };
    base_arena_init(&arena, 1 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    base_arena_release(&arena);
    return failed;
}
