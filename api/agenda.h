/* Meetings and their resolutions as the API shows and takes them. Private to api/. */
#ifndef HUTONG_API_AGENDA_H
#define HUTONG_API_AGENDA_H

#include "api/request.h"

/* --- agenda (agenda.c) --- Answers 200 with a meeting, as far as that connection sees it. NOT_FOUND. */
enum base_err api_agenda_meeting_out(struct api_call *call, struct data_conn *conn, int64_t id,
                                     struct base_diag *diag) BASE_MUST_CHECK;

/* --- agenda_write (agenda_write.c): POST /api/meetings --- */
enum base_err api_agenda_write_meeting(struct api_call *call, struct api_worker *worker,
                                       struct base_diag *diag) BASE_MUST_CHECK;

#endif
