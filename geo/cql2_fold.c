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
#include "geo/cql2_private.h"
