/* Growing bytes with a ceiling; the first failure sticks, so that encoders test once, at the end. */
#include "base/base.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

void base_buf_init(struct base_buf *buf, size_t max)
{
    *buf = (struct base_buf){.max = max};
}

void base_buf_release(struct base_buf *buf)
{
    free(buf->data);
    *buf = (struct base_buf){.max = buf->max};
}

void base_buf_reset(struct base_buf *buf)
{
    buf->len = 0;
    buf->err = BASE_OK;
}

static char *grow(struct base_buf *buf, size_t size)
{
    if (buf->err) {
        return NULL;
    }
    if (size > buf->max - buf->len) {
        buf->err = BASE_LIMIT;
        return NULL;
    }
    size_t need = buf->len + size;
    size_t cap = buf->cap > buf->max / 2 ? buf->max : buf->cap * 2;
    cap = cap < need ? need : cap;
    cap = cap < 64 ? 64 : cap;
    cap = cap > buf->max ? buf->max : cap; /* so that what fits the memory is never over the limit */
    char *grown = realloc(buf->data, cap ? cap : 1);
    if (!grown) {
        buf->err = BASE_NOMEM;
        return NULL;
    }
    buf->data = grown;
    buf->cap = cap;
    return buf->data + buf->len;
}

/* Small and private, so that the compiler puts it into each of the appends: rows for the database are written by them.
 */
static char *room(struct base_buf *buf, size_t size)
{
    bool fits = !buf->err && buf->data && size <= buf->cap - buf->len; /* room for nothing is a place too */
    return fits ? buf->data + buf->len : grow(buf, size);
}

static void append(struct base_buf *buf, const void *data, size_t len)
{
    char *at = room(buf, len);
    if (at && len) {
        memcpy(at, data, len);
        buf->len += len;
    }
}

char *base_buf_reserve(struct base_buf *buf, size_t size)
{
    return room(buf, size);
}

void base_buf_append(struct base_buf *buf, const void *data, size_t len)
{
    append(buf, data, len);
}

void base_buf_text(struct base_buf *buf, const char *text)
{
    base_buf_append(buf, text, strlen(text));
}

void base_buf_printf(struct base_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *at = len < 0 ? NULL : base_buf_reserve(buf, (size_t)len + 1); /* + 1: the terminator is not counted */
    if (at) {
        vsnprintf(at, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void base_buf_u8(struct base_buf *buf, uint8_t value)
{
    append(buf, &value, sizeof value);
}

void base_buf_u16be(struct base_buf *buf, uint16_t value)
{
    uint16_t wire = htobe16(value);
    append(buf, &wire, sizeof wire);
}

void base_buf_u32be(struct base_buf *buf, uint32_t value)
{
    uint32_t wire = htobe32(value);
    append(buf, &wire, sizeof wire);
}

void base_buf_u64be(struct base_buf *buf, uint64_t value)
{
    uint64_t wire = htobe64(value);
    append(buf, &wire, sizeof wire);
}

const char *base_buf_cstr(struct base_buf *buf)
{
    char *at = base_buf_reserve(buf, 1);
    if (!at) {
        return "";
    }
    *at = '\0';
    return buf->data;
}

struct base_str base_buf_str(const struct base_buf *buf)
{
    return (struct base_str){buf->data, buf->len};
}
