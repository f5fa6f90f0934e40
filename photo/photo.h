/* photo: pictures that strangers send become small JPEGs of our own, which lie in a folder by what they hold.
 *
 * Job        decode (JPEG, PNG), turn upright, scale down, encode anew: nothing but pixels is left - no EXIF, position,
 *            XMP, colour profile, comment, preview or text. Nothing is recognised in them.
 * Ownership  ret_photo is yours (photo_release); bytes are borrowed.
 * Threads    any number at once. photo_make takes 0.2 s of a core as a rule, 2 s and 170 MB at the worst.
 * Units      pixels; times us since 1970-01-01 UTC.
 * Errors     UNSUPPORTED: no JPEG or PNG, or of a kind that is not read; LIMIT: too many bytes or pixels; INVALID:
 *            broken; NOMEM. Of the folder: NOT_FOUND, FULL, IO. The sentence says which.
 * Sources    ITU-T T.81 and T.871 (JPEG, JFIF), ISO/IEC 15948 (PNG), CIPA DC-008 (Exif: orientation); read and written
 * by libjpeg-turbo and libpng, which nobody else here includes.
 */
#ifndef HUTONG_PHOTO_H
#define HUTONG_PHOTO_H

#include "base/base.h"

enum {
    PHOTO_BYTES_MAX = 10 << 20,  /* of what is read */
    PHOTO_PIXELS_MAX = 40000000, /* likewise */
    PHOTO_SIDE = 1600,           /* the longer side of what is kept, at most */
    PHOTO_THUMB_SIDE = 320,
    PHOTO_KEPT_MAX = 8 << 20 /* bytes of a file that is kept */
};

/* --- make (make.c) --- */
struct photo {
    struct base_buf image, thumb; /* JPEG */
    uint32_t width, height;       /* of the image, upright */
    struct base_digest hash;      /* of the image: its name */
};

/* By its bytes, not by what somebody says of them: "image/jpeg", "image/png"; NULL: neither. */
const char *photo_type(struct base_str bytes);
/* The same bytes give the same photo. */
enum base_err photo_make(struct base_str bytes, struct base_diag *diag, struct photo *ret_photo) BASE_MUST_CHECK;
void photo_release(struct photo *photo);

/* --- store (store.c): dir/ab/cdef....jpg and dir/ab/cdef....thumb.jpg ---
 * A file is there as a whole or not at all. Whoever puts or drops a hash must be the only one at it. */
enum base_err photo_store_put(const char *dir, const struct photo *photo, struct base_diag *diag) BASE_MUST_CHECK;
enum base_err photo_store_get(const char *dir, const struct base_digest *hash, bool thumb, struct base_diag *diag,
                              struct base_buf *buf) BASE_MUST_CHECK;
/* Nothing of it is left, also of what somebody died over. */
enum base_err photo_store_drop(const char *dir, const struct base_digest *hash, struct base_diag *diag) BASE_MUST_CHECK;
/* Appends the hashes that begin with that byte (struct base_digest each, one behind the other, some more than once). */
enum base_err photo_store_list(const char *dir, uint8_t first, struct base_diag *diag,
                               struct base_buf *hashes) BASE_MUST_CHECK;

#endif
