/* An order as PostgreSQL is asked for it: the same comparisons as in filters, so that a page can begin behind the
 * values of a row. */
#include "geo/cql2_private.h"

void geo_cql2_order(const struct geo_cql2_schema *schema, const struct geo_cql2_key *keys, size_t count,
                    struct base_buf *buf)
{
    for (size_t i = 0; i < count; i++) {
        const struct geo_cql2_property *property = &schema->properties[keys[i].property];
        base_buf_text(buf, i ? ", " : "");
        if (property->type == GEO_CQL2_NUMBER) { /* NaN is a number that is missing */
            base_buf_printf(buf, "nullif(%s, 'NaN'::float8)", property->sql);
        } else {
            base_buf_printf(buf, "(%s)%s", property->sql, property->type == GEO_CQL2_TEXT ? " collate \"C\"" : "");
        }
        base_buf_text(buf, keys[i].down ? " desc nulls last" : "");
    }
}
