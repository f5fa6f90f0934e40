/* doctor: checks of database, broker and machine; shared by `hutong doctor` and `hutong up`. Private to cli/. */
#ifndef HUTONG_CLI_DOCTOR_H
#define HUTONG_CLI_DOCTOR_H

#include "cli/cli.h"

enum cli_doctor_level { CLI_DOCTOR_OK, CLI_DOCTOR_WARN, CLI_DOCTOR_FAIL };

enum { CLI_DOCTOR_MAX = 64 };

struct cli_doctor_check {
    const char *name;
    enum cli_doctor_level level;
    char found[360];
    const char *todo; /* what to change; NULL when it is well */
};

struct cli_doctor_report {
    struct cli_doctor_check checks[CLI_DOCTOR_MAX];
    size_t count;
};

void cli_doctor_add(struct cli_doctor_report *report, const char *name, enum cli_doctor_level level, const char *todo,
                    const char *found, ...) BASE_PRINTF(5, 6);
/* Looks at the server behind conninfo (NULL: HUTONG_DATABASE); what it finds is in the report. */
void cli_doctor_database(struct cli_doctor_report *report, const char *conninfo);
/* Looks at the broker of HUTONG_BROKER; takes seconds. */
void cli_doctor_broker(struct cli_doctor_report *report);
/* How far the tables of facts reach, and whether upkeep keeps up (doctor_retention.c). */
struct data_keeps;
void cli_doctor_retention(struct cli_doctor_report *report, const char *conninfo, const struct data_keeps *keeps);
/* Roles, grants and policies; accounts; what retention last threw away (doctor_access.c). */
void cli_doctor_access(struct cli_doctor_report *report, const char *conninfo);
/* Fails with the first thing that makes the server unfit. */
enum base_err cli_doctor_refuse(const char *conninfo, struct base_diag *diag) BASE_MUST_CHECK;

#endif
