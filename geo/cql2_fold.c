/* CASEI and ACCENTI, defined so that PostgreSQL 15 can do the same by its own means (the functions cql2_casei and
 * cql2_accenti of the schema). A test compares the two over every code point.
 *
 * CASEI(x) is the full case folding of Unicode (CaseFolding.txt, C and F), but Cherokee folds to its small letters. It
 * knows no language, no context and no normalisation: U+0130 gives i and U+0307, U+0131 stays, U+03C2 gives U+03C3.
 * Here: u8_casefold, then U+13A0..13EF become AB70..ABBF and U+13F0..13F5 become 13F8..13FD. In SQL, where upper and
 * lower go under the collation "und-x-icu" (ICU 72 and libunistring 1.0 differ only in what is put right here):
 *
 *   1. replace U+1E9E by ss, and U+0131 by U+FDD0 (a noncharacter; upper would make it I)
 *   2. lower(upper(x))
 *   3. replace U+03C2 by U+03C3 (lower knows the sigma that ends a word), and U+FDD0 by U+0131
 *   ASCII alone, that is octet_length(x) = length(x): lower(x collate "C") gives the same.
 *
 * A text that holds U+FDD0 itself gets U+0131 for it, here too.
 *
 * ACCENTI(x), in this order (ASCII alone: x itself):
 *
 *   1. NFD
 *   2. drop the combining marks of Latin, Greek, Cyrillic, Hebrew, Arabic and Syriac and the general ones, as a regular
 *      expression of PostgreSQL in one piece:
 *        [\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u064B-\u065F\u0670
 *        \u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u0711\u0730-\u074A\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF
 *        \uFE20-\uFE2F]
 *      Marks that tell letters apart (the voicing of kana, vowels of Indic scripts, jamo) stay.
 *   3. letters with strokes, hooks and bars, one for one (translate), 95 of them:
 *        ÐØðøĐđĦħıĿŀŁłŦŧƀƁƂƃƇƈƉƊƋƌƑƒƓƗƘƙƚƝƞƟƤƥƫƬƭƮƲƳƴƵƶǤǥȠȡȤȥȴȵȶȷȺȻȼȽȾȿɀɃɆɇɈɉɊɋɌɍɎɏɓɖɗɠɨɫɲɵɽʈʋᵽⱠⱡⱢⱣⱤⱥⱦⱾⱿ
 *        DOdoDdHhiLlLlTtbBBbCcDDDdFfGIKklNnOPptTtTVYyZzGgNdZzlntjACcLTszBEeJjQqRrYybddgilnortvpLlLPRatSZ
 *   4. replace U+00C6 by AE, U+00E6 ae, U+0152 OE, U+0153 oe, U+1E9E SS, U+00DF ss, U+00DE TH, U+00FE th
 *   5. NFC
 *
 * What is no UTF-8 stays as it is, byte by byte; PostgreSQL has no such text. */
#include "geo/cql2_run_private.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

/* What neither folding touches: ASCII, and the Chinese characters with lead bytes E4 to E9 (U+4000..9FFF). */
static size_t untouched(struct base_str text)
{
    const unsigned char *at = (const unsigned char *)text.at;
    size_t i = 0;
    while (i < text.len) {
        if (at[i] < 0x80) {
            i++;
        } else if (at[i] >= 0xE4 && at[i] <= 0xE9 && text.len - i >= 3 && (at[i + 1] & 0xC0) == 0x80 &&
                   (at[i + 2] & 0xC0) == 0x80) {
            i += 3;
        } else {
            break;
        }
    }
    return i;
}

static bool has_capital(struct base_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] >= 'A' && text.at[i] <= 'Z') {
            return true;
        }
    }
    return false;
}

/* Text that has only ASCII and Chinese characters. */
static enum base_err lower_plain(struct base_str text, struct base_arena *arena, struct base_str *ret_text)
{
    if (!has_capital(text)) {
        *ret_text = text;
        return BASE_OK;
    }
    char *to = base_arena_room(arena, text.len);
    if (!to) {
        return BASE_NOMEM;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool capital = text.at[i] >= 'A' && text.at[i] <= 'Z';
        to[i] = capital ? (char)(text.at[i] + 32) : text.at[i];
    }
    *ret_text = (struct base_str){to, text.len};
    return BASE_OK;
}

/* Bytes being made; grows no more once it has failed. */
struct folding {
    uint8_t *bytes;
    size_t len, room;
    bool failed;
};

static void put(struct folding *folding, const void *bytes, size_t len)
{
    if (len > folding->room - folding->len) {
        folding->failed = true;
        return;
    }
    memcpy(folding->bytes + folding->len, bytes, len);
    folding->len += len;
}

static void put_point(struct folding *folding, ucs4_t point)
{
    uint8_t bytes[6];
    int len = u8_uctomb(bytes, point, sizeof bytes);
    put(folding, bytes, len > 0 ? (size_t)len : 0);
}

/* Cherokee folds to its small letters, and U+FDD0 is how SQL writes the i without a dot. */
static ucs4_t casei_point(ucs4_t point)
{
    if (point >= 0x13A0 && point <= 0x13EF) {
        return point - 0x13A0 + 0xAB70;
    }
    if (point >= 0x13F0 && point <= 0x13F5) {
        return point + 8;
    }
    return point == 0xFDD0 ? 0x131 : point;
}

struct range {
    uint16_t first, last;
};

static const struct range marks[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x05BF, 0x05BF}, {0x05C1, 0x05C2},
    {0x05C4, 0x05C5}, {0x05C7, 0x05C7}, {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0670, 0x0670},
    {0x06D6, 0x06DC}, {0x06DF, 0x06E4}, {0x06E7, 0x06E8}, {0x06EA, 0x06ED}, {0x0711, 0x0711},
    {0x0730, 0x074A}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F},
};

static bool is_mark(ucs4_t point)
{
    for (size_t i = 0; i < BASE_COUNT(marks) && point >= marks[i].first; i++) {
        if (point <= marks[i].last) {
            return true;
        }
    }
    return false;
}

/* Sorted by code point. */
static const struct {
    uint16_t point;
    char base[3];
} strokes[] = {
    {0x00C6, "AE"}, {0x00D0, "D"},  {0x00D8, "O"},  {0x00DE, "TH"}, {0x00DF, "ss"}, {0x00E6, "ae"}, {0x00F0, "d"},
    {0x00F8, "o"},  {0x00FE, "th"}, {0x0110, "D"},  {0x0111, "d"},  {0x0126, "H"},  {0x0127, "h"},  {0x0131, "i"},
    {0x013F, "L"},  {0x0140, "l"},  {0x0141, "L"},  {0x0142, "l"},  {0x0152, "OE"}, {0x0153, "oe"}, {0x0166, "T"},
    {0x0167, "t"},  {0x0180, "b"},  {0x0181, "B"},  {0x0182, "B"},  {0x0183, "b"},  {0x0187, "C"},  {0x0188, "c"},
    {0x0189, "D"},  {0x018A, "D"},  {0x018B, "D"},  {0x018C, "d"},  {0x0191, "F"},  {0x0192, "f"},  {0x0193, "G"},
    {0x0197, "I"},  {0x0198, "K"},  {0x0199, "k"},  {0x019A, "l"},  {0x019D, "N"},  {0x019E, "n"},  {0x019F, "O"},
    {0x01A4, "P"},  {0x01A5, "p"},  {0x01AB, "t"},  {0x01AC, "T"},  {0x01AD, "t"},  {0x01AE, "T"},  {0x01B2, "V"},
    {0x01B3, "Y"},  {0x01B4, "y"},  {0x01B5, "Z"},  {0x01B6, "z"},  {0x01E4, "G"},  {0x01E5, "g"},  {0x0220, "N"},
    {0x0221, "d"},  {0x0224, "Z"},  {0x0225, "z"},  {0x0234, "l"},  {0x0235, "n"},  {0x0236, "t"},  {0x0237, "j"},
    {0x023A, "A"},  {0x023B, "C"},  {0x023C, "c"},  {0x023D, "L"},  {0x023E, "T"},  {0x023F, "s"},  {0x0240, "z"},
    {0x0243, "B"},  {0x0246, "E"},  {0x0247, "e"},  {0x0248, "J"},  {0x0249, "j"},  {0x024A, "Q"},  {0x024B, "q"},
    {0x024C, "R"},  {0x024D, "r"},  {0x024E, "Y"},  {0x024F, "y"},  {0x0253, "b"},  {0x0256, "d"},  {0x0257, "d"},
    {0x0260, "g"},  {0x0268, "i"},  {0x026B, "l"},  {0x0272, "n"},  {0x0275, "o"},  {0x027D, "r"},  {0x0288, "t"},
    {0x028B, "v"},  {0x1D7D, "p"},  {0x1E9E, "SS"}, {0x2C60, "L"},  {0x2C61, "l"},  {0x2C62, "L"},  {0x2C63, "P"},
    {0x2C64, "R"},  {0x2C65, "a"},  {0x2C66, "t"},  {0x2C7E, "S"},  {0x2C7F, "Z"},
};

static const char *base_of(ucs4_t point)
{
    size_t low = 0, high = BASE_COUNT(strokes);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strokes[middle].point == point) {
            return strokes[middle].base;
        }
        if (strokes[middle].point < point) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static void put_without_accent(struct folding *folding, ucs4_t point)
{
    const char *base = base_of(point);
    if (base) {
        put(folding, base, strlen(base));
    } else if (!is_mark(point)) {
        put_point(folding, point);
    }
}

enum { GROWTH = 3, SPARE = 16 }; /* no code point folds or decomposes to more than three times its bytes */

static struct folding folding_new(struct base_arena *arena, size_t len)
{
    size_t room = len <= (SIZE_MAX - SPARE) / GROWTH ? len * GROWTH + SPARE : SIZE_MAX;
    uint8_t *bytes = base_arena_room(arena, room);
    return (struct folding){.bytes = bytes, .room = bytes ? room : 0, .failed = bytes == NULL};
}

/* u8_casefold and u8_normalize write to the room they are given, or to memory of their own when it is too small. */
static void take(struct folding *folding, uint8_t *made, size_t len)
{
    if (made == folding->bytes && made) {
        folding->len = len;
        return;
    }
    folding->failed = folding->failed || !made;
    if (made) {
        put(folding, made, len);
        free(made);
    }
}

static struct folding normalized(uninorm_t form, const uint8_t *bytes, size_t len, struct base_arena *arena)
{
    struct folding to = folding_new(arena, len);
    size_t room = to.room;
    if (!to.failed) {
        uint8_t *made = u8_normalize(form, bytes, len, to.bytes, &room);
        take(&to, made, room);
    }
    return to;
}

static struct folding casefolded(const uint8_t *bytes, size_t len, struct base_arena *arena)
{
    struct folding to = folding_new(arena, len);
    size_t room = to.room;
    if (!to.failed) {
        uint8_t *made = u8_casefold(bytes, len, NULL, NULL, to.bytes, &room);
        take(&to, made, room);
    }
    return to;
}

/* A piece of good UTF-8. */
static void fold_piece(enum cql2_op op, const uint8_t *bytes, size_t len, struct base_arena *arena,
                       struct folding *folding)
{
    struct folding from = op == CQL2_CASEI ? casefolded(bytes, len, arena) : normalized(UNINORM_NFD, bytes, len, arena);
    struct folding stripped = folding_new(arena, from.len);
    for (size_t at = 0; at < from.len;) {
        ucs4_t point;
        int width = u8_mbtoucr(&point, from.bytes + at, from.len - at);
        at += width > 0 ? (size_t)width : from.len;
        if (op == CQL2_CASEI) {
            put_point(&stripped, casei_point(point));
        } else {
            put_without_accent(&stripped, point);
        }
    }
    if (op == CQL2_ACCENTI) {
        stripped = stripped.failed ? stripped : normalized(UNINORM_NFC, stripped.bytes, stripped.len, arena);
    }
    folding->failed = folding->failed || from.failed || stripped.failed;
    if (!folding->failed) {
        put(folding, stripped.bytes, stripped.len);
    }
}

enum base_err cql2_fold(enum cql2_op op, struct base_str text, struct base_arena *arena, struct base_str *ret_text)
{
    if (untouched(text) == text.len) {
        if (op == CQL2_CASEI) {
            return lower_plain(text, arena, ret_text);
        }
        *ret_text = text;
        return BASE_OK;
    }
    struct folding folding = folding_new(arena, text.len);
    const uint8_t *at = (const uint8_t *)text.at;
    const uint8_t *end = at + text.len;
    while (at < end && !folding.failed) {
        const uint8_t *bad = u8_check(at, (size_t)(end - at));
        const uint8_t *stop = bad ? bad : end;
        if (stop > at) {
            fold_piece(op, at, (size_t)(stop - at), arena, &folding);
        }
        if (bad) {
            put(&folding, bad, 1);
        }
        at = bad ? bad + 1 : end;
    }
    if (folding.failed) {
        return BASE_NOMEM;
    }
    *ret_text = (struct base_str){(const char *)folding.bytes, folding.len};
    return BASE_OK;
}
