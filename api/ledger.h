/* Ledgers (台账): problems, surveys and rectifications, as lists, as files and together as an estate's plan. Private to
 * api/. */
#ifndef HUTONG_API_LEDGER_H
#define HUTONG_API_LEDGER_H

#include "api/list.h"
#include "api/sheet.h"

struct api_ledger {
    const struct api_sheet *sheet;
    const struct api_list *list;
    enum data_query page; /* all ledgers' queries have the same parameters (struct api_ledger_asked) */
    const char *states;   /* that may be asked for */
    const char *period_title, *period_title_en; /* what from and to are about */
    const struct api_sheet_word *words;         /* for states */
    int version; /* the query's column of an entry's entity tag; 0: nobody writes entries */
};

enum { API_LEDGERS = 3 };
/* problems, surveys, rectifications (ledger_problem.c, ledger_survey.c, ledger_rectification.c) */
extern const struct api_ledger api_ledger_problem, api_ledger_survey, api_ledger_rectification;
extern const struct api_ledger *const api_ledgers[API_LEDGERS]; /* ledger.c */
extern const struct api_sheet_word api_ledger_severities[];     /* ledger_problem.c */

/* What is asked of a ledger. */
struct api_ledger_asked {
    struct data_arg estate, manager, organisation, id;
    int64_t from_us, to_us;
    const char *state, *overdue;
    struct api_page page;
};

/* --- ledger (ledger.c) --- */
const struct api_ledger *api_ledger_of(const struct api_call *call); /* that the path names */
struct api_ledger_asked api_ledger_all(void);                        /* everything, from the start */
enum base_err api_ledger_page(struct data_conn *conn, const struct api_ledger *ledger,
                              const struct api_ledger_asked *asked, struct base_diag *diag,
                              struct data_rows **ret_rows) BASE_MUST_CHECK;
/* All rows, page by page, as the file's next table. */
enum base_err api_ledger_file(struct data_conn *conn, const struct api_ledger *ledger, struct api_ledger_asked *asked,
                              struct api_sheet_file *file, enum api_sheet_lang lang,
                              struct base_diag *diag) BASE_MUST_CHECK;

/* --- ledger_write (ledger_write.c): entries of surveys and rectifications --- */
enum base_err api_ledger_write_new(struct api_call *call, struct api_worker *worker,
                                   struct base_diag *diag) BASE_MUST_CHECK;

#endif
