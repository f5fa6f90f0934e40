/* source: what `hutong source list` prints. Private to cli/. */
#ifndef HUTONG_CLI_SOURCE_H
#define HUTONG_CLI_SOURCE_H

#include "data/data.h"

enum base_err cli_source_list(bool json, struct data_conn *conn, struct base_diag *diag) BASE_MUST_CHECK;

/* --- for its test --- */
enum { CLI_SOURCE_CELL = 64 };
/* Cut to that many columns of a terminal, with an ellipsis, and filled up with blanks. */
const char *cli_source_list_fit(const char *text, int columns, char cell[CLI_SOURCE_CELL]);
/* At most that many characters: 1234567 in 6 -> "1235k". */
const char *cli_source_list_count(int64_t number, int columns, char cell[CLI_SOURCE_CELL]);
/* "0.4s" "12s" "3min" "2h" "5d". */
const char *cli_source_list_age(double seconds, char cell[CLI_SOURCE_CELL]);

#endif
