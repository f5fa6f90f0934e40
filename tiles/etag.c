/* Entity tags: made of content, compared as RFC 9110 has it. */
#include "tiles/tiles.h"

#include <string.h>

void tiles_etag_of(struct base_str content, char suffix, char ret_etag[TILES_ETAG_TEXT])
{
    char hex[BASE_ID_TEXT];
    base_id_hex(base_key_digest(content), hex);
    snprintf(ret_etag, TILES_ETAG_TEXT, "\"%s-%c\"", hex, suffix);
}

bool tiles_etag_listed(const char *header, const char *etag)
{
    struct base_str rest = base_str_of(header), item;
    while (header && base_str_next(&rest, ',', &item)) {
        item = base_str_trim(item);
        if (item.len > 2 && memcmp(item.at, "W/", 2) == 0) {
            item = (struct base_str){item.at + 2, item.len - 2};
        }
        if (base_str_is(item, "*") || base_str_is(item, etag)) {
            return true;
        }
    }
    return false;
}
