/* A new private PostgreSQL cluster: made beside its place, renamed when it is whole. */
#include "cli/server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t SPACE_NEW = (int64_t)300 << 20;
static const int64_t SPACE_START = (int64_t)64 << 20;
enum { OUTPUT_MAX = 1 << 20, REMOVE_FDS = 16 };

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

/* C.UTF-8 sorts by bytes and still knows the letters; systems without it get C. */
static const char *locale_name(void)
{
    locale_t locale = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
    if (!locale) {
        return "C";
    }
    freelocale(locale);
    return "C.UTF-8";
}

static enum base_err run(const struct cli_server_postgres *postgres, const char *const *argv, const char *input,
                         struct base_diag *diag)
{
    AUTO_VALUE(base_buf) output;
    base_buf_init(&output, OUTPUT_MAX);
    char *program = NULL;
    if (asprintf(&program, "%s/%s", postgres->bin, argv[0]) < 0) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    enum base_err err = cli_process_run(
        &(struct cli_process){
            .program = program,
            .argv = argv,
            .environment = (const char *const[]){"LC_ALL=C", "TZ=UTC", NULL},
            .user = &postgres->user,
            .directory = postgres->socket,
            .input = input,
            .death_signal = SIGKILL,
        },
        diag, &output);
    free(program);
    const char *words = base_buf_cstr(&output);
    if (!err && strstr(words, "ERROR:")) { /* a single-user backend goes on after an error and exits 0 */
        err = base_diag_set(diag, BASE_DATABASE, "the new database cluster could not be set up: %s",
                            strstr(words, "ERROR:"));
    }
    return err ? cli_server_explain(err, words, postgres->var, diag) : BASE_OK;
}

static enum base_err initdb(const struct cli_server_postgres *postgres, const char *fresh, const char *scratch,
                            struct base_diag *diag)
{
    enum base_err err =
        cli_user_write(&postgres->user, scratch, postgres->admin_password, strlen(postgres->admin_password), diag);
    if (err) {
        return err;
    }
    char *pwfile = NULL;
    char *locale = NULL;
    if (asprintf(&pwfile, "--pwfile=%s", scratch) < 0 || asprintf(&locale, "--locale=%s", locale_name()) < 0) {
        free(pwfile);
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    err = run(postgres,
              (const char *const[]){"initdb", "-D", fresh, "--username=postgres", "--auth=scram-sha-256",
                                    "--encoding=UTF8", "--no-instructions", locale, pwfile, NULL},
              NULL, diag);
    free(pwfile);
    free(locale);
    unlink(scratch);
    return err;
}

static enum base_err set_up(const struct cli_server_postgres *postgres, const char *fresh, const char *scratch,
                            struct base_diag *diag)
{
    AUTO_VALUE(base_buf) sql;
    base_buf_init(&sql, 65536);
    const char *rest = cli_server_postgres_init_sql;
    const char *place = strstr(rest, ":password'");
    while (place) {
        base_buf_append(&sql, rest, (size_t)(place - rest));
        base_buf_text(&sql, postgres->password);
        rest = place + strlen(":password");
        place = strstr(rest, ":password'");
    }
    base_buf_text(&sql, rest);
    enum base_err err = sql.err ? base_diag_set(diag, sql.err, "out of memory")
                                : cli_user_write(&postgres->user, scratch, sql.data, sql.len, diag);
    if (!err) {
        err = run(postgres,
                  (const char *const[]){"postgres", "--single", "-j", "-D", fresh, "-c", "log_statement=none",
                                        "template1", NULL},
                  scratch, diag);
    }
    unlink(scratch);
    return err;
}

/* initdb's own file stays as it is; ours is read after it. */
static enum base_err include_conf(const char *fresh, struct base_diag *diag)
{
    char *path = NULL;
    if (asprintf(&path, "%s/postgresql.conf", fresh) < 0) {
        return base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    FILE *file = fopen(path, "ae");
    bool good = file && fputs("\ninclude_if_exists = 'hutong.conf'\n", file) >= 0;
    good = file && fclose(file) == 0 && good;
    enum base_err err = good ? BASE_OK : base_diag_set(diag, BASE_IO, "%s: %s", path, strerror(errno));
    free(path);
    return err;
}

static enum base_err make(const struct cli_server_postgres *postgres, const char *fresh, const char *scratch,
                          struct base_diag *diag)
{
    nftw(fresh, remove_one, REMOVE_FDS, FTW_DEPTH | FTW_PHYS); /* an earlier try that was interrupted */
    enum base_err err = cli_user_mkdir(&postgres->user, fresh, diag);
    if (!err) {
        err = initdb(postgres, fresh, scratch, diag);
    }
    if (!err) {
        err = set_up(postgres, fresh, scratch, diag);
    }
    if (!err) {
        err = include_conf(fresh, diag);
    }
    if (!err && rename(fresh, postgres->directory) != 0) {
        err = base_diag_set(diag, BASE_IO, "%s: %s", postgres->directory, strerror(errno));
    }
    if (err) {
        nftw(fresh, remove_one, REMOVE_FDS, FTW_DEPTH | FTW_PHYS);
    }
    return err;
}

enum base_err cli_server_postgres_init(const struct cli_server_postgres *postgres, struct base_diag *diag)
{
    int64_t space;
    bool there = access(postgres->directory, F_OK) == 0;
    enum base_err err = cli_server_space(postgres->var, diag, &space);
    int64_t least = there ? SPACE_START : SPACE_NEW;
    if (!err && space < least) {
        return base_diag_set(diag, BASE_IO,
                             "the disk of %s has %lld MB left, and the database needs %lld MB; free some space, or "
                             "choose another place by --var",
                             postgres->var, (long long)(space >> 20), (long long)(least >> 20));
    }
    if (err || there) {
        return err;
    }
    char *fresh = NULL;
    char *scratch = NULL;
    if (asprintf(&fresh, "%s.new", postgres->directory) < 0 || asprintf(&scratch, "%s/set-up", postgres->socket) < 0) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    } else {
        err = make(postgres, fresh, scratch, diag);
    }
    free(fresh);
    free(scratch);
    return err;
}
