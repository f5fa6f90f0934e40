/* Reads outside bytes without ever passing their end; callers look at .failed once, after a run of reads. */
#include "base/base.h"

#include <endian.h>
#include <string.h>

struct base_reader base_reader_of(const void *data, size_t len)
{
    const uint8_t *at = data;
    return (struct base_reader){.at = at, .end = len ? at + len : at};
}

size_t base_reader_left(const struct base_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static bool take(struct base_reader *reader, void *into, size_t len)
{
    if (reader->failed || base_reader_left(reader) < len) {
        reader->failed = true;
        memset(into, 0, len);
        return false;
    }
    memcpy(into, reader->at, len);
    reader->at += len;
    return true;
}

uint8_t base_reader_u8(struct base_reader *reader)
{
    uint8_t value;
    take(reader, &value, sizeof value);
    return value;
}

uint16_t base_reader_u16be(struct base_reader *reader)
{
    uint16_t wire;
    take(reader, &wire, sizeof wire);
    return be16toh(wire);
}

uint32_t base_reader_u32be(struct base_reader *reader)
{
    uint32_t wire;
    take(reader, &wire, sizeof wire);
    return be32toh(wire);
}

uint64_t base_reader_u64be(struct base_reader *reader)
{
    uint64_t wire;
    take(reader, &wire, sizeof wire);
    return be64toh(wire);
}

uint32_t base_reader_u32le(struct base_reader *reader)
{
    uint32_t wire;
    take(reader, &wire, sizeof wire);
    return le32toh(wire);
}

static double f64_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double base_reader_f64le(struct base_reader *reader)
{
    uint64_t wire;
    take(reader, &wire, sizeof wire);
    return f64_of(le64toh(wire));
}

double base_reader_f64be(struct base_reader *reader)
{
    return f64_of(base_reader_u64be(reader));
}

struct base_str base_reader_bytes(struct base_reader *reader, size_t len)
{
    if (reader->failed || base_reader_left(reader) < len) {
        reader->failed = true;
        return (struct base_str){NULL, 0};
    }
    struct base_str bytes = {(const char *)reader->at, len};
    reader->at += len;
    return bytes;
}
