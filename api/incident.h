/* Incidents as the API shows and takes them. Private to api/. */
#ifndef HUTONG_API_INCIDENT_H
#define HUTONG_API_INCIDENT_H

#include "api/request.h"

/* --- incident_one (incident_one.c): an incident with all that belongs to it --- */
/* Answers 200 with it, as it is for that connection; its entity tag is its version. NOT_FOUND. */
enum base_err api_incident_one_out(struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                                   struct base_diag *diag) BASE_MUST_CHECK;
/* 409: detail, its state, and the steps that may be taken instead. */
enum base_err api_incident_one_refuse(struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                                      const char *detail, struct base_diag *diag) BASE_MUST_CHECK;

/* --- incident (incident.c) --- */
/* The members of a row of incident_page or incident_find, which begin alike. */
void api_incident_members(struct base_json_out *out, const struct data_rows *rows, size_t row);
enum { API_INCIDENT_MEMBERS = 37 }; /* columns that they come from */
/* The partition that steps of now are written to; made before the transaction, for it has one of its own. */
enum base_err api_incident_ready(struct api_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;

/* --- incident_report (incident_report.c): POST /api/incidents --- */
enum base_err api_incident_report(struct api_call *call, struct api_worker *worker,
                                  struct base_diag *diag) BASE_MUST_CHECK;

#endif
