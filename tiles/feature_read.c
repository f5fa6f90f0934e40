/* Single facts of a row, for those who must know before they tell it. */
#include "tiles/private.h"

#include <strings.h>

bool tiles_feature_state(const struct tiles_page *page, uint32_t row)
{
    return tiles_page_has_live(page, row);
}

void tiles_feature_key(const struct tiles_page *page, uint32_t row, int64_t *ret_estate_id, int64_t *ret_id)
{
    *ret_estate_id = page->estates[row];
    *ret_id = page->ids[row];
}

bool tiles_feature_i64(const struct tiles_page *page, uint32_t row, const char *column, int64_t *ret_value)
{
    int at = tiles_table_column(page->table, column);
    return at >= 0 && tiles_page_i64(page, row, at, ret_value);
}

static bool contains(struct base_str text, struct base_str word)
{
    for (size_t at = 0; at + word.len <= text.len; at++) {
        if (strncasecmp(text.at + at, word.at, word.len) == 0) {
            return true;
        }
    }
    return false;
}

/* A kind is what the device's owner calls it. */
bool tiles_camera_kind(struct base_str kind)
{
    static const char *const words[] = {"camera", "cctv",   "video", "recorder", "nvr",  "dvr",  "ipc",
                                        "onvif",  "webcam", "摄像",  "监控",     "录像", "抓拍", "可视"};
    bool is = false;
    for (size_t i = 0; i < BASE_COUNT(words) && !is; i++) {
        is = contains(kind, base_str_of(words[i]));
    }
    return is;
}

bool tiles_feature_camera(const struct tiles_page *page, uint32_t row)
{
    struct base_str kind;
    int at = tiles_table_column(page->table, "kind");
    return at >= 0 && tiles_page_text(page, row, at, &kind) && tiles_camera_kind(kind);
}
