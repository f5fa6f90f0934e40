/* Children end with us; leftovers of an earlier run are found; last words are heard. */
#include "cli/cli.h"
#include "fixture/fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_US = 10000000 };

static void test_run(void **state)
{
    (void)state;
    struct base_diag diag = {.text = ""};
    AUTO_VALUE(base_buf) output;
    base_buf_init(&output, 4096);
    struct cli_process process = {.argv = (const char *const[]){"/bin/sh", "-c", "echo $GREETING", NULL},
                                  .environment = (const char *const[]){"GREETING=hello", NULL}};
    assert_int_equal(cli_process_run(&process, &diag, &output), BASE_OK);
    assert_string_equal(base_buf_cstr(&output), "hello\n");

    base_buf_reset(&output);
    process.argv = (const char *const[]){"/bin/sh", "-c", "echo so it ended >&2; exit 3", NULL};
    assert_int_equal(cli_process_run(&process, &diag, &output), BASE_IO);
    assert_non_null(strstr(diag.text, "so it ended"));

    process.argv = (const char *const[]){"/nowhere/program", NULL};
    assert_int_equal(cli_process_run(&process, &diag, &output), BASE_NOT_FOUND);
    assert_non_null(strstr(diag.text, "/nowhere/program"));
}

static bool is_gone(void *pid)
{
    return kill(*(pid_t *)pid, 0) != 0 && errno == ESRCH;
}

/* A middle process starts a child, tells us its number, and is killed: the child must not outlive it. */
static void test_child_ends_with_parent(void **state)
{
    (void)state;
    int told[2];
    assert_int_equal(pipe(told), 0);
    pid_t middle = fork();
    if (middle == 0) {
        pid_t child = 0;
        struct base_diag diag;
        enum base_err err = cli_process_start(
            &(struct cli_process){
                .argv = (const char *const[]){"/bin/sleep", "600", NULL}, .output = -1, .death_signal = SIGKILL},
            &diag, &child);
        ssize_t written = write(told[1], &child, sizeof child);
        while (!err && written > 0) {
            pause();
        }
        _exit(1);
    }
    pid_t child = 0;
    assert_int_equal(read(told[0], &child, sizeof child), sizeof child);
    assert_true(child > 0);
    close(told[0]);
    close(told[1]);
    kill(middle, SIGKILL);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    assert_true(fixture_poll(is_gone, &child, PATIENCE_US));
}

static void test_stop_kills_the_deaf(void **state)
{
    (void)state;
    struct base_diag diag;
    pid_t pid = 0;
    assert_int_equal(
        cli_process_start(
            &(struct cli_process){
                .argv = (const char *const[]){"/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done", NULL},
                .output = -1,
                .death_signal = SIGKILL},
            &diag, &pid),
        BASE_OK);
    int64_t start = base_clock_mono_us();
    cli_process_stop(pid, SIGTERM, 200000);
    assert_true(is_gone(&pid));
    assert_true(base_clock_mono_us() - start < PATIENCE_US);
    cli_process_stop(0, SIGTERM, 0); /* nobody */
}

static void test_leftover(void **state)
{
    (void)state;
    struct base_diag diag;
    pid_t pid = 0;
    const char *place = fixture_scratch();
    assert_int_equal(cli_process_start(&(struct cli_process){.argv = (const char *const[]){"/bin/sleep", "600", NULL},
                                                             .directory = place,
                                                             .output = -1,
                                                             .death_signal = SIGKILL},
                                       &diag, &pid),
                     BASE_OK);
    signal(SIGCHLD, SIG_IGN); /* it is reaped by the kernel, as a leftover is by process 1 */
    assert_int_equal(cli_process_leftover(fixture_scratch(), "sleep", SIGTERM, &diag), BASE_OK);
    assert_int_equal(kill(pid, 0), 0); /* another directory, not touched */
    assert_int_equal(cli_process_leftover(place, "cat", SIGTERM, &diag), BASE_OK);
    assert_int_equal(kill(pid, 0), 0); /* another name */
    assert_int_equal(cli_process_leftover(place, "sleep", SIGTERM, &diag), BASE_OK);
    assert_true(fixture_poll(is_gone, &pid, PATIENCE_US));
    signal(SIGCHLD, SIG_DFL);
}

static void test_find(void **state)
{
    (void)state;
    char *sh = cli_process_find("/nowhere:/bin", "sh");
    assert_string_equal(sh, "/bin/sh");
    free(sh);
    assert_null(cli_process_find(NULL, "no-such-program-anywhere"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_child_ends_with_parent),
        cmocka_unit_test(test_stop_kills_the_deaf),
        cmocka_unit_test(test_leftover),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
