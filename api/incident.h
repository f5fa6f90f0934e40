/* Incidents as the API shows and takes them. Private to api/. */
#ifndef HUTONG_API_INCIDENT_H
#define HUTONG_API_INCIDENT_H

#include "api/request.h"

/* --- incident_one (incident_one.c): an incident with all that belongs to it --- */
/* Answers 200 with it, as it is for that connection; its entity tag is its version. NOT_FOUND. */
enum base_err api_incident_one_out(struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                                   struct base_diag *diag) BASE_MUST_CHECK;
/* The same after somebody's words were taken, of which so many numbers of persons were masked. */
enum base_err api_incident_one_taken(struct api_call *call, struct data_conn *conn, const int64_t ids[2], size_t masked,
                                     struct base_diag *diag) BASE_MUST_CHECK;
/* 409: detail, its state, and the steps that may be taken instead. */
enum base_err api_incident_one_refuse(struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                                      const char *detail, struct base_diag *diag) BASE_MUST_CHECK;

/* The look by which this caller may take steps there: handle; else carry, and then the rows say of each incident
 * whether it was sent to them (task_of). */
enum data_look api_incident_one_look(const struct api_call *call, int64_t estate_id);
/* NOT_FOUND unless the caller handles incidents of that estate, or carries this one out just now. */
enum base_err api_incident_one_mine(const struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                                    struct base_diag *diag) BASE_MUST_CHECK;

/* --- incident (incident.c) --- */
/* The members of a row of incident_page or incident_find, which begin alike. */
void api_incident_members(struct base_json_out *out, const struct data_rows *rows, size_t row);
enum { API_INCIDENT_MEMBERS = 38 }; /* columns that they come from */
/* The partition that steps of now are written to; made before the transaction, for it has one of its own. */
enum base_err api_incident_ready(struct api_worker *worker, struct base_diag *diag) BASE_MUST_CHECK;

/* --- incident_report (incident_report.c): POST /api/incidents --- */
enum base_err api_incident_report(struct api_call *call, struct api_worker *worker,
                                  struct base_diag *diag) BASE_MUST_CHECK;

/* --- incident_sealed (incident_sealed.c) --- */
/* What locks what is sealed; *ret_seal is key, or NULL: this server has none. */
enum base_err api_incident_seal(const struct api_call *call, struct base_diag *diag, struct base_key *key,
                                const struct base_key **ret_seal) BASE_MUST_CHECK;
/* The body's contact, {"name", "phone"} or one short text, as JSON in the call's arena; NULL: not given, or wrong. */
const char *api_incident_contact_in(struct api_input *input, enum api_need need);

#endif
