/* Ids of the stream's events: how far the database's log was told, for each upstream. They mean the same at every
 * server of the same upstreams. */
#include "api/stream.h"

void api_event_id_out(const uint64_t *lsns, size_t count, struct base_buf *buf)
{
    for (size_t i = 0; i < count; i++) {
        base_buf_printf(buf, "%s%llX", i ? "." : "", (unsigned long long)lsns[i]);
    }
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool lsn_in(struct base_str text, uint64_t *ret_lsn)
{
    uint64_t lsn = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.at[i]);
        if (digit < 0) {
            return false;
        }
        lsn = lsn << 4 | (unsigned)digit;
    }
    *ret_lsn = lsn;
    return text.len >= 1 && text.len <= 16;
}

bool api_event_id_in(struct base_str text, size_t count, uint64_t *ret_lsns)
{
    struct base_str part;
    size_t at = 0;
    while (base_str_next(&text, '.', &part)) {
        if (at == count || !lsn_in(part, &ret_lsns[at++])) {
            return false;
        }
    }
    return at == count;
}
