/* sortby, and pages in its order. A page begins behind the values of the last row of the page before - a condition, so
 * that what comes and goes meanwhile shifts nothing; what has no value comes last, and equals go by id. */
#include "api/collection.h"

#include <string.h>

enum { TOKEN_MAX = 16 * 1024, JSON_MAX = TOKEN_MAX };

/* --- sortby --- */
static bool sortable(const struct geo_cql2_property *property)
{
    return property->type != GEO_CQL2_GEOMETRY && property->type != GEO_CQL2_ARRAY &&
           property->type != GEO_CQL2_BOOLEAN;
}

static enum base_err key_in(struct base_str part, const struct geo_cql2_schema *schema, struct base_diag *diag,
                            struct geo_cql2_key *ret_key)
{
    bool down = part.len && part.at[0] == '-', up = part.len && (part.at[0] == '+' || part.at[0] == ' ');
    struct base_str name = {part.at + (down || up), part.len - (down || up)};
    for (uint32_t i = 0; i < schema->count; i++) {
        if (base_str_is(name, schema->properties[i].name) && sortable(&schema->properties[i])) {
            *ret_key = (struct geo_cql2_key){i, down};
            return BASE_OK;
        }
    }
    return base_diag_set(diag, BASE_INVALID, "sortby: nothing can be ordered by \"%.*s\"; +name,-height_m is the form",
                         (int)(name.len < 64 ? name.len : 64), name.at);
}

enum base_err api_sort_in(struct base_str text, struct base_diag *diag, struct api_items *items)
{
    const struct geo_cql2_schema *schema = api_collection_queryables(items->collection);
    struct base_str part;
    bool by_id = false;
    text = !text.at && items->collection->order ? base_str_of(items->collection->order) : text;
    items->sorted = text.at != NULL;
    while (text.at && !by_id && base_str_next(&text, ',', &part)) {
        struct geo_cql2_key key;
        if (items->sort_count == API_SORT_MAX - 1) {
            return base_diag_set(diag, BASE_INVALID, "sortby takes %d properties at most", API_SORT_MAX - 1);
        }
        enum base_err err = key_in(part, schema, diag, &key);
        if (err) {
            return err;
        }
        by_id = key.property == 0; /* nothing behind it can matter */
        items->sort[items->sort_count++] = key;
    }
    if (!by_id) {
        items->sort[items->sort_count++] = (struct geo_cql2_key){.property = 0};
    }
    return BASE_OK;
}

/* --- what follows a row --- */
static void quoted(struct base_str value, struct base_buf *text)
{
    base_buf_u8(text, '\'');
    for (size_t i = 0; i < value.len; i++) {
        base_buf_append(text, "''", value.at[i] == '\'' ? 1 : 0);
        base_buf_u8(text, (uint8_t)value.at[i]);
    }
    base_buf_u8(text, '\'');
}

/* A value of the token as CQL2 writes it; false: it is no such value. */
static bool literal(const struct base_json *value, enum geo_cql2_type type, struct base_buf *text)
{
    struct base_str string;
    int64_t integer;
    double number;
    switch (type) {
    case GEO_CQL2_INTEGER:
        if (!base_json_in_i64(value, &integer)) {
            return false;
        }
        base_buf_printf(text, "%lld", (long long)integer);
        return true;
    case GEO_CQL2_NUMBER:
        if (!base_json_in_f64(value, &number)) {
            return false;
        }
        base_buf_printf(text, "%.17g", number);
        return true;
    case GEO_CQL2_TIMESTAMP:
        if (!base_json_in_text(value, &string) || !base_time_in(string, &integer)) {
            return false;
        }
        base_buf_printf(text, "TIMESTAMP('%.*s')", (int)string.len, string.at);
        return true;
    default:
        if (!base_json_in_text(value, &string)) {
            return false;
        }
        quoted(string, text);
        return true;
    }
}

/* "name > v OR name IS NULL": what comes behind v. Nothing comes behind what has no value. */
static bool behind(const struct geo_cql2_property *property, bool down, const struct base_json *value,
                   struct base_buf *text)
{
    if (base_json_in_is_null(value)) {
        base_buf_text(text, "FALSE");
        return true;
    }
    base_buf_printf(text, "\"%s\" %s ", property->name, down ? "<" : ">");
    if (!literal(value, property->type, text)) {
        return false;
    }
    base_buf_printf(text, " OR \"%s\" IS NULL", property->name);
    return true;
}

static bool level(const struct geo_cql2_property *property, const struct base_json *value, struct base_buf *text)
{
    if (base_json_in_is_null(value)) {
        base_buf_printf(text, "\"%s\" IS NULL", property->name);
        return true;
    }
    base_buf_printf(text, "\"%s\" = ", property->name);
    return literal(value, property->type, text);
}

/* (a behind OR (a level AND (b behind OR (b level AND id behind)))) */
static bool condition(const struct api_items *items, const struct base_json *values, struct base_buf *text)
{
    const struct geo_cql2_schema *schema = api_collection_queryables(items->collection);
    size_t last = items->sort_count - 1;
    for (size_t i = 0; i < last; i++) {
        const struct geo_cql2_property *property = &schema->properties[items->sort[i].property];
        const struct base_json *value = base_json_in_at(values, i);
        base_buf_u8(text, '(');
        if (!behind(property, items->sort[i].down, value, text)) {
            return false;
        }
        base_buf_text(text, " OR (");
        if (!level(property, value, text)) {
            return false;
        }
        base_buf_text(text, " AND ");
    }
    const struct geo_cql2_property *id = &schema->properties[items->sort[last].property];
    base_buf_printf(text, "(\"%s\" %s ", id->name, items->sort[last].down ? "<" : ">");
    bool good = literal(base_json_in_at(values, last), id->type, text);
    for (size_t i = 0; i < 2 * last + 1; i++) {
        base_buf_u8(text, ')');
    }
    return good;
}

enum base_err api_sort_after(struct base_str token, const struct api_items *items, struct base_diag *diag,
                             struct base_buf *text)
{
    static const char wrong[] = "after must be what the page before gave";
    char bytes[TOKEN_MAX];
    size_t len = 0;
    AUTO(base_json) values = NULL;
    struct base_diag why;
    if (!api_jwks_base64url(token, (uint8_t *)bytes, sizeof bytes, &len) ||
        base_json_in_parse(bytes, len, &why, &values) || !base_json_in_is_array(values) ||
        base_json_in_size(values) != items->sort_count || !condition(items, values, text)) {
        return base_diag_set(diag, BASE_INVALID, "%s", wrong);
    }
    return text->err ? base_diag_set(diag, BASE_INVALID, "%s", wrong) : BASE_OK;
}

/* --- a row's token --- */
static void value_out(const struct geo_cql2_property *property, const struct api_items *items,
                      const struct data_rows *rows, size_t row, struct base_json_out *out)
{
    int column = API_FEATURE_ID;
    for (size_t i = 0; i < items->collection->count; i++) {
        if (strcmp(items->collection->properties[i].name, property->name) == 0) {
            column = API_FEATURE_PROPERTIES + (int)i;
        }
    }
    char number[32];
    if (data_rows_null(rows, row, column)) {
        base_json_out_null(out);
    } else if (property->type == GEO_CQL2_INTEGER) {
        base_json_out_i64(out, data_rows_i64(rows, row, column));
    } else if (property->type == GEO_CQL2_TIMESTAMP) {
        base_json_out_time(out, data_rows_time(rows, row, column));
    } else if (property->type == GEO_CQL2_NUMBER) { /* every digit: it is compared with what it came from */
        double value = data_rows_f64(rows, row, column);
        snprintf(number, sizeof number, value == value ? "%.17g" : "null", value);
        base_json_out_raw(out, base_str_of(number));
    } else {
        base_json_out_str(out, data_rows_bytes(rows, row, column));
    }
}

static void base64url(struct base_str bytes, struct base_buf *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (uint8_t)bytes.at[i];
        for (held += 8; held >= 6; held -= 6) {
            base_buf_u8(text, (uint8_t)letters[bits >> (held - 6) & 63]);
        }
        bits &= (1U << held) - 1;
    }
    if (held) {
        base_buf_u8(text, (uint8_t)letters[bits << (6 - held) & 63]);
    }
}

void api_sort_token(const struct api_items *items, const struct data_rows *rows, size_t row, struct base_buf *token)
{
    const struct geo_cql2_schema *schema = api_collection_queryables(items->collection);
    AUTO_VALUE(base_buf) json;
    base_buf_init(&json, JSON_MAX);
    struct base_json_out out = base_json_out_of(&json);
    base_json_out_array(&out);
    for (size_t i = 0; i < items->sort_count; i++) {
        value_out(&schema->properties[items->sort[i].property], items, rows, row, &out);
    }
    base_json_out_array_end(&out);
    base64url(base_buf_str(&json), token);
}
