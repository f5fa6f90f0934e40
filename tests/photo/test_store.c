/* Photos in their folder: whole or not there, once however often they are put, and gone when they are dropped. */
#include "fixture/pictures.h"
#include "photo/photo.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static struct base_diag diag;
static struct photo photo;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

static int begin(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) scene = kit_scene(400, 300);
    AUTO_VALUE(base_buf) file;
    base_buf_init(&file, 1 << 20);
    kit_jpeg_out(&scene, &(struct kit_jpeg){.quality = 80}, &file);
    snprintf(dir, sizeof dir, "/tmp/photo-store-XXXXXX");
    assert_non_null(mkdtemp(dir));
    ok(photo_make(base_buf_str(&file), &diag, &photo));
    return 0;
}

static int end(void **state)
{
    (void)state;
    char path[96];
    ok(photo_store_drop(dir, &photo.hash, &diag));
    snprintf(path, sizeof path, "%s/%02x", dir, photo.hash.bytes[0]);
    rmdir(path);
    photo_release(&photo);
    return rmdir(dir);
}

static size_t listed(void)
{
    AUTO_VALUE(base_buf) hashes;
    base_buf_init(&hashes, 1 << 16);
    ok(photo_store_list(dir, photo.hash.bytes[0], &diag, &hashes));
    for (size_t at = 0; at < hashes.len; at += sizeof photo.hash) {
        assert_memory_equal(hashes.data + at, &photo.hash, sizeof photo.hash);
    }
    return hashes.len / sizeof photo.hash;
}

static const char *path_of(const char *end_of_name)
{
    static char path[256];
    char hex[BASE_DIGEST_TEXT];
    base_digest_hex(photo.hash, hex);
    snprintf(path, sizeof path, "%s/%.2s/%s%s", dir, hex, hex + 2, end_of_name);
    return path;
}

static void put_get_drop(void **state)
{
    (void)state;
    struct stat before, after;
    AUTO_VALUE(base_buf) image;
    AUTO_VALUE(base_buf) thumb;
    base_buf_init(&image, PHOTO_KEPT_MAX);
    base_buf_init(&thumb, PHOTO_KEPT_MAX);
    assert_int_equal(photo_store_get(dir, &photo.hash, false, &diag, &image), BASE_NOT_FOUND);
    ok(photo_store_put(dir, &photo, &diag));
    assert_int_equal(listed(), 2);
    assert_int_equal(stat(path_of(".jpg"), &before), 0);
    assert_int_equal(before.st_mode & 0777, 0600);
    ok(photo_store_put(dir, &photo, &diag)); /* again: nothing is written */
    assert_int_equal(stat(path_of(".jpg"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    ok(photo_store_get(dir, &photo.hash, false, &diag, &image));
    ok(photo_store_get(dir, &photo.hash, true, &diag, &thumb));
    assert_true(base_str_equal(base_buf_str(&image), base_buf_str(&photo.image)));
    assert_true(base_str_equal(base_buf_str(&thumb), base_buf_str(&photo.thumb)));
    assert_int_equal(truncate(path_of(".jpg"), 100), 0); /* what a disk has lost is put back */
    ok(photo_store_put(dir, &photo, &diag));
    assert_int_equal(stat(path_of(".jpg"), &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    ok(photo_store_drop(dir, &photo.hash, &diag));
    ok(photo_store_drop(dir, &photo.hash, &diag));
    assert_int_equal(listed(), 0);
}

/* Somebody died over it; names of others are nobody's. */
static void leavings_and_strangers(void **state)
{
    (void)state;
    ok(photo_store_put(dir, &photo, &diag));
    ok(photo_store_drop(dir, &photo.hash, &diag));
    ok(base_file_write(path_of(".jpg.77.tmp"), 0600, "x", 1, &diag));
    char stranger[256];
    snprintf(stranger, sizeof stranger, "%s/%02x/notes.txt", dir, photo.hash.bytes[0]);
    ok(base_file_write(stranger, 0600, "x", 1, &diag));
    assert_int_equal(listed(), 1);
    ok(photo_store_drop(dir, &photo.hash, &diag));
    assert_int_equal(listed(), 0);
    assert_int_equal(unlink(stranger), 0);
}

/* A file may grow to some bytes and no further: as on a disk that is full. */
static void full(void **state)
{
    (void)state;
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t most = 0; most < photo.image.len; most += photo.image.len / 3) {
        small = (struct rlimit){most, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        enum base_err err = photo_store_put(dir, &photo, &diag);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(err, BASE_FULL);
        assert_int_not_equal(access(path_of(".jpg"), F_OK), 0);
        AUTO_VALUE(base_buf) image;
        base_buf_init(&image, PHOTO_KEPT_MAX);
        assert_int_equal(photo_store_get(dir, &photo.hash, false, &diag, &image), BASE_NOT_FOUND);
    }
    ok(photo_store_put(dir, &photo, &diag)); /* and then there is room again */
}

static void no_folder(void **state)
{
    (void)state;
    char long_dir[5000];
    memset(long_dir, 'x', sizeof long_dir - 1);
    long_dir[sizeof long_dir - 1] = '\0';
    assert_int_equal(photo_store_put(long_dir, &photo, &diag), BASE_INVALID);
    assert_int_equal(photo_store_put("/proc/nothing", &photo, &diag), BASE_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(put_get_drop), cmocka_unit_test(leavings_and_strangers),
                                       cmocka_unit_test(full), cmocka_unit_test(no_folder)};
    return cmocka_run_group_tests(tests, begin, end);
}
