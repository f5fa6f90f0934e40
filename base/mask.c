/* Numbers that are somebody's, taken out of what people write: found by their form alone, so that what comes close -
 * times, units of a building, ids of devices - stays. A number may be written in groups, in full-width digits or in
 * Chinese ones. */
#include "base/base.h"

#include <string.h>

enum { DIGITS_MAX = 18, GROUPS_MAX = 6, GROUP_LEAST = 3, SEPARATORS_MAX = 4, LOCAL_MAX = 64 };

/* Digits in a row of groups, a separator between two: "138-0013 8000". */
struct number {
    char digits[DIGITS_MAX + 1];
    size_t groups;
    size_t lens[GROUPS_MAX]; /* digits up to a group's end */
    size_t ends[GROUPS_MAX]; /* its end in the text */
};

/* --- characters --- */

static bool is_at(struct base_str text, size_t at, const char *what)
{
    size_t len = strlen(what);
    return text.len - at >= len && memcmp(text.at + at, what, len) == 0;
}

/* Names end in a numeral (张三): digits of one number are of one kind. */
enum kind { ASCII, WIDE, CHINESE };

/* Bytes of the digit that stands there; 0: none does. */
static size_t digit_at(struct base_str text, size_t at, enum kind *ret_kind, char *ret_digit)
{
    static const char *const others[] = {"０0", "１1", "２2", "３3", "４4", "５5", "６6", "７7", "８8", "９9", "〇0",
                                         "零0", "一1", "幺1", "二2", "三3", "四4", "五5", "六6", "七7", "八8", "九9"};
    if (at < text.len && text.at[at] >= '0' && text.at[at] <= '9') {
        *ret_kind = ASCII;
        *ret_digit = text.at[at];
        return 1;
    }
    for (size_t i = 0; at < text.len && (text.at[at] & 0x80) && i < BASE_COUNT(others); i++) {
        size_t len = strlen(others[i]) - 1;
        if (text.len - at >= len && memcmp(text.at + at, others[i], len) == 0) {
            *ret_kind = i < 10 ? WIDE : CHINESE;
            *ret_digit = others[i][len];
            return len;
        }
    }
    return 0;
}

static size_t separator_at(struct base_str text, size_t at)
{
    static const char *const separators[] = {" ", "-", ")", "）", "－", "　"};
    for (size_t i = 0; i < BASE_COUNT(separators); i++) {
        if (is_at(text, at, separators[i])) {
            return strlen(separators[i]);
        }
    }
    return 0;
}

/* Bytes between two groups, "021) - 6382"; 0: nothing is. */
static size_t between_at(struct base_str text, size_t at)
{
    size_t len = 0, more = 1;
    for (int i = 0; i < SEPARATORS_MAX && more; i++) {
        more = separator_at(text, at + len);
        len += more;
    }
    return len;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_local(char c) /* of an address before its @ */
{
    return is_letter(c) || (c >= '0' && c <= '9') || (c != '\0' && strchr("._%+-", c));
}

static bool is_label(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

/* --- e-mail --- */

static size_t domain_end(struct base_str text, size_t at)
{
    size_t end = 0, label = at;
    for (; at < text.len && (is_label(text.at[at]) || text.at[at] == '.'); at++) {
        if (text.at[at] == '.') {
            label = at + 1;
        } else if (label > 1 && text.at[label - 1] == '.' && at > label && is_letter(text.at[at]) &&
                   is_letter(text.at[label])) {
            end = at + 1;
        }
    }
    return end;
}

/* Where the address that begins there ends; 0: none does. */
static size_t email_end(struct base_str text, size_t at)
{
    size_t end = at;
    if (at > 0 && is_local(text.at[at - 1])) {
        return 0;
    }
    while (end < text.len && is_local(text.at[end])) {
        end++;
    }
    size_t sign = end == at || end - at > LOCAL_MAX ? 0 : is_at(text, end, "@") ? 1 : is_at(text, end, "＠") ? 3 : 0;
    return sign && end + sign < text.len && is_label(text.at[end + sign]) ? domain_end(text, end + sign) : 0;
}

/* --- what digits are --- */

static bool is_mobile(const char *digits, size_t len)
{
    size_t code = len == 15 && memcmp(digits, "0086", 4) == 0 ? 4 : len == 13 && memcmp(digits, "86", 2) == 0 ? 2 : 0;
    return len - code == 11 && digits[code] == '1' && digits[code + 1] >= '3';
}

/* Area codes: 010, 02x, else of four digits; a line's number has seven or eight and begins with 2 to 8. */
static bool is_landline(const struct number *number, size_t groups, size_t len)
{
    const char *digits = number->digits;
    size_t area = digits[1] == '2' || memcmp(digits, "010", 3) == 0 ? 3 : 4;
    return len >= area + 7 && len <= area + 8 && digits[0] == '0' && (area == 3 || digits[1] >= '3') &&
           digits[area] >= '2' && digits[area] <= '8' && (groups == 1 || number->lens[0] == area);
}

/* GB 11643: a date within, and the last character is ISO 7064 MOD 11-2 of the others. */
static bool is_citizen(const char *digits, char last)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0, month = (digits[10] - '0') * 10 + digits[11] - '0', day = (digits[12] - '0') * 10 + digits[13] - '0';
    for (size_t i = 0; i < BASE_COUNT(weights); i++) {
        sum += weights[i] * (digits[i] - '0');
    }
    return "10X98765432"[sum % 11] == last && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
           (memcmp(digits + 6, "18", 2) == 0 || memcmp(digits + 6, "19", 2) == 0 || memcmp(digits + 6, "20", 2) == 0);
}

/* --- what stands before and after --- */

static size_t before(struct base_str text, size_t at, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(words[i]);
        if (at >= len && strncasecmp(text.at + at - len, words[i], len) == 0) {
            return len;
        }
    }
    return 0;
}

/* "电话:63821234", "tel 13800138000": whatever digits follow are a number to call. */
static bool is_called(struct base_str text, size_t at)
{
    static const char *const skipped[] = {" ", ":", "：", "是", "为", "号", "码"};
    static const char *const words[] = {"电话", "座机", "手机", "微信", "致电", "拨打", "tel", "phone", "mobile"};
    size_t len;
    while ((len = before(text, at, skipped, BASE_COUNT(skipped))) > 0) {
        at -= len;
    }
    return before(text, at, words, BASE_COUNT(words)) > 0;
}

/* Of an id ("SN13800138000"), a fraction or an amount. */
static bool is_part(struct base_str text, size_t at)
{
    static const char *const amounts[] = {"$", "¥", "￥", "_"};
    char last = at > 0 ? text.at[at - 1] : ' ', more = at > 1 ? text.at[at - 2] : ' ';
    return is_letter(last) || (last == '.' && more >= '0' && more <= '9') ||
           before(text, at, amounts, BASE_COUNT(amounts)) > 0;
}

static bool goes_on(struct base_str text, size_t end)
{
    return end < text.len &&
           (is_letter(text.at[end]) || text.at[end] == '_' ||
            (text.at[end] == '.' && end + 1 < text.len && text.at[end + 1] >= '0' && text.at[end + 1] <= '9'));
}

/* --- numbers --- */

/* Digits of one kind from there on. */
static size_t group_end(struct base_str text, size_t at, char *digits, size_t *len)
{
    enum kind first, kind;
    char digit;
    size_t bytes = digit_at(text, at, &first, &digit);
    for (kind = first; bytes && kind == first; bytes = digit_at(text, at, &kind, &digit)) {
        at += bytes;
        if (*len < DIGITS_MAX) {
            digits[*len] = digit;
        }
        ++*len;
    }
    return at;
}

/* Groups from there on, as many as one number may have. */
static void number_read(struct base_str text, size_t at, struct number *number)
{
    size_t len = 0, apart = 0;
    *number = (struct number){.groups = 0};
    do {
        size_t had = len, end = group_end(text, at + apart, number->digits, &len);
        if (len == had || len > DIGITS_MAX) {
            return;
        }
        number->lens[number->groups] = len;
        number->ends[number->groups++] = at = end;
        apart = between_at(text, at);
    } while (apart && number->groups < GROUPS_MAX);
}

/* Has no group that is too short, but a country's code. */
static bool is_even(const struct number *number, size_t groups)
{
    bool code = number->lens[0] == 2 && memcmp(number->digits, "86", 2) == 0, even = true;
    for (size_t i = code; i < groups; i++) {
        even = even && number->lens[i] - (i ? number->lens[i - 1] : 0) >= GROUP_LEAST;
    }
    return even;
}

/* Where a number of somebody ends that has so many of these groups; 0: it is none. */
static size_t end_of(struct base_str text, const struct number *number, size_t groups, bool abroad, bool called)
{
    size_t len = number->lens[groups - 1], end = number->ends[groups - 1];
    size_t x = is_at(text, end, "x") || is_at(text, end, "X") ? 1 : is_at(text, end, "Ｘ") ? strlen("Ｘ") : 0;
    if (len == 17 && x && !goes_on(text, end + x) && is_citizen(number->digits, 'X')) {
        return end + x;
    }
    if (goes_on(text, end)) {
        return 0;
    }
    bool is = len == 18 && is_citizen(number->digits, number->digits[17]);
    if (is_even(number, groups)) {
        is = is || is_mobile(number->digits, len) || (len >= 10 && is_landline(number, groups, len)) ||
             (called && len >= 7 && len <= 12);
    }
    return is || (abroad && len >= 10 && len <= 15) ? end : 0;
}

/* Where the number that begins there ends; 0: none does. */
static size_t number_end(struct base_str text, size_t at)
{
    struct number number;
    bool abroad = at > 0 && text.at[at - 1] == '+', called = is_called(text, at - abroad);
    size_t end = 0;
    if (!called && is_part(text, at - abroad)) {
        return 0;
    }
    number_read(text, at, &number);
    for (size_t groups = number.groups; groups > 0 && !end; groups--) {
        end = end_of(text, &number, groups, abroad, called);
    }
    return end;
}

size_t base_mask(struct base_str text, struct base_buf *masked, struct base_buf *taken)
{
    size_t count = 0, kept = 0, at = 0;
    while (at < text.len) {
        char digits[DIGITS_MAX];
        size_t len = 0, past = group_end(text, at, digits, &len), end = email_end(text, at);
        end = end || !len ? end : number_end(text, at);
        if (end) {
            base_buf_append(masked, text.at + kept, at - kept);
            base_buf_text(masked, BASE_MASK);
            base_buf_printf(taken, "%s%.*s", count++ ? ", " : "", (int)(end - at), text.at + at);
            kept = end;
        }
        at = end ? end : len ? past : at + 1;
    }
    base_buf_append(masked, text.at + kept, text.len - kept);
    return count;
}
