/* api/style.c: what other programs get is whole - addresses of this server, layers and fields that its tiles have. */
#include "fixture/serving.h"
#include "tiles/tiles.h"

static const char *const names[] = {"dark", "light"};
static struct test_server on; /* behind a proxy; somebody has an account */

static const char *path_of(const char *name)
{
    static char path[64];
    snprintf(path, sizeof path, "/styles/%s.json", name);
    return path;
}

static struct base_json *style_of(const char *name, const char *headers)
{
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(on.port, path_of(name), headers, &answer), 200);
    return test_json(&answer);
}

static const char *source_url(const struct base_json *style)
{
    return test_text(base_json_in_get(base_json_in_get(style, "sources"), "hutong"), "url");
}

/* --- where it points --- */

static void the_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        AUTO_VALUE(test_answer) first, again;
        char held[200];
        assert_int_equal(test_get(on.port, path_of(names[i]), NULL, &first), 200);
        assert_string_equal(test_header(&first, "Content-Type"), "application/json");
        assert_string_equal(test_header(&first, "Cache-Control"), "no-cache");
        assert_null(strstr(first.body.at, "{origin}"));
        snprintf(held, sizeof held, "If-None-Match: %s\r\n", test_header(&first, "ETag"));
        assert_int_equal(test_get(on.port, path_of(names[i]), held, &again), 304);
    }
}

static void no_such_style(void **state)
{
    (void)state;
    static const char *const wrong[] = {"sepia", "Dark", "dark.json", "../dark",
                                        "a-name-much-longer-than-that-of-any-style-that-could-ever-be-there-in-here"};
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        AUTO_VALUE(test_answer) answer;
        assert_int_equal(test_get(on.port, path_of(wrong[i]), NULL, &answer), 404);
    }
    AUTO_VALUE(test_answer) asked;
    assert_int_equal(test_get(on.port, "/styles/dark.json?size=2", NULL, &asked), 400);
}

/* Whatever the Host header holds, the answer is JSON, and the header is in it as a text. */
static void addresses_are_those_of_the_request(void **state)
{
    (void)state;
    static const struct {
        const char *host, *headers, *begins;
    } rows[] = {{"map.example", "", "http://map.example/tiles/"},
                {"map.example:8443", "X-Forwarded-Proto: https\r\n", "https://map.example:8443/tiles/"},
                {"[::1]:80", "X-Forwarded-Proto: http\r\n", "http://[::1]:80/tiles/"},
                {"a\"b\\c", "", "http://a\"b\\c/tiles/"}};
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        AUTO_VALUE(test_answer) answer;
        char head[400];
        snprintf(head, sizeof head, "GET /styles/light.json HTTP/1.1\r\nHost: %s\r\n%s", rows[i].host, rows[i].headers);
        test_raw(on.port, head, &answer);
        assert_int_equal(answer.status, 200);
        AUTO(base_json) style = test_json(&answer);
        assert_int_equal(strncmp(source_url(style), rows[i].begins, strlen(rows[i].begins)), 0);
    }
}

/* The scheme is a proxy's to say, and nobody else's. */
static void a_stranger_does_not_say_https(void **state)
{
    (void)state;
    struct test_server alone = test_server_on(fixture_database(), (struct api_config){.port = 0});
    AUTO_VALUE(test_answer) answer;
    assert_int_equal(test_get(alone.port, "/styles/dark.json", "X-Forwarded-Proto: https\r\n", &answer), 200);
    AUTO(base_json) style = test_json(&answer);
    assert_int_equal(strncmp(source_url(style), "http://127.0.0.1:", 17), 0);
    api_server_free(alone.server);
}

static void every_font_is_there(void **state)
{
    (void)state;
    AUTO(base_json) style = style_of("light", NULL);
    const struct base_json *fonts = base_json_in_get(style, "font-faces"), *faces;
    struct base_str family;
    size_t count = 0;
    for (void *at = NULL; base_json_in_next(fonts, &at, &family, &faces);) {
        for (size_t i = 0; i < base_json_in_size(faces); i += 20, count++) { /* one of twenty: there are hundreds */
            AUTO_VALUE(test_answer) answer;
            const char *path = strstr(test_text(base_json_in_at(faces, i), "url"), "/fonts/");
            assert_non_null(path);
            assert_int_equal(test_get(on.port, path, NULL, &answer), 200);
            assert_string_equal(test_header(&answer, "Content-Type"), "font/woff2");
        }
    }
    assert_true(count >= 2);
}

/* --- what it draws --- */

/* The TileJSON that the style names, asked for as its client would, but here. */
static struct base_json *tilejson_of(const struct base_json *style)
{
    AUTO_VALUE(test_answer) answer;
    const char *path = strstr(source_url(style), "/tiles/");
    assert_non_null(path);
    struct test_server open = test_server_new((struct api_config){.port = 0});
    assert_int_equal(test_get(open.port, path, NULL, &answer), 200);
    test_server_end(&open);
    struct base_json *tilejson = test_json(&answer);
    assert_string_equal(test_text(tilejson, "attribution"), "© somebody");
    assert_int_equal(base_json_in_size(base_json_in_get(tilejson, "bounds")), 4);
    return tilejson;
}

static const struct base_json *vector_layer(const struct base_json *tilejson, const char *id)
{
    const struct base_json *layers = base_json_in_get(tilejson, "vector_layers");
    for (size_t i = 0; i < base_json_in_size(layers); i++) {
        if (strcmp(test_text(base_json_in_at(layers, i), "id"), id) == 0) {
            return base_json_in_at(layers, i);
        }
    }
    return NULL;
}

/* Fields of ["get", x] and ["has", x] wherever they stand in value; gives back how many there were. */
static size_t check_fields(const struct base_json *value, const struct base_json *fields, const char *layer)
{
    size_t found = 0;
    struct base_str word, key;
    const struct base_json *member;
    if (base_json_in_is_array(value)) {
        if (base_json_in_size(value) == 2 && base_json_in_text(base_json_in_at(value, 0), &word) &&
            (base_str_is(word, "get") || base_str_is(word, "has"))) {
            assert_true(base_json_in_text(base_json_in_at(value, 1), &key));
            if (!base_json_in_get(fields, key.at)) {
                fail_msg("%s: its tiles have no field %s", layer, key.at);
            }
            return 1;
        }
        for (size_t i = 0; i < base_json_in_size(value); i++) {
            found += check_fields(base_json_in_at(value, i), fields, layer);
        }
    } else if (base_json_in_is_object(value)) {
        for (void *at = NULL; base_json_in_next(value, &at, &key, &member);) {
            found += check_fields(member, fields, layer);
        }
    }
    return found;
}

static void layers_and_fields_are_those_of_the_tiles(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        AUTO(base_json) style = style_of(names[i], NULL);
        AUTO(base_json) tilejson = tilejson_of(style);
        const struct base_json *layers = base_json_in_get(style, "layers");
        size_t fields = 0, drawn = 0;
        for (size_t k = 0; k < base_json_in_size(layers); k++) {
            const struct base_json *layer = base_json_in_at(layers, k);
            if (strcmp(test_text(layer, "type"), "background") == 0) {
                continue;
            }
            const char *name = test_text(layer, "source-layer");
            const struct base_json *of = vector_layer(tilejson, name);
            assert_string_equal(test_text(layer, "source"), "hutong");
            assert_non_null(tiles_layer_find(base_str_of(name)));
            assert_non_null(of);
            fields += check_fields(layer, base_json_in_get(of, "fields"), test_text(layer, "id"));
            drawn++;
        }
        assert_true(drawn > 15 && fields > 30);
    }
}

/* Nothing that only the page has: icons that it draws, states that it sets. */
static void nothing_of_the_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        AUTO_VALUE(test_answer) answer;
        assert_int_equal(test_get(on.port, path_of(names[i]), NULL, &answer), 200);
        assert_null(strstr(answer.body.at, "icon-image"));
        assert_null(strstr(answer.body.at, "feature-state"));
        assert_null(strstr(answer.body.at, "\"sprite\""));
        AUTO(base_json) style = test_json(&answer);
        assert_int_equal(test_i64(style, "version"), 8);
        assert_non_null(strstr(test_text(style, "name"), names[i]));
        assert_non_null(strstr(answer.body.at, "\"fill-extrusion-height\""));
    }
}

static int open_all(void **state)
{
    (void)state;
    const char *database = fixture_database();
    PGconn *pg = test_pg(database);
    test_sql(pg, "insert into account (name) values ('anna')");
    PQfinish(pg);
    on = test_server_on(database, (struct api_config){.port = 0, .proxies = "127.0.0.1"});
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    api_server_free(on.server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer),
        cmocka_unit_test(no_such_style),
        cmocka_unit_test(addresses_are_those_of_the_request),
        cmocka_unit_test(a_stranger_does_not_say_https),
        cmocka_unit_test(every_font_is_there),
        cmocka_unit_test(layers_and_fields_are_those_of_the_tiles),
        cmocka_unit_test(nothing_of_the_page),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
