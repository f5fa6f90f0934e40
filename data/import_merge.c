/* From the stage into the tables, a slice a transaction: a long one would hold up the creation of replication slots. */
#include "data/import_private.h"

enum { SLICE_FIRST = 2000, SLICE_MAX = 8000, SLICE_US = 400000 };

static enum base_err run_count(struct data_import *import, enum data_query query, const struct data_arg *args,
                               size_t count, struct base_diag *diag, int64_t *ret_count)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(import->conn, query, args, count, diag, &rows);
    if (!err && ret_count) {
        *ret_count = data_rows_i64(rows, 0, 0);
    }
    return err;
}

static enum base_err run_slice(struct data_import *import, enum data_query query, int64_t first, int64_t end,
                               struct base_diag *diag)
{
    return run_count(import, query, DATA_ARGS(data_i64(first), data_i64(end)), diag, NULL);
}

/* Calls step for slices of the stage, each in a transaction; slices grow while they are quick. */
static enum base_err in_slices(struct data_import *import, struct base_diag *diag,
                               enum base_err (*step)(struct data_import *, int64_t, int64_t, struct base_diag *))
{
    int64_t size = SLICE_FIRST;
    enum base_err err = BASE_OK;
    for (int64_t first = 0; first < import->rows && !err; first += size) {
        int64_t began = base_clock_mono_us();
        bool whole = import->options->dry_run; /* one transaction around all */
        err = whole ? BASE_OK : data_begin(import->conn, diag);
        err = err ? err : step(import, first, first + size, diag);
        err = err || whole ? err : data_commit(import->conn, diag);
        if (err && !whole) {
            data_rollback(import->conn);
        }
        int64_t took = base_clock_mono_us() - began;
        if (took > SLICE_US && size > SLICE_FIRST) {
            first += size / 2; /* what was done, less what the loop adds */
            size /= 2;
        } else if (took < SLICE_US / 2 && size < SLICE_MAX) {
            first -= size;
            size *= 2;
        }
    }
    return err;
}

static enum base_err assign_named(struct data_import *import, int64_t first, int64_t end, struct base_diag *diag)
{
    return run_slice(import, DATA_IMPORT_ESTATE_ASSIGN, first, end, diag);
}

static enum base_err assign_containing(struct data_import *import, int64_t first, int64_t end, struct base_diag *diag)
{
    return run_slice(import, DATA_IMPORT_ESTATE_CONTAIN, first, end, diag);
}

/* The estates that rows name: gathered by name and place, found, else made. */
static enum base_err named_estates(struct data_import *import, struct base_diag *diag)
{
    struct data_arg own = data_text(import->summary->dataset);
    int64_t count = 0;
    enum base_err err = run_count(import, DATA_IMPORT_ESTATE_GROUP, DATA_NO_ARGS, diag, &count);
    if (err || count == 0) {
        return err;
    }
    err = run_count(import, DATA_IMPORT_ESTATE_FIND, &own, 1, diag, NULL);
    err = err ? err : run_count(import, DATA_IMPORT_ESTATE_MAKE, &own, 1, diag, &count);
    import->summary->estates_created += err ? 0 : count;
    return err ? err : in_slices(import, diag, assign_named);
}

static enum base_err contain_given(struct data_import *import, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(import->conn, DATA_IMPORT_ESTATE_GIVEN, DATA_NO_ARGS, diag, &rows);
    return err || !data_rows_bool(rows, 0, 0) ? err : in_slices(import, diag, assign_containing);
}

static enum base_err find_estates(struct data_import *import, struct base_diag *diag)
{
    int64_t count = 0;
    if (!import->kind->in_estate || import->options->estate_id > 0) {
        return BASE_OK;
    }
    enum base_err err = import->named ? named_estates(import, diag) : BASE_OK;
    err = err ? err : contain_given(import, diag);
    if (!err && import->areas) {
        err = run_count(import, DATA_IMPORT_ESTATE_AREA, DATA_NO_ARGS, diag, &count);
        import->summary->estates_created += count;
        err = err || !count ? err : in_slices(import, diag, assign_containing);
    }
    return err;
}

static enum base_err rekey_slice(struct data_import *import, int64_t first, int64_t end, struct base_diag *diag)
{
    return run_count(import, DATA_IMPORT_BUILDING_REKEY, DATA_ARGS(data_i64(first), data_i64(end)), diag, NULL);
}

/* Nothing jumps to another place in silence: a number in a file may be another building's by now. */
static enum base_err apart_slice(struct data_import *import, int64_t first, int64_t end, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err =
        data_run(import->conn, DATA_IMPORT_BUILDING_APART, DATA_ARGS(data_i64(first), data_i64(end)), diag, &rows);
    for (size_t i = 0; !err && i < data_rows_count(rows); i++) {
        data_import_report_remark(
            import, data_rows_bool(rows, i, 2) ? DATA_IMPORT_REMARK_OTHER_PLACE : DATA_IMPORT_REMARK_MOVED_PLACE,
            data_rows_text(rows, i, 0), data_rows_text(rows, i, 1));
    }
    return err;
}

static enum base_err merge_slice(struct data_import *import, int64_t first, int64_t end, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum data_query query = import->first_buildings ? DATA_IMPORT_OPEN_BUILDING : import->kind->merge;
    enum base_err err = data_run(import->conn, query, DATA_ARGS(data_i64(first), data_i64(end)), diag, &rows);
    if (!err) {
        import->summary->created += data_rows_i64(rows, 0, 0);
        import->summary->updated += data_rows_i64(rows, 0, 1);
        import->summary->moved += data_rows_i64(rows, 0, 2);
        import->summary->unchanged += data_rows_i64(rows, 0, 3);
    }
    return err;
}

static enum base_err count_estates(struct data_import *import, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(import->conn, DATA_IMPORT_ESTATE_COUNT, DATA_NO_ARGS, diag, &rows);
    if (!err) {
        import->summary->estates = data_rows_i64(rows, 0, 0);
        import->summary->unassigned = data_rows_i64(rows, 0, 1);
    }
    return err;
}

/* What the data set's earlier buildings ask for before the merge; the first time there are none. */
static enum base_err meet_known(struct data_import *import, struct base_diag *diag)
{
    AUTO(data_rows) rows = NULL;
    enum base_err err = data_run(import->conn, DATA_IMPORT_BUILDING_KNOWN, DATA_NO_ARGS, diag, &rows);
    if (err) {
        return err;
    }
    import->first_buildings = !data_rows_bool(rows, 0, 0);
    if (import->first_buildings) {
        return BASE_OK;
    }
    err = in_slices(import, diag, rekey_slice);
    return err ? err : in_slices(import, diag, apart_slice);
}

static enum base_err merge(struct data_import *import, struct base_diag *diag)
{
    bool buildings = import->options->kind == DATA_IMPORT_BUILDINGS;
    bool outlines = import->options->kind == DATA_IMPORT_ESTATES;
    enum base_err err =
        outlines ? run_count(import, DATA_IMPORT_ESTATE_ADOPT, DATA_NO_ARGS, diag, NULL) : find_estates(import, diag);
    err = err || !buildings ? err : meet_known(import, diag);
    err = err ? err : in_slices(import, diag, merge_slice);
    err = err || !buildings ? err : run_count(import, DATA_IMPORT_ESTATE_OUTLINE, DATA_NO_ARGS, diag, NULL);
    return err || !import->kind->in_estate ? err : count_estates(import, diag);
}

/* Once at the end, since ingest reads all places again each time; after a failure too, as slices before it are stored.
 */
enum base_err data_import_merge(struct data_import *import, struct base_diag *diag)
{
    enum base_err err = merge(import, diag);
    if (err && (import->options->dry_run || !data_conn_good(import->conn))) {
        return err;
    }
    enum base_err told = run_count(import, DATA_IMPORT_VERSION, DATA_NO_ARGS, err ? NULL : diag, NULL);
    return err ? err : told;
}
