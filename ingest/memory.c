/* Between struct sensors_memory and the table source_memory: an entry is a keyed name, and key and value locked. */
#include "ingest/memory.h"

#include "ingest/source.h"

enum { ENTRY_MAX = SENSORS_MEMORY_KEY_MAX + SENSORS_MEMORY_VALUE_MAX + 64, NAMES_MAX = 64 * 1024 * 1024 };
#define PURPOSE "memory"

/* The key, its length before it, then the value. */
static enum base_err lock(const struct ingest_source *source, struct base_str key, struct base_str value,
                          struct base_buf *plain, struct base_buf *locked)
{
    base_buf_reset(plain);
    base_buf_reset(locked);
    base_buf_u32be(plain, (uint32_t)key.len);
    base_buf_append(plain, key.at, key.len);
    base_buf_append(plain, value.at, value.len);
    return plain->err ? plain->err : base_key_lock(&source->keys->dedup, PURPOSE, base_buf_str(plain), locked);
}

/* What other keys have locked is not known, as if it had never been said. */
static enum base_err learn(const struct ingest_source *source, struct base_str locked, struct base_buf *plain,
                           struct sensors_memory *memory)
{
    base_buf_reset(plain);
    enum base_err err = base_key_unlock(&source->keys->dedup, PURPOSE, locked, plain);
    const unsigned char *at = (const unsigned char *)plain->data;
    if (err || plain->len < 4) {
        return err == BASE_INVALID ? BASE_OK : err;
    }
    size_t len = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    if (len > plain->len - 4) {
        return BASE_OK;
    }
    err = sensors_memory_set(memory, (struct base_str){plain->data + 4, len},
                             (struct base_str){plain->data + 4 + len, plain->len - 4 - len});
    return err == BASE_LIMIT ? BASE_OK : err;
}

static enum base_err learn_all(const struct ingest_source *source, const struct data_rows *rows,
                               struct sensors_memory *memory)
{
    enum base_err err = BASE_OK;
    AUTO_VALUE(base_buf) plain;
    base_buf_init(&plain, ENTRY_MAX);
    for (size_t row = 0; row < data_rows_count(rows) && !err; row++) {
        err = learn(source, data_rows_bytes(rows, row, 0), &plain, memory);
    }
    return err;
}

enum base_err ingest_memory_load(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(conn, DATA_MEMORY_LOAD, DATA_ARGS(data_i64(source->estate_id), data_i64(source->id)), diag, &rows);
    if (err) {
        return err;
    }
    struct sensors_memory *fresh = sensors_memory_new();
    err = fresh ? learn_all(source, rows, fresh) : BASE_NOMEM;
    if (err) {
        sensors_memory_free(fresh);
        return base_diag_set(diag, err, "source %s: no memory for what its messages said", source->name);
    }
    sensors_memory_commit(fresh);
    sensors_memory_free(source->memory);
    source->memory = fresh;
    return BASE_OK;
}

enum base_err ingest_memory_take(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    bool ours = source->memory && source->epoch == source->memory_epoch + 1;
    enum base_err err = ours ? BASE_OK : ingest_memory_load(source, conn, diag);
    source->memory_epoch = err ? source->memory_epoch : source->epoch;
    return err;
}

static struct base_id name_of(const struct ingest_source *source, struct base_str key)
{
    const struct base_str parts[] = {base_str_of(PURPOSE), base_str_of(source->name), key};
    return base_key_id(&source->keys->dedup, parts, BASE_COUNT(parts));
}

static size_t count_changes(const struct sensors_memory *memory)
{
    struct base_str key, value;
    size_t at = 0;
    while (sensors_memory_changed(memory, &at, &key, &value)) {
    }
    return at;
}

/* Both arrays, member by member. */
static enum base_err changes_out(const struct ingest_source *source, size_t count, struct base_buf *names,
                                 struct base_buf *contents)
{
    struct base_str key, value;
    size_t at = 0;
    enum base_err err = BASE_OK;
    AUTO_VALUE(base_buf) plain;
    AUTO_VALUE(base_buf) locked;
    base_buf_init(&plain, ENTRY_MAX);
    base_buf_init(&locked, ENTRY_MAX);
    data_array_begin(names, DATA_ARRAY_ID, count);
    data_array_begin(contents, DATA_ARRAY_BYTES, count);
    while (!err && sensors_memory_changed(source->memory, &at, &key, &value)) {
        data_array_id(names, name_of(source, key));
        if (value.len) {
            err = lock(source, key, value, &plain, &locked);
        } else {
            base_buf_reset(&locked);
        }
        data_array_bytes(contents, base_buf_str(&locked));
    }
    err = err ? err : names->err;
    return err ? err : contents->err;
}

enum base_err ingest_memory_store(struct ingest_source *source, struct data_conn *conn, struct base_diag *diag)
{
    size_t count = count_changes(source->memory);
    if (count == 0) {
        return BASE_OK;
    }
    AUTO_VALUE(base_buf) names;
    AUTO_VALUE(base_buf) contents;
    base_buf_init(&names, NAMES_MAX);
    base_buf_init(&contents, 4 * SENSORS_MEMORY_MAX);
    enum base_err err = changes_out(source, count, &names, &contents);
    if (err) {
        return base_diag_set(diag, err, "source %s: what its messages said cannot be written", source->name);
    }
    return data_run(conn, DATA_MEMORY_STORE,
                    DATA_ARGS(data_i64(source->estate_id), data_i64(source->id), data_bytes(base_buf_str(&names)),
                              data_bytes(base_buf_str(&contents))),
                    diag, NULL);
}
