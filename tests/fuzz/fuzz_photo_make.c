/* What somebody sends as a photo: whatever it is, an answer; and of what is kept the bytes are a small JPEG. */
#include "photo/photo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_diag diag = {""};
    struct photo photo;
    enum base_err err = photo_make((struct base_str){(const char *)data, size}, &diag, &photo);
    if (err) {
        check(err == BASE_INVALID || err == BASE_LIMIT || err == BASE_UNSUPPORTED);
        check(diag.text[0] != '\0');
        return 0;
    }
    check(photo.width >= 1 && photo.width <= PHOTO_SIDE && photo.height >= 1 && photo.height <= PHOTO_SIDE);
    check(strcmp(photo_type(base_buf_str(&photo.image)), "image/jpeg") == 0);
    check(strcmp(photo_type(base_buf_str(&photo.thumb)), "image/jpeg") == 0);
    photo_release(&photo);
    return 0;
}
