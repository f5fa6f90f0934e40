/* hutong import: vector files into the place tables, with a summary of what could not be used. */
#include "cli/import.h"

#include <stdlib.h>
#include <string.h>

static const struct base_option options[] = {
    {.name = "layer",
     .type = BASE_OPTION_TEXT,
     .value = "L",
     .help = "layer to read (else the one that suits the kind)"},
    {.name = "crs",
     .type = BASE_OPTION_TEXT,
     .value = "EPSG:n",
     .help = "reference system, also gcj02 or bd09 (else what the file says)"},
    {.name = "estate", .type = BASE_OPTION_INT, .value = "ID", .help = "estate of all rows (else found out per row)"},
    {.name = "map",
     .type = BASE_OPTION_TEXT,
     .value = "name=FIELD,...",
     .help = "fields for name name_en code key kind estate levels height dwellings year"},
    {.name = "storey-height",
     .type = BASE_OPTION_REAL,
     .value = "M",
     .standard = "3.0",
     .help = "metres a storey, where height or levels are missing"},
    {.name = "dataset",
     .type = BASE_OPTION_TEXT,
     .value = "NAME",
     .help = "rows are matched within it (else osm or the file's name)"},
    {.name = "encoding", .type = BASE_OPTION_TEXT, .value = "NAME", .help = "text of a Shapefile, such as GBK"},
    {.name = "dry-run", .type = BASE_OPTION_FLAG, .help = "read and check everything, store nothing"},
    {.name = "json", .type = BASE_OPTION_FLAG, .help = "the summary as JSON"},
};

static const struct cli_command command = {
    .usage =
        "hutong import estates|buildings|zones|grids|routes|checkpoints|facilities|roads|water|landuse|places FILE "
        "[options]\n"
        "       hutong import organisations|roles|profiles|shifts|duties|campaigns|calendars|categories|policies|rules|"
        "contacts|surveys|rectifications FILE.csv\n"
        "       [--dry-run] [--json]\n"
        "Reads a vector file (GeoJSON, GeoPackage, Shapefile, .osm, .osm.pbf, CityGML ..., also in a .zip) into\n"
        "the database of HUTONG_DATABASE. Importing the same file again updates.\n"
        "Tables are CSV, of which all lines are stored, or none; the first line names the columns:\n"
        "organisations: code,name,kind[,parent,name_en,estates]\n"
        "roles: account,role[,estates,organisation,valid_from,valid_to], or posts:\n"
        "       label,estate,kind[,building,organisation,label_en,from,to]\n"
        "profiles: estate,valid_from,management_type,organisation,backstop ..., and estate,month,collected\n"
        "shifts: source,label,from,to[,device,subject_type,label_en,organisation]\n"
        "duties: estate,key,name,subject_kind,schedule,proof[,subject_filter,organisation ...]; also GeoJSON\n"
        "campaigns: code,name,from,to[,name_en]\n"
        "calendars: calendar,day,kind[,name,label]\n"
        "categories: code,name,name_en,files[,gb_class,severity]\n"
        "policies: key,severity[,estate,category,respond_s,resolve_s,plan_s,levels_s,hours_from,hours_to,calendar "
        "...]\n"
        "rules: key,name,watches,filter,category[,estate,clear,place,hold_s,merge_by ...]\n"
        "contacts: organisation,position,label,channel,url[,secret,ack_s,to,level,estate,community]\n"
        "surveys: estate,key,inspected,found_at[,finding,severity,building,storey,category,organisation ...]\n"
        "rectifications: estate,key,problem,organisation,deadline[,measure,building,survey,done_at ...]\n"
        "docs/import.md tells what each column means.",
    .options = options,
    .count = BASE_COUNT(options),
};

static enum base_err unknown_kind(const char *name, struct base_diag *diag)
{
    const char *names[DATA_IMPORT_KINDS];
    for (size_t i = 0; i < DATA_IMPORT_KINDS; i++) {
        names[i] = data_import_kind_name((enum data_import_kind)i);
    }
    const char *nearest = cli_command_nearest(name, names, DATA_IMPORT_KINDS);
    return base_diag_set(diag, BASE_USAGE, "there is no kind \"%.40s\"%s%s%s", name, nearest ? "; did you mean \"" : "",
                         nearest ? nearest : "; hutong import --help lists them", nearest ? "\"?" : "");
}

static enum base_err read_options(const struct base_options *given, struct base_diag *diag,
                                  struct data_import_options *ret_import)
{
    struct data_import_options import = {0};
    if (given->operand_count != 2) {
        return base_diag_set(diag, BASE_USAGE, "wants a kind and a file: hutong import buildings FILE");
    }
    if (!data_import_kind_in(given->operands[0], &import.kind)) {
        return unknown_kind(given->operands[0], diag);
    }
    import.path = given->operands[1];
    import.layer = base_option_text(given, "layer");
    import.crs = base_option_text(given, "crs");
    import.map = base_option_text(given, "map");
    import.dataset = base_option_text(given, "dataset");
    import.encoding = base_option_text(given, "encoding");
    import.storey_height = base_option_real(given, "storey-height");
    import.dry_run = base_option_flag(given, "dry-run");
    import.estate_id = base_option_int(given, "estate");
    if (base_option_given(given, "estate") && import.estate_id <= 0) {
        return base_diag_set(diag, BASE_USAGE, "--estate: an estate's id is above 0");
    }
    if (import.storey_height < 2 || import.storey_height > 10) {
        return base_diag_set(diag, BASE_USAGE, "--storey-height: %g m is not the height of a storey (2 to 10)",
                             import.storey_height);
    }
    *ret_import = import;
    return BASE_OK;
}

static void show(void *at, int64_t done, int64_t total)
{
    struct base_progress *progress = at;
    progress->total = total;
    base_progress_at(progress, done);
}

static void print_summary(const struct data_import_summary *summary, bool json)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 1u << 20);
    if (json) {
        data_import_report_json(summary, &text);
        base_buf_text(&text, "\n");
    } else {
        data_import_report_text(summary, &text);
    }
    fputs(base_buf_cstr(&text), stdout);
}

static enum base_err run(struct data_import_options *import, bool json, struct base_diag *diag)
{
    AUTO(data_conn) conn = NULL;
    struct base_progress progress;
    struct data_import_summary *summary = calloc(1, sizeof *summary);
    enum base_err err = summary ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "out of memory");
    err = err ? err : data_conn_open(NULL, "hutong import", diag, &conn);
    if (!err) {
        base_progress_begin(&progress, "import", 0);
        import->progress = show;
        import->progress_at = &progress;
        err = data_import_run(conn, import, diag, summary);
        base_progress_end(&progress);
    }
    if (!err) {
        print_summary(summary, json);
    }
    if (!err && summary->skipped == summary->read) {
        err = base_diag_set(diag, BASE_INVALID, "%s: no row could be used; the summary says why", import->path);
    }
    free(summary);
    return err;
}

/* The other options are about geometry. */
static enum base_err run_table(const struct base_options *given, struct base_diag *diag)
{
    for (size_t i = 0; i < BASE_COUNT(options); i++) {
        bool fits = strcmp(options[i].name, "dry-run") == 0 || strcmp(options[i].name, "json") == 0;
        if (!fits && !options[i].standard && base_option_given(given, options[i].name)) {
            return base_diag_set(diag, BASE_USAGE, "--%s means nothing for %s", options[i].name, given->operands[0]);
        }
    }
    return cli_import_table(given->operands[0], given->operands[1], base_option_flag(given, "dry-run"),
                            base_option_flag(given, "json"), diag);
}

int cli_import_main(int argc, char **argv)
{
    struct base_options given;
    struct base_diag diag = {.text = ""};
    struct data_import_options import;
    int code = cli_command_options(&command, argc, argv, &given);
    if (code != CLI_GO_ON) {
        return code;
    }
    bool table = given.operand_count == 2 && cli_import_table_knows(given.operands[0]);
    enum base_err err = table ? run_table(&given, &diag) : read_options(&given, &diag, &import);
    err = err || table ? err : run(&import, base_option_flag(&given, "json"), &diag);
    base_options_release(&given);
    return err ? cli_command_fail("import", err, &diag) : 0;
}
