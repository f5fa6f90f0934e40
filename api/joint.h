/* Joint responses as the API shows and takes them. Private to api/. */
#ifndef HUTONG_API_JOINT_H
#define HUTONG_API_JOINT_H

#include "api/request.h"

/* --- joint (joint.c) --- */
/* Answers 200 with the incident's joint responses; the entity tag is the incident's version. NOT_FOUND. */
enum base_err api_joint_out(struct api_call *call, struct data_conn *conn, const int64_t ids[2],
                            struct base_diag *diag) BASE_MUST_CHECK;

/* --- joint_write (joint_write.c): POST /api/incidents/{estate}/{incident}/joint --- */
enum base_err api_joint_write_call(struct api_call *call, struct api_worker *worker,
                                   struct base_diag *diag) BASE_MUST_CHECK;

#endif
