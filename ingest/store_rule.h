/* What the batch's events begin and clear by the rules. Private to ingest/.
 *
 *   rows that were new --facts_ruleset_match--> rule_hit, in the batch's transaction --NOTIFY--> judge
 * (incident/rule.c)
 *
 * Filters only: what lasts, what is one and the same, and what is raised when is judge's. A state that is said again
 * leaves no row.
 */
#ifndef HUTONG_INGEST_STORE_RULE_H
#define HUTONG_INGEST_STORE_RULE_H

#include "ingest/source.h"

/* Reads the rules when the database has others. Not within a transaction. */
enum base_err ingest_store_rule_keep(struct ingest_store *store, struct base_diag *diag) BASE_MUST_CHECK;
/* In a batch's transaction, after its events were stored. */
enum base_err ingest_store_rule_batch(struct ingest_store *store, const struct ingest_source *source,
                                      struct base_diag *diag) BASE_MUST_CHECK;

#endif
