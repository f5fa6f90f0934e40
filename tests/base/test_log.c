/* base/log.c: logfmt that a parser can take apart, one whole line an event. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

/* Runs fn with standard error sent to a pipe's worth of file, and gives what it wrote. */
static void captured(void (*fn)(void), struct base_buf *ret_text)
{
    char path[] = "/tmp/hutong-log-XXXXXX";
    int fd = mkstemp(path);
    int saved = dup(STDERR_FILENO);
    assert_true(fd >= 0 && saved >= 0);
    dup2(fd, STDERR_FILENO);
    fn();
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fd);
    assert_int_equal(base_file_read(path, 1 << 20, NULL, ret_text), BASE_OK);
    unlink(path);
}

static void write_fields(void)
{
    base_log_name_set("test");
    base_log(BASE_LOG_DEBUG, "hidden");
    base_log(BASE_LOG_INFO, "two words", base_log_text("plain", "abc"), base_log_text("quoted", "a \"b\"\n=\x01"),
             base_log_i64("n", -5), base_log_f64("x", 1.5), base_log_text("empty", ""), base_log_text("null", NULL));
}

static void quotes_what_needs_it(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    captured(write_fields, &text);
    assert_non_null(strstr(base_buf_cstr(&text),
                           " level=info process=test msg=\"two words\" plain=abc quoted=\"a \\\"b\\\"\\n=\\x01\" n=-5 "
                           "x=1.5 empty=\"\" null=\n"));
    assert_null(strstr(base_buf_cstr(&text), "hidden"));
}

static void *write_lines(void *unused)
{
    for (int i = 0; i < 200; i++) {
        base_log(BASE_LOG_INFO, "line", base_log_text("pad", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
    }
    return unused;
}

static void write_from_threads(void)
{
    pthread_t threads[4];
    for (size_t i = 0; i < BASE_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
    }
    for (size_t i = 0; i < BASE_COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
    }
}

static void lines_stay_whole(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1 << 20);
    captured(write_from_threads, &text);
    struct base_str rest = base_buf_str(&text);
    struct base_str line;
    int count = 0;
    while (base_str_next(&rest, '\n', &line)) {
        if (line.len) {
            assert_true(base_str_starts(line, "time="));
            count++;
        }
    }
    assert_int_equal(count, 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_what_needs_it),
        cmocka_unit_test(lines_stay_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
