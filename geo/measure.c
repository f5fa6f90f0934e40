/* Heights and storeys are typed by people; what they wrote is read as they meant it or refused, never guessed. */
#include "geo/geo.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct base_str drop(struct base_str text, size_t len)
{
    return (struct base_str){text.at + len, text.len - len};
}

/* Takes a number off the front; a comma is a decimal point when digits follow it. */
static bool take_number(struct base_str *text, double *ret_value)
{
    char digits[32];
    size_t len = 0;
    bool point = false;
    while (len < text->len && len + 1 < sizeof digits) {
        char c = text->at[len];
        bool sign = len == 0 && (c == '-' || c == '+');
        bool mark = !point && (c == '.' || (c == ',' && len + 1 < text->len && is_digit(text->at[len + 1])));
        if (!is_digit(c) && !sign && !mark) {
            break;
        }
        point = point || mark;
        digits[len++] = mark ? '.' : c;
    }
    if (!base_str_f64((struct base_str){digits, len}, ret_value)) {
        return false;
    }
    *text = base_str_trim(drop(*text, len));
    return true;
}

static bool take_word(struct base_str *text, const char *word)
{
    size_t len = strlen(word);
    if (text->len < len || strncasecmp(text->at, word, len) != 0) {
        return false;
    }
    *text = base_str_trim(drop(*text, len));
    return true;
}

static void drop_about(struct base_str *text)
{
    static const char *const words[] = {"~", "ca.", "ca", "approx.", "approx", "about", "约", "≈"};
    for (size_t i = 0; i < BASE_COUNT(words); i++) {
        if (take_word(text, words[i])) {
            return;
        }
    }
}

static const struct {
    const char *word;
    double metres;
} units[] = {
    {"metres", 1},    {"meters", 1},    {"metre", 1},   {"meter", 1},  {"mm", 0.001}, {"cm", 0.01}, {"m", 1},
    {"feet", 0.3048}, {"foot", 0.3048}, {"ft", 0.3048}, {"'", 0.3048}, {"′", 0.3048}, {"米", 1},
};

/* What follows feet: inches, or nothing. */
static bool take_inches(struct base_str *text, double *metres)
{
    double inches;
    if (text->len == 0) {
        return true;
    }
    if (!take_number(text, &inches)) {
        return false;
    }
    if (!take_word(text, "\"") && !take_word(text, "″") && !take_word(text, "inches") && !take_word(text, "in")) {
        return false;
    }
    *metres += inches * 0.0254;
    return text->len == 0;
}

static bool one_height(struct base_str text, double *ret_metres)
{
    double value;
    text = base_str_trim(text);
    drop_about(&text);
    if (!take_number(&text, &value)) {
        return false;
    }
    for (size_t i = 0; i < BASE_COUNT(units); i++) {
        if (take_word(&text, units[i].word)) {
            *ret_metres = value * units[i].metres;
            return units[i].metres == 0.3048 ? take_inches(&text, ret_metres) : text.len == 0;
        }
    }
    *ret_metres = value;
    return text.len == 0;
}

static bool one_levels(struct base_str text, double *ret_levels)
{
    static const char *const words[] = {"levels", "level", "storeys", "storey", "stories",
                                        "floors", "floor", "f",       "层",     "楼"};
    double value, upper;
    text = base_str_trim(text);
    drop_about(&text);
    if (!take_number(&text, &value)) {
        return false;
    }
    if (take_word(&text, "-") || take_word(&text, "–")) { /* "3-4": a range */
        if (!take_number(&text, &upper)) {
            return false;
        }
        value = fmax(value, upper);
    }
    for (size_t i = 0; i < BASE_COUNT(words) && text.len; i++) {
        if (take_word(&text, words[i])) {
            break;
        }
    }
    *ret_levels = ceil(value);
    return text.len == 0;
}

/* Lists hold one value per part of a building: the largest stands for the whole. */
static enum geo_measure largest(struct base_str text, bool (*one)(struct base_str, double *), double max, double *ret)
{
    struct base_str part;
    double best = -INFINITY;
    if (base_str_trim(text).len == 0) {
        return GEO_MEASURE_NONE;
    }
    while (base_str_next(&text, ';', &part)) {
        double value;
        if (base_str_trim(part).len == 0) {
            continue;
        }
        if (!one(part, &value)) {
            return GEO_MEASURE_UNREADABLE;
        }
        best = fmax(best, value);
    }
    if (best == -INFINITY) {
        return GEO_MEASURE_UNREADABLE;
    }
    if (!(best > 0 && best <= max)) {
        return GEO_MEASURE_IMPOSSIBLE;
    }
    *ret = best;
    return GEO_MEASURE_OK;
}

enum geo_measure geo_measure_height(struct base_str text, double *ret_metres)
{
    return largest(text, one_height, GEO_MEASURE_HEIGHT_MAX, ret_metres);
}

enum geo_measure geo_measure_levels(struct base_str text, int *ret_levels)
{
    double levels;
    enum geo_measure read = largest(text, one_levels, GEO_MEASURE_LEVELS_MAX, &levels);
    if (read == GEO_MEASURE_OK) {
        *ret_levels = (int)levels;
    }
    return read;
}
