/* Opening connections: when the database is away one thread tries at a time, ever more rarely, and all others know. */
#include "api/private.h"

enum { BACKOFF_FIRST_US = 250000, BACKOFF_LAST_US = 5000000, TRYING_US = 15000000 };

void api_database_init(struct api_database *database, const char *conninfo)
{
    *database = (struct api_database){.conninfo = conninfo, .backoff_us = BACKOFF_FIRST_US};
    pthread_mutex_init(&database->lock, NULL);
}

enum chance { NOT_NOW, ONE_OF_MANY, THE_ONE };

static enum chance may_try(struct api_database *database)
{
    pthread_mutex_lock(&database->lock);
    int64_t now = base_clock_mono_us();
    enum chance chance = now < database->retry_at_us ? NOT_NOW : database->away ? THE_ONE : ONE_OF_MANY;
    if (chance == THE_ONE) {
        database->retry_at_us = now + TRYING_US; /* the others wait for the outcome */
    }
    pthread_mutex_unlock(&database->lock);
    return chance;
}

/* Several may fail at once when the database has just gone: only the first of them starts the back-off. */
static void failed(struct api_database *database, enum chance chance, const char *reason)
{
    pthread_mutex_lock(&database->lock);
    if (!database->away) {
        base_log(BASE_LOG_ERROR, "database is away, requests get 503", base_log_text("reason", reason));
        database->backoff_us = BACKOFF_FIRST_US;
    } else if (chance == THE_ONE) {
        database->backoff_us *= 2;
        database->backoff_us = database->backoff_us < BACKOFF_LAST_US ? database->backoff_us : BACKOFF_LAST_US;
    }
    if (!database->away || chance == THE_ONE) {
        database->retry_at_us = base_clock_mono_us() + database->backoff_us;
    }
    database->away = true;
    pthread_mutex_unlock(&database->lock);
}

static void succeeded(struct api_database *database)
{
    pthread_mutex_lock(&database->lock);
    if (database->away) {
        base_log(BASE_LOG_INFO, "database is back");
    }
    database->away = false;
    database->retry_at_us = 0;
    pthread_mutex_unlock(&database->lock);
}

enum base_err api_database_open(struct api_database *database, const char *name, const char *timeout,
                                struct base_diag *diag, struct data_conn **ret_conn)
{
    enum chance chance = may_try(database);
    if (chance == NOT_NOW) {
        return base_diag_set(diag, BASE_DATABASE_AWAY, "the database is away");
    }
    struct base_diag own = {""};
    AUTO(data_conn) conn = NULL;
    enum base_err err = data_conn_open(database->conninfo, name, &own, &conn);
    if (!err) {
        err = data_run(conn, DATA_METRICS_SESSION, DATA_ARGS(data_text(timeout)), &own, NULL);
    }
    if (err) {
        failed(database, chance, own.text);
        return base_diag_set(diag, BASE_DATABASE_AWAY, "%s", own.text);
    }
    succeeded(database);
    *ret_conn = conn;
    conn = NULL;
    return BASE_OK;
}
