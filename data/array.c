/* Arrays as parameters: PostgreSQL's binary form (array_send in src/backend/utils/adt/arrayfuncs.c), because parsing a
 * thousand numbers as text costs as much as what is asked about them. */
#include "data/conn_private.h"

void data_array_begin(struct base_buf *buf, enum data_array type, size_t count)
{
    static const uint32_t oids[] = {
        [DATA_ARRAY_ID] = 2950, [DATA_ARRAY_I64] = 20, [DATA_ARRAY_TIME] = 1184, [DATA_ARRAY_BYTES] = 17};
    base_buf_reset(buf);
    base_buf_u32be(buf, 1); /* dimensions */
    base_buf_u32be(buf, 0); /* no nulls */
    base_buf_u32be(buf, oids[type]);
    base_buf_u32be(buf, (uint32_t)count);
    base_buf_u32be(buf, 1); /* the first index */
}

void data_array_id(struct base_buf *buf, struct base_id id)
{
    base_buf_u32be(buf, sizeof id.bytes);
    base_buf_append(buf, id.bytes, sizeof id.bytes);
}

void data_array_i64(struct base_buf *buf, int64_t value)
{
    base_buf_u32be(buf, sizeof value);
    base_buf_u64be(buf, (uint64_t)value);
}

void data_array_time(struct base_buf *buf, int64_t time_us)
{
    data_array_i64(buf, data_run_time_out(time_us));
}

void data_array_bytes(struct base_buf *buf, struct base_str bytes)
{
    base_buf_u32be(buf, (uint32_t)bytes.len);
    base_buf_append(buf, bytes.at, bytes.len);
}

void data_array_bits(struct base_buf *buf, const uint8_t *bits, uint32_t count)
{
    base_buf_reset(buf);
    base_buf_u32be(buf, count);
    base_buf_append(buf, bits, ((size_t)count + 7) / 8);
}
