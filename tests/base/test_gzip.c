/* base/gzip.c: what it writes, zcat reads; threads keep a compressor each. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

static void zcat_reads(int level)
{
    char path[] = "/tmp/hutong-gzip-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    AUTO_VALUE(base_buf) plain;
    AUTO_VALUE(base_buf) packed;
    base_buf_init(&plain, 1 << 20);
    base_buf_init(&packed, 1 << 20);
    for (int i = 0; i < 10000; i++) {
        base_buf_printf(&plain, "line %d\n", i % 100);
    }
    assert_int_equal(base_gzip(plain.data, plain.len, level, &packed), BASE_OK);
    assert_true(packed.len < plain.len / 10);
    assert_int_equal(base_file_write(path, 0600, packed.data, packed.len, NULL), BASE_OK);
    char command[128];
    snprintf(command, sizeof command, "test \"$(zcat < %s | wc -c)\" = %zu", path, plain.len);
    assert_int_equal(system(command), 0);
    unlink(path);
}

static void zcat_reads_it(void **state)
{
    (void)state;
    zcat_reads(1);
    zcat_reads(6);
}

/* What does not shrink has room all the same, whatever its size. */
static void noise_has_room(void **state)
{
    (void)state;
    enum { MOST = 300000 };
    static uint8_t noise[MOST];
    uint64_t seed = 1;
    for (size_t i = 0; i < MOST; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        noise[i] = (uint8_t)(seed >> 56);
    }
    for (size_t len = 0; len <= MOST; len += len < 40 ? 1 : 6487) {
        AUTO_VALUE(base_buf) packed;
        base_buf_init(&packed, 1 << 20);
        assert_int_equal(base_gzip(noise, len, 1, &packed), BASE_OK);
        assert_true(packed.len >= 18);
    }
}

static void *pack_often(void *unused)
{
    AUTO_VALUE(base_buf) packed;
    base_buf_init(&packed, 1 << 20);
    for (int i = 0; i < 200; i++) {
        base_buf_reset(&packed);
        if (base_gzip("abcabcabc", 9, 1 + i % 9, &packed)) {
            return packed.data;
        }
    }
    return unused;
}

static void threads_do_not_meet(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < BASE_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, pack_often, NULL), 0);
    }
    for (size_t i = 0; i < BASE_COUNT(threads); i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

static void has_a_ceiling(void **state)
{
    (void)state;
    AUTO_VALUE(base_buf) packed;
    base_buf_init(&packed, 4);
    assert_int_equal(base_gzip("abc", 3, 6, &packed), BASE_LIMIT);
    assert_int_equal(base_gzip("abc", 3, 1, &packed), BASE_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zcat_reads_it),
        cmocka_unit_test(noise_has_room),
        cmocka_unit_test(threads_do_not_meet),
        cmocka_unit_test(has_a_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
