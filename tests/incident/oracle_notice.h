/* The second opinion on who is told: from the oracle's lines alone, in the order in which they were written. Each of
 * the organisations has one contact, so a notice is its step and its organisation. Ownership  text is the caller's.
 * Threads: any. */
#ifndef HUTONG_TESTS_INCIDENT_ORACLE_NOTICE_H
#define HUTONG_TESTS_INCIDENT_ORACLE_NOTICE_H

#include "incident/oracle.h"

/* Who is who in the world of the test: who is sent, whose the estate is, who answers at level n (ORACLE_LEVEL + n). */
enum { ORACLE_SENT = 7, ORACLE_ESTATE = 24, ORACLE_LEVEL = 20 };

/* "dispatch 7 acknowledged;report 20 asks;warn 7 told", in order of text. */
void oracle_notices(const struct oracle *oracle, struct base_buf *text);

#endif
