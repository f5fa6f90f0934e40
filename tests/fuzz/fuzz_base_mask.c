/* Any bytes as what somebody wrote: what stays and what was taken are together the text, and each has its mask. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(base_buf) before;
    AUTO_VALUE(base_buf) masked;
    AUTO_VALUE(base_buf) taken;
    base_buf_init(&before, 1 << 24);
    base_buf_init(&masked, 1 << 24);
    base_buf_init(&taken, 1 << 24);
    base_buf_append(&before, data, size);
    size_t count = base_mask(base_buf_str(&before), &masked, &taken);
    size_t apart = count ? 2 * (count - 1) : 0; /* ", " */
    if (masked.err || taken.err || (count == 0) != (taken.len == 0) ||
        masked.len + taken.len != size + apart + count * strlen(BASE_MASK)) {
        abort();
    }
    return 0;
}
