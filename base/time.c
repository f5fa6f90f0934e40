/* RFC 3339 times and short spans, without the C library's locale and time-zone state.
 * Days <-> civil dates: the proleptic Gregorian era arithmetic of H. Hinnant, "chrono-compatible low-level date
 * algorithms" (400-year eras of 146,097 days, years that begin in March). */
#include "base/base.h"

#include <math.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define DAY (INT64_C(86400) * SECOND)

int64_t base_time_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void base_time_date(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153; /* 0 is March */
    *ret_day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *ret_month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

const char *base_time_out(int64_t time_us, char text[BASE_TIME_TEXT])
{
    int64_t days = time_us / DAY - (time_us % DAY < 0);
    int64_t rest = time_us - days * DAY;
    int64_t year;
    int month, day;
    base_time_date(days, &year, &month, &day);
    text[0] = '\0';
    if (year < 0 || year > 9999) {
        return text;
    }
    int second = (int)(rest / SECOND);
    int micro = (int)(rest % SECOND);
    char fraction[8] = "";
    if (micro % 1000) {
        snprintf(fraction, sizeof fraction, ".%06u", (unsigned)micro % 1000000u);
    } else if (micro) {
        snprintf(fraction, sizeof fraction, ".%03u", (unsigned)micro / 1000u % 1000u);
    }
    snprintf(text, BASE_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u%sZ", (unsigned)year % 10000u, (unsigned)month % 100u,
             (unsigned)day % 100u, (unsigned)second / 3600u % 100u, (unsigned)second / 60u % 60u,
             (unsigned)second % 60u, fraction);
    return text;
}

/* Takes exactly count digits off the front. */
static bool digits(struct base_str *text, size_t count, int *ret_value)
{
    int64_t value;
    if (text->len < count || text->at[0] == '-' || text->at[0] == '+' ||
        !base_str_i64((struct base_str){text->at, count}, &value)) {
        return false;
    }
    text->at += count;
    text->len -= count;
    *ret_value = (int)value;
    return true;
}

static bool letter(struct base_str *text, const char *one_of)
{
    if (text->len == 0 || text->at[0] == '\0' || !strchr(one_of, text->at[0])) {
        return false;
    }
    text->at++;
    text->len--;
    return true;
}

static bool fraction(struct base_str *text, int64_t *ret_micro)
{
    int64_t micro = 0;
    int64_t place = SECOND / 10;
    size_t count = 0;
    while (text->len && text->at[0] >= '0' && text->at[0] <= '9') {
        micro += (text->at[0] - '0') * place;
        place /= 10;
        text->at++;
        text->len--;
        count++;
    }
    *ret_micro = micro;
    return count > 0;
}

static bool offset(struct base_str *text, int64_t *ret_offset_us)
{
    if (letter(text, "Zz")) {
        *ret_offset_us = 0;
        return text->len == 0;
    }
    int64_t sign = text->len && text->at[0] == '-' ? -1 : 1;
    int hours, minutes;
    if (!letter(text, "+-") || !digits(text, 2, &hours) || !letter(text, ":") || !digits(text, 2, &minutes) ||
        text->len != 0 || hours > 23 || minutes > 59) {
        return false;
    }
    *ret_offset_us = sign * (hours * 60 + minutes) * 60 * SECOND;
    return true;
}

int base_time_month_days(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool base_time_in(struct base_str text, int64_t *ret_time_us)
{
    int year, month, day, hour, minute, second;
    if (!digits(&text, 4, &year) || !letter(&text, "-") || !digits(&text, 2, &month) || !letter(&text, "-") ||
        !digits(&text, 2, &day) || !letter(&text, "Tt ") || !digits(&text, 2, &hour) || !letter(&text, ":") ||
        !digits(&text, 2, &minute) || !letter(&text, ":") || !digits(&text, 2, &second)) {
        return false;
    }
    int64_t micro = 0;
    int64_t offset_us;
    if ((letter(&text, ".") && !fraction(&text, &micro)) || !offset(&text, &offset_us)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1 || day > base_time_month_days(year, month) || hour > 23 || minute > 59 ||
        second > 60) { /* 60: a leap second */
        return false;
    }
    int64_t seconds = base_time_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *ret_time_us = seconds * SECOND + micro - offset_us;
    return true;
}

bool base_time_span_in(struct base_str text, int64_t *ret_span_us)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {{"us", 1}, {"ms", 1000}, {"s", SECOND}, {"min", 60 * SECOND}, {"h", 3600 * SECOND}, {"d", DAY}};
    size_t number = 0;
    while (number < text.len && (text.at[number] == '.' || (text.at[number] >= '0' && text.at[number] <= '9'))) {
        number++;
    }
    double value;
    if (!base_str_f64((struct base_str){text.at, number}, &value)) {
        return false;
    }
    struct base_str unit = {text.at + number, text.len - number};
    for (size_t i = 0; i < BASE_COUNT(units); i++) {
        if (base_str_is(unit, units[i].unit) && value * (double)units[i].us < 9e18) {
            *ret_span_us = llround(value * (double)units[i].us);
            return true;
        }
    }
    return false;
}
