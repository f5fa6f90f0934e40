/* Values of a message, found by paths and taken for what they mean. */
#include "sensors/mapping.h"

#include <math.h>
#include <string.h>

struct mapping_datum sensors_mapping_read_node(const struct base_json *node)
{
    struct mapping_datum datum = {.type = MAPPING_ABSENT, .node = node};
    bool flag;
    if (!node) {
        return datum;
    }
    if (base_json_in_text(node, &datum.text)) {
        datum.type = MAPPING_TEXT;
    } else if (base_json_in_f64(node, &datum.number)) {
        datum.type = MAPPING_NUMBER;
    } else if (base_json_in_bool(node, &flag)) {
        datum.type = MAPPING_BOOLEAN;
        datum.number = flag;
    } else if (base_json_in_is_object(node)) {
        datum.type = MAPPING_OBJECT;
    } else {
        datum.type = base_json_in_is_array(node) ? MAPPING_ARRAY : MAPPING_NULL;
    }
    return datum;
}

struct mapping_datum sensors_mapping_read_word(struct base_str text)
{
    return (struct mapping_datum){.type = MAPPING_TEXT, .text = text};
}

const struct base_json *sensors_mapping_read_steps(const struct base_json *node, const struct mapping_path *path)
{
    for (size_t i = 0; i < path->count && node; i++) {
        const struct mapping_step *step = &path->steps[i];
        if (base_json_in_is_array(node)) {
            node = step->index != SIZE_MAX ? base_json_in_at(node, step->index) : NULL;
        } else {
            node = base_json_in_get(node, step->key.at);
        }
    }
    return node;
}

static struct mapping_datum below(struct mapping_datum from, const struct mapping_path *path)
{
    return path->count ? sensors_mapping_read_node(sensors_mapping_read_steps(from.node, path)) : from;
}

static struct mapping_datum word_or_absent(struct base_str text)
{
    return text.len ? sensors_mapping_read_word(text) : (struct mapping_datum){.type = MAPPING_ABSENT};
}

static struct mapping_datum of_envelope(const struct sensors_inside *inside, size_t member)
{
    const struct base_str texts[] = {inside->brand, inside->model, inside->profile};
    if (member < BASE_COUNT(texts)) {
        return word_or_absent(texts[member]);
    }
    return (struct mapping_datum){.type = isnan(inside->f_port) ? MAPPING_ABSENT : MAPPING_NUMBER,
                                  .number = inside->f_port};
}

struct mapping_datum sensors_mapping_read_path(const struct mapping_run *run, const struct mapping_path *path)
{
    switch (path->root) {
    case MAPPING_HERE:
        return below(run->here, path);
    case MAPPING_WHOLE:
        return below(run->whole, path);
    case MAPPING_CAPTURE:
        return word_or_absent(run->captures[path->at]);
    case MAPPING_EACH_KEY:
        return word_or_absent(run->each[path->at].key);
    case MAPPING_EACH_VALUE:
        return below(run->each[path->at].value, path);
    case MAPPING_SOURCE:
        return word_or_absent(run->decoding->message->source);
    default:
        return of_envelope(run->inside, path->at);
    }
}

struct base_str sensors_mapping_read_text(struct sensors_decoding *decoding, const struct mapping_datum *datum)
{
    char text[40];
    int64_t whole;
    int len = 0;
    if (datum->type == MAPPING_TEXT) {
        return datum->text;
    }
    if (datum->type == MAPPING_BOOLEAN) {
        return base_str_of(datum->number != 0 ? "true" : "false");
    }
    if (datum->type == MAPPING_NUMBER && base_json_in_i64(datum->node, &whole)) { /* beyond what a double holds */
        len = snprintf(text, sizeof text, "%lld", (long long)whole);
    } else if (datum->type == MAPPING_NUMBER && fabs(datum->number) < 1e15) { /* else digits are lost: ids become one */
        len = snprintf(text, sizeof text, "%.15g", datum->number);
    }
    return sensors_decode_keep(decoding, (struct base_str){text, (size_t)len});
}

double sensors_mapping_read_number(const struct mapping_datum *datum)
{
    double number;
    if (datum->type == MAPPING_NUMBER) {
        return datum->number;
    }
    return datum->type == MAPPING_TEXT && base_str_f64(base_str_trim(datum->text), &number) ? number : NAN;
}

double sensors_mapping_read_yes_no(const struct mapping_datum *datum)
{
    if (datum->type == MAPPING_BOOLEAN || datum->type == MAPPING_NUMBER) {
        return datum->number == 0 || datum->number == 1 ? datum->number : NAN;
    }
    return datum->type == MAPPING_TEXT ? sensors_decode_yes_no_text(base_str_trim(datum->text)) : NAN;
}

unsigned sensors_mapping_read_private(const struct mapping_run *run, const struct mapping_path *path)
{
    const struct mapping_datum datum = sensors_mapping_read_path(run, path);
    return datum.type > MAPPING_NULL && (datum.type != MAPPING_TEXT || datum.text.len);
}

bool sensors_mapping_read_same(struct mapping_run *run, const struct mapping_datum *said,
                               const struct mapping_datum *constant)
{
    if (said->type == MAPPING_ABSENT) {
        return false;
    }
    switch (constant->type) {
    case MAPPING_TEXT:
        return said->type <= MAPPING_TEXT && said->type != MAPPING_NULL &&
               base_str_equal(sensors_mapping_read_text(run->decoding, said), constant->text);
    case MAPPING_NUMBER:
        return sensors_mapping_read_number(said) == constant->number;
    case MAPPING_BOOLEAN:
        return sensors_mapping_read_yes_no(said) == constant->number;
    default:
        return said->type == MAPPING_NULL;
    }
}

static struct mapping_datum first_there(const struct mapping_run *run, const struct mapping_value *value)
{
    struct mapping_datum datum = value->constant;
    for (size_t i = 0; i < value->path_count && datum.type <= MAPPING_NULL; i++) {
        datum = sensors_mapping_read_path(run, &value->paths[i]);
    }
    return datum;
}

/* All of them, or it is not there: half an identity is somebody else's. */
static struct mapping_datum joined(struct mapping_run *run, const struct mapping_value *value)
{
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, MAPPING_KEY_MAX);
    for (size_t i = 0; i < value->path_count; i++) {
        const struct mapping_datum datum = sensors_mapping_read_path(run, &value->paths[i]);
        struct base_str part = sensors_mapping_read_text(run->decoding, &datum);
        if (!part.len) {
            return (struct mapping_datum){.type = MAPPING_ABSENT};
        }
        base_buf_append(&text, value->by.at ? value->by.at : "", i ? value->by.len : 0);
        base_buf_append(&text, part.at, part.len);
    }
    return text.err ? (struct mapping_datum){.type = MAPPING_ABSENT}
                    : word_or_absent(sensors_decode_keep(run->decoding, base_buf_str(&text)));
}

static struct mapping_datum listed(struct mapping_run *run, const struct mapping_value *value,
                                   const struct mapping_datum *datum)
{
    struct base_str said = sensors_mapping_read_text(run->decoding, datum);
    const struct mapping_row *other = NULL;
    for (size_t i = 0; i < value->row_count; i++) {
        if (base_str_equal(value->rows[i].said, said)) {
            return value->rows[i].meant;
        }
        other = base_str_is(value->rows[i].said, "*") ? &value->rows[i] : other;
    }
    return other ? other->meant : (struct mapping_datum){.type = MAPPING_ABSENT};
}

static struct mapping_datum scaled(const struct mapping_value *value, struct mapping_datum datum, bool *dropped)
{
    double number = sensors_mapping_read_number(&datum);
    bool changes = value->scale != 1 || value->offset != 0;
    if (isnan(number) || (!changes && isinf(value->least) && isinf(value->most))) {
        return datum;
    }
    if (changes) {
        datum = (struct mapping_datum){.type = MAPPING_NUMBER, .number = number * value->scale + value->offset};
        number = datum.number;
    }
    if (!(number >= value->least && number <= value->most)) {
        *dropped = true;
        datum.type = MAPPING_ABSENT;
    }
    return datum;
}

struct mapping_datum sensors_mapping_read_value(struct mapping_run *run, const struct mapping_value *value,
                                                bool *dropped)
{
    struct mapping_datum datum = value->join ? joined(run, value) : first_there(run, value);
    for (size_t i = 0; i < value->do_count && datum.type > MAPPING_NULL; i++) {
        datum = sensors_mapping_do(run, &value->dos[i], datum);
    }
    for (size_t i = 0; i < value->drop_count; i++) {
        if (sensors_mapping_read_same(run, &datum, &value->drops[i])) {
            *dropped = true;
            return (struct mapping_datum){.type = MAPPING_ABSENT};
        }
    }
    if (value->row_count && datum.type > MAPPING_NULL) {
        datum = listed(run, value, &datum);
    }
    if (datum.type == MAPPING_NUMBER || datum.type == MAPPING_TEXT) {
        datum = scaled(value, datum, dropped);
    }
    return datum.type == MAPPING_NULL ? (struct mapping_datum){.type = MAPPING_ABSENT} : datum;
}
