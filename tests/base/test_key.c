/* base/key.c: key files, ids, sealed boxes. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hutong-key-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[80];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void makes_a_key_once(void **state)
{
    (void)state;
    struct base_diag diag;
    struct base_key first, second;
    assert_int_equal(base_key_file(in_folder("k"), &diag, &first), BASE_OK);
    assert_int_equal(base_key_file(in_folder("k"), &diag, &second), BASE_OK);
    assert_memory_equal(first.bytes, second.bytes, sizeof first.bytes);
    struct stat info;
    assert_int_equal(stat(in_folder("k"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(base_file_write(in_folder("bad"), 0600, "abc", 3, &diag), BASE_OK);
    assert_int_equal(base_key_file(in_folder("bad"), &diag, &first), BASE_INVALID);
    assert_non_null(strstr(diag.text, "restore"));
}

/* Lengths are part of what is hashed, so a boundary that moves changes the id; so does the key. */
static void ids_tell_parts_apart(void **state)
{
    (void)state;
    struct base_key key = {{1}};
    struct base_key other = {{2}};
    struct base_str ab_c[] = {{"ab", 2}, {"c", 1}};
    struct base_str a_bc[] = {{"a", 1}, {"bc", 2}};
    struct base_id first = base_key_id(&key, ab_c, 2);
    assert_true(base_id_equal(first, base_key_id(&key, ab_c, 2)));
    assert_false(base_id_equal(first, base_key_id(&key, a_bc, 2)));
    assert_false(base_id_equal(first, base_key_id(&other, ab_c, 2)));
    char hex[BASE_ID_TEXT];
    assert_int_equal(strlen(base_id_hex(first, hex)), 32);
}

static bool same_mark(const struct base_key *key, const struct base_str *a, const struct base_str *b, size_t count)
{
    return base_id_equal(base_key_mark(key, a, count), base_key_mark(key, b, count));
}

static void marks_tell_parts_and_keys_apart(void **state)
{
    (void)state;
    static const struct base_key key = {.bytes = "one"}, other = {.bytes = "two"};
    static char huge[BASE_KEY_MARK_MAX];
    const struct base_str ab_c[] = {base_str_of("ab"), base_str_of("c")};
    const struct base_str a_bc[] = {base_str_of("a"), base_str_of("bc")};
    const struct base_str long_text[] = {{huge, sizeof huge}, base_str_of("c")};
    assert_true(same_mark(&key, ab_c, ab_c, 2));
    assert_false(same_mark(&key, ab_c, a_bc, 2));
    assert_false(same_mark(&key, ab_c, ab_c + 1, 1));
    assert_false(base_id_equal(base_key_mark(&key, ab_c, 2), base_key_mark(&other, ab_c, 2)));
    assert_false(base_id_equal(base_key_mark(&key, ab_c, 2), base_key_id(&key, ab_c, 2)));
    assert_true(base_id_equal(base_key_mark(&key, long_text, 2), base_key_id(&key, long_text, 2)));
}

static void a_mark_does_not_depend_on_the_key_used_before(void **state)
{
    (void)state;
    static const struct base_key key = {.bytes = "one"}, other = {.bytes = "two"};
    const struct base_str part = base_str_of("part");
    struct base_id first = base_key_mark(&key, &part, 1);
    struct base_id between = base_key_mark(&other, &part, 1);
    assert_true(base_id_equal(base_key_mark(&key, &part, 1), first));
    assert_false(base_id_equal(between, first));
}

static void seals_and_opens(void **state)
{
    (void)state;
    struct base_diag diag;
    struct base_key public, secret;
    assert_int_equal(base_key_pair_files(in_folder("dead.key"), &diag, &public), BASE_OK);
    assert_int_equal(base_key_file(in_folder("dead.key"), &diag, &secret), BASE_OK);
    AUTO_VALUE(base_buf) sealed;
    AUTO_VALUE(base_buf) opened;
    base_buf_init(&sealed, 1000);
    base_buf_init(&opened, 1000);
    assert_int_equal(base_key_seal(&public, "letter", 6, &sealed), BASE_OK);
    assert_null(memmem(sealed.data, sealed.len, "letter", 6));
    assert_int_equal(base_key_unseal(&secret, sealed.data, sealed.len, &opened), BASE_OK);
    assert_string_equal(base_buf_cstr(&opened), "letter");
    sealed.data[3] ^= 1;
    base_buf_reset(&opened);
    assert_int_equal(base_key_unseal(&secret, sealed.data, sealed.len, &opened), BASE_INVALID);
    assert_int_equal(base_key_unseal(&secret, "x", 1, &opened), BASE_INVALID);
    /* The public half alone is enough to go on sealing. */
    assert_int_equal(unlink(in_folder("dead.key")), 0);
    struct base_key again;
    assert_int_equal(base_key_pair_files(in_folder("dead.key"), &diag, &again), BASE_OK);
    assert_memory_equal(public.bytes, again.bytes, sizeof again.bytes);
}

/* Made with libsodium's crypto_secretbox_easy; the nonce is 0, 1 ... 23. */
static void a_secret_opens_its_box(void **state)
{
    (void)state;
    static const char box[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGRwAj/ySQ60pCO3LJoEeVJDfJ6s7pg==";
    char other[sizeof box];
    AUTO_VALUE(base_buf) opened;
    base_buf_init(&opened, 1000);
    assert_int_equal(base_key_open_secretbox(base_str_of("s3cr3t"), base_str_of(box), &opened), BASE_OK);
    assert_string_equal(base_buf_cstr(&opened), "letter");
    memcpy(other, box, sizeof other);
    other[40] = other[40] == 'A' ? 'B' : 'A';
    const struct {
        const char *secret, *box;
    } wrong[] = {
        {"s3cr3T", box},
        {"", box},
        {"a secret that is one byte too long", box},
        {"s3cr3t", other},
        {"s3cr3t", "AAECAwQ="},
        {"s3cr3t", "no base64 ... at all"},
        {"s3cr3t", ""},
    };
    for (size_t i = 0; i < BASE_COUNT(wrong); i++) {
        enum base_err err = base_key_open_secretbox(base_str_of(wrong[i].secret), base_str_of(wrong[i].box), &opened);
        assert_int_equal(err, BASE_INVALID);
    }
    assert_int_equal(opened.len, 6);
}

static void passwords_differ(void **state)
{
    (void)state;
    char a[25], b[25];
    base_key_password(a);
    base_key_password(b);
    assert_int_equal(strlen(a), 24);
    assert_string_not_equal(a, b);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void what_is_locked_is_unlocked_by_its_key_alone(void **state)
{
    (void)state;
    struct base_key key = {{1}}, other = {{2}};
    AUTO_VALUE(base_buf) locked;
    AUTO_VALUE(base_buf) plain;
    base_buf_init(&locked, 4096);
    base_buf_init(&plain, 4096);
    assert_int_equal(base_key_lock(&key, "memory", base_str_of("on/sos/4711"), &locked), BASE_OK);
    assert_null(memmem(locked.data, locked.len, "4711", 4));
    assert_int_equal(base_key_unlock(&key, "memory", base_buf_str(&locked), &plain), BASE_OK);
    assert_true(base_str_is(base_buf_str(&plain), "on/sos/4711"));
    assert_int_equal(base_key_unlock(&other, "memory", base_buf_str(&locked), &plain), BASE_INVALID);
    assert_int_equal(base_key_unlock(&key, "other", base_buf_str(&locked), &plain), BASE_INVALID);
    locked.data[locked.len - 1] ^= 1;
    assert_int_equal(base_key_unlock(&key, "memory", base_buf_str(&locked), &plain), BASE_INVALID);
    assert_int_equal(base_key_unlock(&key, "memory", (struct base_str){locked.data, 39}, &plain), BASE_INVALID);
    base_buf_reset(&locked);
    base_buf_reset(&plain);
    assert_int_equal(base_key_lock(&key, "memory", (struct base_str){NULL, 0}, &locked), BASE_OK);
    assert_int_equal(base_key_unlock(&key, "memory", base_buf_str(&locked), &plain), BASE_OK);
    assert_int_equal(plain.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_key_once),
        cmocka_unit_test(ids_tell_parts_apart),
        cmocka_unit_test(marks_tell_parts_and_keys_apart),
        cmocka_unit_test(a_mark_does_not_depend_on_the_key_used_before),
        cmocka_unit_test(seals_and_opens),
        cmocka_unit_test(a_secret_opens_its_box),
        cmocka_unit_test(what_is_locked_is_unlocked_by_its_key_alone),
        cmocka_unit_test(passwords_differ),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
