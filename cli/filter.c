/* hutong filter: is a CQL2 filter right, how is it written in the other notation, and what does it select in a file? */
#include "cli/cli.h"
#include "geo/geo.h"

#include <inttypes.h>
#include <string.h>

enum {
    INPUT_MAX = GEO_CQL2_JSON_MAX + 64, /* white space around it is cut off */
    IDS_MAX = 64 << 20,
    OUT_MAX = IDS_MAX + (16 << 20)
};

static const struct base_option options[] = {
    {.name = "lang",
     .type = BASE_OPTION_TEXT,
     .value = "L",
     .standard = "text",
     .help = "notation of the filter: text or json"},
    {.name = "file", .type = BASE_OPTION_TEXT, .value = "FILE", .help = "vector file whose features are tried"},
    {.name = "layer",
     .type = BASE_OPTION_TEXT,
     .value = "L",
     .help = "layer of the file; needed when there are several"},
    {.name = "crs", .type = BASE_OPTION_TEXT, .value = "C", .help = "EPSG:n, gcj02, bd09; default: what the file says"},
    {.name = "ids", .type = BASE_OPTION_FLAG, .help = "print the id of each selected feature"},
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "print one JSON object"},
};

static const struct cli_command command = {
    .usage = "hutong filter FILTER|- [--lang text|json] [--file FILE [--layer L] [--crs C] [--ids]] [--json]\n"
             "Reads a CQL2 filter (docs/cql2.md) and prints it as text and as JSON. With a file, says how many of its\n"
             "features the filter selects, as `hutong serve` would. Exit 1 with place and cause when it is wrong.",
    .options = options,
    .count = BASE_COUNT(options),
};

struct outcome {
    int64_t total, selected, unknown;
    struct base_buf ids; /* one a line */
};

static enum base_err read_filter(const struct base_options *given, const struct geo_cql2_schema *schema,
                                 struct base_str text, struct base_diag *diag, struct geo_cql2 **ret_filter)
{
    const char *lang = base_option_text(given, "lang");
    if (strcmp(lang, "json") == 0) {
        return geo_cql2_json_in(text, schema, diag, ret_filter);
    }
    if (strcmp(lang, "text") == 0) {
        return geo_cql2_text_in(text, schema, diag, ret_filter);
    }
    return base_diag_set(diag, BASE_USAGE, "--lang %s: text or json", lang);
}

static enum base_err try_features(struct geo_vector *vector, struct geo_cql2_run *run, struct base_diag *diag,
                                  struct outcome *outcome)
{
    struct geo_vector_feature feature = {.fid = 0};
    geo_shape_init(&feature.shape);
    int64_t now_us = base_clock_now_us();
    bool more = true;
    enum base_err err = BASE_OK;
    while (!err && !(err = geo_vector_next(vector, diag, &feature, &more)) && more) {
        struct geo_cql2_feature seen = geo_vector_schema_feature(vector, &feature);
        enum geo_cql2_truth truth = geo_cql2_run_feature(run, &seen, now_us);
        outcome->total++;
        outcome->unknown += truth == GEO_CQL2_UNKNOWN;
        if (truth == GEO_CQL2_TRUE) {
            outcome->selected++;
            base_buf_printf(&outcome->ids, "%" PRId64 "\n", feature.fid);
        }
    }
    geo_shape_release(&feature.shape);
    return !err && outcome->ids.err
               ? base_diag_set(diag, outcome->ids.err, "more than %d MiB of ids are selected", IDS_MAX >> 20)
               : err;
}

static void print_json(const struct geo_cql2 *filter, const struct outcome *outcome, bool file)
{
    AUTO_VALUE(base_buf) part;
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&part, OUT_MAX);
    base_buf_init(&buf, OUT_MAX);
    struct base_json_out out = base_json_out_of(&buf);
    base_json_out_object(&out);
    base_json_out_key(&out, "text");
    geo_cql2_text_out(filter, &part);
    base_json_out_str(&out, base_buf_str(&part));
    base_buf_reset(&part);
    base_json_out_key(&out, "json");
    geo_cql2_json_out(filter, &part);
    base_json_out_raw(&out, base_buf_str(&part));
    if (file) {
        struct base_str ids = base_buf_str(&outcome->ids), id;
        base_json_out_key(&out, "total");
        base_json_out_i64(&out, outcome->total);
        base_json_out_key(&out, "selected");
        base_json_out_i64(&out, outcome->selected);
        base_json_out_key(&out, "unknown");
        base_json_out_i64(&out, outcome->unknown);
        base_json_out_key(&out, "ids");
        base_json_out_array(&out);
        while (base_str_next(&ids, '\n', &id) && id.len) {
            base_json_out_raw(&out, id);
        }
        base_json_out_array_end(&out);
    }
    base_json_out_object_end(&out);
    printf("%s\n", base_buf_cstr(&buf));
}

static void print(const struct base_options *given, const struct geo_cql2 *filter, struct outcome *outcome)
{
    bool file = base_option_given(given, "file");
    if (base_option_flag(given, "json")) {
        print_json(filter, outcome, file);
        return;
    }
    if (file && base_option_flag(given, "ids")) {
        printf("%s", base_buf_cstr(&outcome->ids));
        return;
    }
    if (file) {
        printf("%" PRId64 " of %" PRId64 " features\n", outcome->selected, outcome->total);
        return;
    }
    AUTO_VALUE(base_buf) buf;
    base_buf_init(&buf, OUT_MAX);
    geo_cql2_text_out(filter, &buf);
    base_buf_u8(&buf, '\n');
    geo_cql2_json_out(filter, &buf);
    printf("%s\n", base_buf_cstr(&buf));
}

static enum base_err with_file(const struct base_options *given, struct base_str text, struct base_diag *diag)
{
    struct geo_vector_options how = {
        .layer = base_option_text(given, "layer"), .crs = base_option_text(given, "crs"), .theme = GEO_VECTOR_AREAS};
    AUTO(geo_vector) vector = NULL;
    AUTO(geo_cql2) filter = NULL;
    AUTO(geo_cql2_run) tried = NULL;
    struct geo_cql2_schema schema;
    struct outcome outcome = {.total = 0};
    base_buf_init(&outcome.ids, IDS_MAX);
    enum base_err err = geo_vector_open(base_option_text(given, "file"), &how, diag, &vector);
    err = err ? err : geo_vector_schema(vector, diag, &schema);
    err = err ? err : read_filter(given, &schema, text, diag, &filter);
    err = err ? err : geo_cql2_run_new(filter, diag, &tried);
    err = err ? err : try_features(vector, tried, diag, &outcome);
    if (!err) {
        print(given, filter, &outcome);
    }
    base_buf_release(&outcome.ids);
    return err;
}

static enum base_err run(const struct base_options *given, struct base_diag *diag)
{
    static const char *const of_a_file[] = {"layer", "crs", "ids"};
    if (given->operand_count != 1) {
        return base_diag_set(diag, BASE_USAGE, "takes one filter, in quotes, or - for standard input");
    }
    for (size_t i = 0; i < BASE_COUNT(of_a_file); i++) {
        if (base_option_given(given, of_a_file[i]) && !base_option_given(given, "file")) {
            return base_diag_set(diag, BASE_USAGE, "--%s goes with --file", of_a_file[i]);
        }
    }
    AUTO_VALUE(base_buf) input;
    base_buf_init(&input, INPUT_MAX);
    struct base_str text = base_str_of(given->operands[0]);
    if (base_str_is(text, "-")) {
        enum base_err err = base_file_read("-", INPUT_MAX, diag, &input);
        if (err) {
            return err;
        }
        text = base_str_trim(base_buf_str(&input));
    }
    if (base_option_given(given, "file")) {
        return with_file(given, text, diag);
    }
    AUTO(geo_cql2) filter = NULL;
    enum base_err err = read_filter(given, NULL, text, diag, &filter);
    if (!err) {
        print(given, filter, NULL);
    }
    return err;
}

int cli_filter_main(int argc, char **argv)
{
    return cli_command_run(&command, run, argc, argv);
}
