/* base/mask.c: what is somebody's number, and what only looks like one. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *text, const char *masked, const char *taken, size_t count)
{
    AUTO_VALUE(base_buf) out;
    AUTO_VALUE(base_buf) away;
    base_buf_init(&out, 10000);
    base_buf_init(&away, 10000);
    size_t found = base_mask(base_str_of(text), &out, &away);
    if (strcmp(base_buf_cstr(&out), masked) != 0 || strcmp(base_buf_cstr(&away), taken) != 0 || found != count) {
        fail_msg("\"%s\" became \"%s\" (%zu: \"%s\")", text, base_buf_cstr(&out), found, base_buf_cstr(&away));
    }
}

static void numbers_of_people_are_taken_out(void **state)
{
    (void)state;
    static const char *const numbers[] = {"13800138000",
                                          "138 0013 8000",
                                          "138-0013-8000",
                                          "1380013 8000",
                                          "13800 138000",
                                          "138 00138000",
                                          "8613800138000",
                                          "86 13800138000",
                                          "86-138-0013-8000",
                                          "008613800138000",
                                          "0086 138 0013 8000",
                                          "１３８００１３８０００",
                                          "一三八零零一三八零零零",
                                          "幺三八零零幺三八零零零",
                                          "一三八 〇〇一三 八〇〇〇",
                                          "021-63821234",
                                          "021 6382 1234",
                                          "0512-6543210",
                                          "05126543210",
                                          "0512 6543 2100",
                                          "010-82345678",
                                          "11010519491231002X",
                                          "11010519491231002x",
                                          "11010519491231002Ｘ",
                                          "110105 19491231 002X",
                                          "440308199901101512",
                                          "zhang.san@example.org",
                                          "13800138000@qq.com",
                                          "a_b+c@mail.example.com.cn",
                                          "zhang＠example.org"};
    static const char *const around[][2] = {{"", ""},          {"打 ", " 找他"},    {"张三", "一直打不通"},
                                            {"联系人:", "。"}, {"(", ")"},          {"李四,", ",3号楼1702"},
                                            {"电话:", " 急"},  {"他说\n", "\n完了"}};
    for (size_t i = 0; i < BASE_COUNT(numbers); i++) {
        for (size_t j = 0; j < BASE_COUNT(around); j++) {
            bool numeral = (unsigned char)numbers[i][0] >= 0xE4 && (unsigned char)numbers[i][0] < 0xEF;
            if (numeral && j == 2) {
                continue; /* whose digit is the first or the last? nobody can say */
            }
            char text[200], masked[200];
            snprintf(text, sizeof text, "%s%s%s", around[j][0], numbers[i], around[j][1]);
            snprintf(masked, sizeof masked, "%s" BASE_MASK "%s", around[j][0], around[j][1]);
            expect(text, masked, numbers[i], 1);
        }
    }
}

static void also_where_a_word_says_so(void **state)
{
    (void)state;
    expect("电话63821234", "电话■■■", "63821234", 1);
    expect("座机是：6382 1234", "座机是：■■■", "6382 1234", 1);
    expect("Tel: 6543210.", "Tel: ■■■.", "6543210", 1);
    expect("tel13800138000", "tel■■■", "13800138000", 1);
    expect("(021) 6382 1234", "(■■■", "021) 6382 1234", 1);
    expect("+44 7911 123456", "+■■■", "44 7911 123456", 1);
    expect("+86 138 0013 8000", "+■■■", "86 138 0013 8000", 1);
    expect("两个号码 13800138000、13900139000 和 a@b.cn", "两个号码 ■■■、■■■ 和 ■■■",
           "13800138000, 13900139000, a@b.cn", 3);
    expect("13800138000 1702", "■■■ 1702", "13800138000", 1);
    expect("13800138000/13900139000", "■■■/■■■", "13800138000, 13900139000", 2);
}

static void what_is_nobody_s_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "三楼有烟",
                                        "12号楼3单元1702",
                                        "3-2-1702 漏水",
                                        "2026-11-22 13:05:09",
                                        "2026年11月22日13时05分",
                                        "20261122130509",
                                        "1732250000",
                                        "1732250000000",
                                        "22:00-06:00",
                                        "罚款13800.50元",
                                        "¥13800138000",
                                        "$13800138000",
                                        "设备 860026000026",
                                        "设备SN13800138000",
                                        "dev_13800138000",
                                        "0000000000000039",
                                        "00:15:8d:00:00:00:00:33",
                                        "0x00158d0000000033",
                                        "861234567890123",
                                        "沪A12345",
                                        "121.41234567,31.20123456",
                                        "139.12345678",
                                        "10.21.21.21",
                                        "110105194912310021",
                                        "11010519491231002",
                                        "110105194913310023",
                                        "12345678",
                                        "63821234",
                                        "1301、1302、1303室",
                                        "1301 1302 1303",
                                        "12345678901234567890123",
                                        "@",
                                        "a@",
                                        "@b.cn",
                                        "a@b",
                                        "a@b.1",
                                        "见 http://example.org/a",
                                        "电话 1702",
                                        "400-820-8820",
                                        "订单 2026112200012",
                                        "10000000000",
                                        "12800138000",
                                        "+08:00",
                                        "+100",
                                        "■■■"};
    for (size_t i = 0; i < BASE_COUNT(texts); i++) {
        expect(texts[i], texts[i], "", 0);
    }
}

static void what_was_masked_is_not_masked_again(void **state)
{
    (void)state;
    expect("找 ■■■ 或 ■■■", "找 ■■■ 或 ■■■", "", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_people_are_taken_out),
        cmocka_unit_test(also_where_a_word_says_so),
        cmocka_unit_test(what_is_nobody_s_stays),
        cmocka_unit_test(what_was_masked_is_not_masked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
