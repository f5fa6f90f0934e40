/* hutong up from outside: ready line, children in ps, restarts, a clean end, a dirty end, and everything that can be in
 * its way. */
#include "fixture/fixture.h"

#include "cli/cli.h"
#include "data/data.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

enum { READY_US = 90000000, GONE_US = 40000000, FAMILY = 32, ARGUMENTS = 16 };

/* One run of hutong up: what it prints is in a file. */
struct up {
    pid_t pid;
    int status;
    char output[256];
    char said[65536];
    const char *ready; /* the ready line, inside said; NULL: not yet */
};

static void read_output(struct up *up)
{
    int fd = open(up->output, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, up->said, sizeof up->said - 1);
    up->said[len > 0 ? len : 0] = '\0';
    if (fd >= 0) {
        close(fd);
    }
    char *line = strstr(up->said, "{\"url\":");
    up->ready = line && strchr(line, '\n') ? line : NULL;
}

/* arguments end with NULL; setting is "NAME=value" or NULL. */
static void start(struct up *up, const char *const *arguments, const char *setting, const char *program)
{
    const char *argv[ARGUMENTS] = {NULL};
    struct base_diag diag = {.text = ""};
    memset(up, 0, sizeof *up);
    snprintf(up->output, sizeof up->output, "%s/output", fixture_scratch());
    int fd = open(up->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    for (size_t i = 0; arguments[i]; i++) {
        argv[i] = arguments[i];
    }
    const char *environment[] = {setting ? setting : "HUTONG_TEST=1", NULL};
    if (cli_process_start(
            &(struct cli_process){
                .program = program, .argv = argv, .environment = environment, .output = fd, .death_signal = SIGTERM},
            &diag, &up->pid)) {
        fail_msg("%s", diag.text);
    }
    close(fd);
}

static bool has_ended(void *context)
{
    struct up *up = context;
    return waitpid(up->pid, &up->status, WNOHANG) == up->pid;
}

static bool is_ready_or_ended(void *context)
{
    struct up *up = context;
    read_output(up);
    return up->ready || has_ended(up);
}

static void expect_ready(struct up *up)
{
    bool done = fixture_poll(is_ready_or_ended, up, READY_US);
    read_output(up);
    if (!done || !up->ready) {
        fail_msg("not ready: %s", up->said);
    }
}

static void expect_end(struct up *up, int code, const char *words)
{
    if (!fixture_poll(has_ended, up, READY_US)) {
        fail_msg("hutong up does not end: %s", up->said);
    }
    read_output(up);
    if (!WIFEXITED(up->status) || WEXITSTATUS(up->status) != code || (words && !strstr(up->said, words))) {
        fail_msg("expected code %d and \"%s\", got status %d: %s", code, words ? words : "", up->status, up->said);
    }
}

static void start_in(struct up *up, const char *var)
{
    start(up, (const char *const[]){"hutong", "up", "--var", var, "--port", "0", "--json", NULL}, NULL,
          fixture_binary());
}

static void field(const struct up *up, const char *key, char *text, size_t size)
{
    AUTO(base_json) json = NULL;
    struct base_diag diag;
    struct base_str value;
    assert_int_equal(base_json_in_parse(up->ready, strcspn(up->ready, "\n"), &diag, &json), BASE_OK);
    assert_int_equal(base_json_in_size(json), 3);
    assert_true(base_json_in_text(base_json_in_get(json, key), &value));
    snprintf(text, size, "%.*s", (int)value.len, value.at);
}

/* The same for several tests, one after the other: a new cluster takes seconds, and an old one has to do as well. */
static const char *lived_in(void)
{
    static const char *var;
    var = var ? var : fixture_scratch();
    return var;
}

/* --- the family of a supervisor, as ps shows it --- */
struct member {
    pid_t pid;
    char line[128];
};

static bool look_at(const char *number, pid_t parent, struct member *member)
{
    char path[64];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%s/stat", number);
    FILE *file = fopen(path, "re");
    bool known = file && fgets(text, sizeof text, file);
    if (file) {
        fclose(file);
    }
    const char *after = known ? strrchr(text, ')') : NULL;
    char *end = NULL;
    if (!after || strtol(after + 4, &end, 10) != parent) {
        return false;
    }
    snprintf(path, sizeof path, "/proc/%s/cmdline", number);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        close(fd);
    }
    for (ssize_t i = 0; i + 1 < len; i++) {
        text[i] = text[i] ? text[i] : ' ';
    }
    text[len > 0 ? len : 0] = '\0';
    snprintf(member->line, sizeof member->line, "%s", text);
    member->pid = (pid_t)strtol(number, NULL, 10);
    return true;
}

static size_t family(pid_t parent, struct member members[FAMILY])
{
    size_t count = 0;
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    assert_non_null(proc);
    while (count < FAMILY && (entry = readdir(proc))) {
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && look_at(entry->d_name, parent, &members[count])) {
            count++;
        }
    }
    closedir(proc);
    return count;
}

static pid_t member_named(pid_t parent, const char *words)
{
    struct member members[FAMILY];
    size_t count = family(parent, members);
    for (size_t i = 0; i < count; i++) {
        if (strstr(members[i].line, words)) {
            return members[i].pid;
        }
    }
    return 0;
}

struct gone {
    struct member members[FAMILY];
    size_t count;
};

static bool all_gone(void *context)
{
    const struct gone *gone = context;
    for (size_t i = 0; i < gone->count; i++) {
        if (kill(gone->members[i].pid, 0) == 0) {
            return false;
        }
    }
    return true;
}

static void stop(struct up *up)
{
    struct gone gone;
    gone.count = family(up->pid, gone.members);
    kill(up->pid, SIGTERM);
    expect_end(up, 0, NULL);
    assert_true(fixture_poll(all_gone, &gone, GONE_US));
}

/* --- tests --- */
static void test_ready_and_family(void **state)
{
    (void)state;
    struct up up;
    const char *var = lived_in(); /* nobody has, yet */
    start_in(&up, var);
    expect_ready(&up);
    char url[256];
    field(&up, "url", url, sizeof url);
    assert_int_equal(strncmp(url, "http://127.0.0.1:", 17), 0);
    assert_true(member_named(up.pid, "hutong serve") > 0);
    assert_true(member_named(up.pid, "hutong ingest") > 0);
    assert_true(member_named(up.pid, "postgres -D") > 0);
    assert_true(member_named(up.pid, "mosquitto") > 0);

    struct up second;
    start_in(&second, var);
    expect_end(&second, 1, "another hutong up");

    /* A second terminal: hutong.env says where everything is. */
    char setting[512];
    snprintf(setting, sizeof setting, "HUTONG_VAR=%s", var);
    start(&second, (const char *const[]){"hutong", "doctor", "--json", NULL}, setting, fixture_binary());
    expect_end(&second, 0, "{\"ok\":true");
    start(&second, (const char *const[]){"hutong", "migrate", "--json", NULL}, setting, fixture_binary());
    expect_end(&second, 0, "{\"applied\":0}");
    stop(&up);
}

struct again {
    pid_t up;
    const char *name;
    pid_t old;
};

static bool runs_again(void *context)
{
    const struct again *again = context;
    pid_t now = member_named(again->up, again->name);
    return now > 0 && now != again->old;
}

static bool database_answers(void *context)
{
    AUTO(data_conn) conn = NULL;
    struct base_diag diag;
    return data_conn_open(context, "test", &diag, &conn) == BASE_OK;
}

static void test_what_dies_comes_back(void **state)
{
    (void)state;
    static const char *const names[] = {"hutong ingest", "hutong serve", "mosquitto", "postgres -D"};
    struct up up;
    start_in(&up, lived_in());
    expect_ready(&up);
    for (size_t i = 0; i < BASE_COUNT(names); i++) {
        struct again again = {.up = up.pid, .name = names[i], .old = member_named(up.pid, names[i])};
        assert_true(again.old > 0);
        kill(again.old, SIGKILL);
        if (!fixture_poll(runs_again, &again, READY_US)) {
            read_output(&up);
            fail_msg("%s was not started again: %s", names[i], up.said);
        }
    }
    char database[512];
    field(&up, "database", database, sizeof database);
    assert_true(fixture_poll(database_answers, database, READY_US));
    stop(&up);
}

static void remember(const char *database)
{
    struct base_diag diag = {.text = ""};
    AUTO(data_conn) conn = NULL;
    if (data_conn_open(database, "test", &diag, &conn) ||
        data_run(conn, DATA_SOURCE_UPSERT,
                 DATA_ARGS(data_text("kept"), data_text("{kept/#}"), data_text("owntracks"), data_text("guard"),
                           data_text("UTC"), data_text("wgs84"), data_i64(0), data_text("test"), data_text("1 day")),
                 &diag, NULL)) {
        fail_msg("%s", diag.text);
    }
}

static bool knows_source(const char *database, const char *name)
{
    struct base_diag diag = {.text = ""};
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    if (data_conn_open(database, "test", &diag, &conn) ||
        data_run(conn, DATA_SOURCE_LIST, DATA_NO_ARGS, &diag, &rows)) {
        fail_msg("%s", diag.text);
    }
    for (size_t i = 0; i < data_rows_count(rows); i++) {
        if (strcmp(data_rows_text(rows, i, 2), name) == 0) {
            return true;
        }
    }
    return false;
}

/* Politely ended, then killed with everything it holds: each time the next start has the same ports and the data. */
static void test_restart_keeps_all(void **state)
{
    (void)state;
    struct up up;
    char first[2048];
    char database[512];
    const char *var = lived_in();
    start_in(&up, var);
    expect_ready(&up);
    snprintf(first, sizeof first, "%.*s", (int)strcspn(up.ready, "\n"), up.ready);
    field(&up, "database", database, sizeof database);
    remember(database);
    stop(&up);

    start_in(&up, var);
    expect_ready(&up);
    assert_int_equal(strncmp(up.ready, first, strlen(first)), 0);
    assert_true(knows_source(database, "kept"));

    struct gone gone;
    gone.count = family(up.pid, gone.members);
    assert_true(gone.count >= 4);
    kill(up.pid, SIGKILL);
    assert_int_equal(waitpid(up.pid, &up.status, 0), up.pid);
    start_in(&up, var); /* at once, while the old family may still be ending */
    expect_ready(&up);
    assert_true(fixture_poll(all_gone, &gone, GONE_US));
    assert_int_equal(strncmp(up.ready, first, strlen(first)), 0);
    assert_true(knows_source(database, "kept"));
    stop(&up);
}

static void test_killed_leaves_nothing(void **state)
{
    (void)state;
    struct up up;
    struct gone gone;
    start_in(&up, lived_in());
    expect_ready(&up);
    gone.count = family(up.pid, gone.members);
    kill(up.pid, SIGKILL);
    assert_int_equal(waitpid(up.pid, &up.status, 0), up.pid);
    assert_true(fixture_poll(all_gone, &gone, GONE_US));
}

static void test_taken_port(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    char port[16];
    char words[64];
    snprintf(port, sizeof port, "%d", ntohs(at.sin_port));
    snprintf(words, sizeof words, "port %s (map) is taken", port);
    struct up up;
    const char *var = lived_in();
    start(&up, (const char *const[]){"hutong", "up", "--var", var, "--port", port, NULL}, NULL, fixture_binary());
    expect_end(&up, 1, words);
    snprintf(words, sizeof words, "port %s (broker) is taken", port);
    start(&up, (const char *const[]){"hutong", "up", "--var", var, "--port", "0", "--mqtt-port", port, NULL}, NULL,
          fixture_binary());
    expect_end(&up, 1, words);
    close(fd);
}

static void test_refusals(void **state)
{
    (void)state;
    struct up up;
    const char *var = lived_in();
    start(&up, (const char *const[]){"hutong", "up", "--var", var, "--bind", "0.0.0.0", "--port", "0", NULL}, NULL,
          fixture_binary());
    expect_end(&up, 2, "nobody has an account");
    start(&up, (const char *const[]){"hutong", "up", "--var", var, "--proxies", "127.0.0.1", "--port", "0", NULL}, NULL,
          fixture_binary());
    expect_end(&up, 2, "--proxies 127.0.0.1: nobody has an account");
    start(&up, (const char *const[]){"hutong", "up", "--port", "many", NULL}, NULL, fixture_binary());
    expect_end(&up, 2, "whole number");
    char setting[512];
    snprintf(setting, sizeof setting, "HUTONG_PG_BIN=%s", fixture_scratch());
    start(&up, (const char *const[]){"hutong", "up", "--var", var, "--port", "0", NULL}, setting, fixture_binary());
    expect_end(&up, 1, "postgresql-15");
    start(&up, (const char *const[]){"hutong", "up", "--var", "/proc/no", "--port", "0", NULL}, NULL, fixture_binary());
    expect_end(&up, 1, "/proc/no");
}

static void test_full_disk(void **state)
{
    (void)state;
    const char *var = fixture_scratch();
    if (mount("tmpfs", var, "tmpfs", 0, "size=48m,mode=0711") != 0) {
        fprintf(stderr, "SKIP: no right to mount a small file system (%s)\n", strerror(errno));
        skip();
    }
    struct up up;
    start_in(&up, var);
    bool ended = fixture_poll(has_ended, &up, READY_US);
    umount2(var, MNT_DETACH);
    read_output(&up);
    assert_true(ended);
    assert_true(WIFEXITED(up.status) && WEXITSTATUS(up.status) == 1);
    assert_non_null(strstr(up.said, "the disk of"));
}

static void copy_program(char *path, size_t size)
{
    struct base_diag diag = {.text = ""};
    AUTO_VALUE(base_buf) program;
    base_buf_init(&program, (size_t)1 << 30);
    snprintf(path, size, "%s/hutong", fixture_scratch());
    if (base_file_read(fixture_binary(), (size_t)1 << 29, &diag, &program) ||
        base_file_write(path, 0755, program.data, program.len, &diag)) {
        fail_msg("%s", diag.text);
    }
}

/* The sources may lie where only root gets in: the program is copied. */
static void test_ordinary_user(void **state)
{
    (void)state;
    char *setpriv = cli_process_find("/usr/bin", "setpriv");
    if (geteuid() != 0 || !setpriv) {
        free(setpriv);
        fprintf(stderr, "SKIP: not root, the other tests already run as an ordinary user\n");
        skip();
    }
    char program[256];
    struct up up;
    const char *var = fixture_scratch();
    copy_program(program, sizeof program);
    assert_int_equal(chown(var, 65534, 65534), 0);
    start(&up,
          (const char *const[]){"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "up", "--var",
                                var, "--port", "0", "--json", NULL},
          NULL, setpriv);
    free(setpriv);
    expect_ready(&up);
    struct stat info;
    char path[256];
    pid_t postgres = member_named(up.pid, "postgres -D");
    snprintf(path, sizeof path, "/proc/%d", (int)postgres);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_uid, 65534);
    stop(&up);
}

static void test_phones(void **state)
{
    (void)state;
    struct up up;
    char database[512];
    start(&up,
          (const char *const[]){"hutong", "up", "--var", fixture_scratch(), "--port", "0", "--json", "--mqtt-bind",
                                "127.0.0.1", NULL},
          NULL, fixture_binary());
    expect_ready(&up);
    assert_non_null(strstr(up.said, "owntracks/phone/"));
    assert_non_null(strstr(up.said, "password"));
    field(&up, "database", database, sizeof database);
    assert_true(knows_source(database, "phones"));
    stop(&up);
}

/* Servers of one's own are used, not started; and checked first. */
static void test_own_servers(void **state)
{
    (void)state;
    struct up up;
    char found[512];
    AUTO(fixture_server) server = fixture_server_new(FIXTURE_BOTH); /* the shared one is refused: it does not sync */
    const char *database = fixture_server_database(server);
    assert_int_equal(setenv("HUTONG_BROKER", fixture_server_broker(server), 1), 0);
    assert_int_equal(setenv("HUTONG_DATABASE", database, 1), 0);
    start_in(&up, fixture_scratch());
    unsetenv("HUTONG_BROKER");
    unsetenv("HUTONG_DATABASE");
    expect_ready(&up);
    field(&up, "database", found, sizeof found);
    assert_string_equal(found, database);
    assert_int_equal(member_named(up.pid, "postgres -D"), 0);
    assert_int_equal(member_named(up.pid, "mosquitto"), 0);
    stop(&up);

    start(&up, (const char *const[]){"hutong", "up", "--var", fixture_scratch(), "--port", "0", NULL},
          "HUTONG_DATABASE=host=127.0.0.1 port=1 dbname=none", fixture_binary());
    expect_end(&up, 1, "HUTONG_DATABASE");
}

int main(void)
{
    unsetenv("HUTONG_DATABASE");
    unsetenv("HUTONG_BROKER");
    unsetenv("HUTONG_VAR");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready_and_family),
        cmocka_unit_test(test_what_dies_comes_back),
        cmocka_unit_test(test_restart_keeps_all),
        cmocka_unit_test(test_killed_leaves_nothing),
        cmocka_unit_test(test_taken_port),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_ordinary_user),
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_own_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
