/* What is sent as a photo, and what is kept of it: the pixels, upright and small, and nothing else. */
#include "fixture/fixture.h"
#include "fixture/pictures.h"
#include "photo/photo.h"

enum { FILE_MAX = 64 << 20 };
/* What JPEG loses of colours at edges; of a small picture more pixels are edges. Turned the wrong way it is below 15.
 */
static const double good_db = 32, small_db = 24;

static struct base_buf file; /* what is sent */
static struct base_diag diag;

static struct base_buf *begin(void)
{
    base_buf_release(&file);
    base_buf_init(&file, FILE_MAX);
    return &file;
}

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

static void refused(enum base_err expected, const char *words)
{
    struct photo photo;
    diag.text[0] = '\0';
    enum base_err err = photo_make(base_buf_str(&file), &diag, &photo);
    if (err != expected || !strstr(diag.text, words)) {
        fail_msg("%s instead of %s: \"%s\"", base_error_name(err), base_error_name(expected), diag.text);
    }
}

/* Nothing but what a decoder needs: JFIF's header, tables, one frame, one scan. */
static void only_pixels(struct base_str jpeg)
{
    size_t at = 2;
    assert_memory_equal(jpeg.at, "\xFF\xD8", 2);
    while (at + 4 <= jpeg.len) {
        uint8_t marker = (uint8_t)jpeg.at[at + 1];
        size_t len = (size_t)(uint8_t)jpeg.at[at + 2] << 8 | (uint8_t)jpeg.at[at + 3];
        assert_int_equal((uint8_t)jpeg.at[at], 0xFF);
        if (marker == 0xDA) {
            break;
        }
        assert_true(marker == 0xE0 || marker == 0xDB || marker == 0xC0 || marker == 0xC4);
        if (marker == 0xE0) {
            assert_int_equal(len, 16); /* without a preview */
        }
        at += 2 + len;
    }
    for (; at + 1 < jpeg.len; at++) {
        uint8_t next = (uint8_t)jpeg.at[at + 1];
        assert_true((uint8_t)jpeg.at[at] != 0xFF || next == 0 || next == 0xDA || (next == 0xD9 && at + 2 == jpeg.len));
    }
}

static struct kit_picture made(void)
{
    struct photo photo;
    ok(photo_make(base_buf_str(&file), &diag, &photo));
    struct kit_picture thumb = kit_jpeg_in(base_buf_str(&photo.thumb)), image = kit_jpeg_in(base_buf_str(&photo.image));
    assert_true(thumb.width <= PHOTO_THUMB_SIDE && thumb.height <= PHOTO_THUMB_SIDE);
    assert_int_equal(image.width, photo.width);
    assert_int_equal(image.height, photo.height);
    only_pixels(base_buf_str(&photo.image));
    only_pixels(base_buf_str(&photo.thumb));
    struct base_digest hash = base_digest_of(base_buf_str(&photo.image));
    assert_memory_equal(&hash, &photo.hash, sizeof hash);
    AUTO_VALUE(kit_picture) expected = kit_smaller(&image, thumb.width, thumb.height);
    if (image.width > 1 && image.height > 1) { /* a single row's average has nothing to be compared with */
        assert_true(kit_psnr(&thumb, &expected) > good_db - 4);
    }
    kit_picture_release(&thumb);
    photo_release(&photo);
    return image;
}

static void same(const struct kit_picture *expected)
{
    AUTO_VALUE(kit_picture) image = made();
    double db = kit_psnr(&image, expected);
    if (db < (expected->width < 200 ? small_db : good_db)) {
        fail_msg("%.1f dB", db);
    }
}

/* --- tests --- */

static void pixels_survive(void **state)
{
    (void)state;
    static const struct kit_jpeg ways[] = {{.quality = 95},
                                           {.progressive = true},
                                           {.restart = 3},
                                           {.arithmetic = true},
                                           {.progressive = true, .restart = 1},
                                           {.comment = "a comment"}};
    AUTO_VALUE(kit_picture) scene = kit_scene(311, 207);
    for (size_t i = 0; i < BASE_COUNT(ways); i++) {
        kit_jpeg_out(&scene, &ways[i], begin());
        same(&scene);
    }
    static const struct kit_png pngs[] = {{.depth = 8},
                                          {.depth = 16},
                                          {.alpha = true, .opaque = 255},
                                          {.depth = 16, .alpha = true, .opaque = 255},
                                          {.text = "who took it"}};
    for (size_t i = 0; i < BASE_COUNT(pngs); i++) {
        kit_png_out(&scene, &pngs[i], begin());
        same(&scene);
    }
}

static void grey_palette_and_glass(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) scene = kit_scene(120, 90);
    AUTO_VALUE(kit_picture) grey = kit_scene(120, 90);
    AUTO_VALUE(kit_picture) painted = kit_scene(120, 90);
    AUTO_VALUE(kit_picture) pale = kit_scene(120, 90);
    for (size_t i = 0; i < (size_t)120 * 90; i++) {
        uint8_t *at = &grey.rgb[i * 3], *paint = &painted.rgb[i * 3], index = scene.rgb[i * 3] >> 4;
        at[0] = at[2] = at[1];
        paint[0] = (uint8_t)(index * 17);
        paint[1] = (uint8_t)(255 - index * 17);
        paint[2] = 128;
        for (int c = 0; c < 3; c++) { /* half of it is the white below */
            pale.rgb[i * 3 + (size_t)c] = (uint8_t)(255 - (255 - scene.rgb[i * 3 + (size_t)c]) * 128 / 255);
        }
    }
    kit_jpeg_out(&scene, &(struct kit_jpeg){.gray = true}, begin());
    same(&grey);
    kit_png_out(&scene, &(struct kit_png){.gray = true}, begin());
    same(&grey);
    kit_png_out(&scene, &(struct kit_png){.palette = true}, begin());
    AUTO_VALUE(kit_picture) image = made();
    assert_true(kit_psnr(&image, &painted) > 26); /* hard edges everywhere */
    kit_png_out(&scene, &(struct kit_png){.alpha = true, .opaque = 128}, begin());
    same(&pale);
}

static void nothing_but_pixels_is_left(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) scene = kit_scene(64, 48);
    AUTO_VALUE(base_buf) exif;
    base_buf_init(&exif, 4096);
    kit_exif(1, false, &exif);
    struct photo photo;
    kit_jpeg_out(&scene, &(struct kit_jpeg){.app1 = exif.data, .app1_len = exif.len, .comment = "taken by somebody"},
                 begin());
    base_buf_text(&file, "and a preview behind the end: \xFF\xD8\xFF GPSLatitude");
    assert_true(kit_holds(base_buf_str(&file), "GPSLatitude 31.2304N") &&
                kit_holds(base_buf_str(&file), "SecretMaker"));
    ok(photo_make(base_buf_str(&file), &diag, &photo));
    static const char *const gone[] = {"GPS", "Exif", "SecretMaker", "somebody", "preview", "31.2304"};
    for (size_t i = 0; i < BASE_COUNT(gone); i++) {
        assert_false(kit_holds(base_buf_str(&photo.image), gone[i]));
        assert_false(kit_holds(base_buf_str(&photo.thumb), gone[i]));
    }
    struct base_digest first = photo.hash;
    photo_release(&photo);
    ok(photo_make(base_buf_str(&file), &diag, &photo)); /* the same again has the same name */
    assert_memory_equal(&first, &photo.hash, sizeof first);
    photo_release(&photo);
    kit_png_out(&scene, &(struct kit_png){.text = "taken by somebody"}, begin());
    assert_true(kit_holds(base_buf_str(&file), "somebody"));
    ok(photo_make(base_buf_str(&file), &diag, &photo));
    assert_false(kit_holds(base_buf_str(&photo.image), "somebody"));
    photo_release(&photo);
}

/* As the camera wrote it: of each pixel of the upright picture where it lies, by the table of CIPA DC-008. */
static struct kit_picture as_taken(const struct kit_picture *upright, int orientation)
{
    static const struct {
        int xx, xy, yx, yy; /* column and row of the file from those of the picture; below 0: from the other end */
    } turns[9] = {{0},          {1, 0, 0, 1},  {-1, 0, 0, 1},  {-1, 0, 0, -1}, {1, 0, 0, -1},
                  {0, 1, 1, 0}, {0, 1, -1, 0}, {0, -1, -1, 0}, {0, -1, 1, 0}};
    uint32_t w = upright->width, h = upright->height;
    struct kit_picture taken = orientation < 5 ? kit_new(w, h) : kit_new(h, w);
    for (uint32_t y = 0; y < h; y++) {
        for (uint32_t x = 0; x < w; x++) {
            int64_t dx = (int64_t)x * 2 - w + 1, dy = (int64_t)y * 2 - h + 1; /* twice the way from the middle */
            int64_t fx = turns[orientation].xx * dx + turns[orientation].xy * dy;
            int64_t fy = turns[orientation].yx * dx + turns[orientation].yy * dy;
            memcpy(kit_at(&taken, (uint32_t)((fx + taken.width - 1) / 2), (uint32_t)((fy + taken.height - 1) / 2)),
                   kit_at(upright, x, y), 3);
        }
    }
    return taken;
}

static void all_ways_up(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) upright = kit_scene(90, 52);
    for (int orientation = 1; orientation <= 8; orientation++) {
        for (int big = 0; big < 2; big++) {
            AUTO_VALUE(kit_picture) taken = as_taken(&upright, orientation);
            AUTO_VALUE(base_buf) exif;
            base_buf_init(&exif, 4096);
            kit_exif(orientation, big, &exif);
            kit_jpeg_out(&taken, &(struct kit_jpeg){.app1 = exif.data, .app1_len = exif.len}, begin());
            same(&upright);
            kit_png_out(&taken, &(struct kit_png){.exif = {exif.data + 6, exif.len - 6}}, begin());
            same(&upright);
        }
    }
}

/* An orientation that there is not, and a directory that points outside, say nothing. */
static void exif_that_lies(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) scene = kit_scene(40, 24);
    AUTO_VALUE(base_buf) exif;
    base_buf_init(&exif, 4096);
    kit_exif(9, false, &exif);
    for (size_t len = 0; len <= exif.len; len += 3) {
        kit_jpeg_out(&scene, &(struct kit_jpeg){.app1 = exif.data, .app1_len = len}, begin());
        same(&scene);
    }
    memset(exif.data + 10, 0xFF, 4);
    kit_jpeg_out(&scene, &(struct kit_jpeg){.app1 = exif.data, .app1_len = exif.len}, begin());
    same(&scene);
}

static void large_ones_become_small(void **state)
{
    (void)state;
    static const struct {
        uint32_t width, height, kept_width, kept_height;
    } sizes[] = {{1600, 1200, 1600, 1200}, {1601, 1601, 1600, 1600}, {4000, 3000, 1600, 1200},
                 {3000, 4000, 1200, 1600}, {7000, 500, 1600, 114},   {5003, 1777, 1600, 568}};
    for (size_t i = 0; i < BASE_COUNT(sizes); i++) {
        AUTO_VALUE(kit_picture) scene = kit_scene(sizes[i].width, sizes[i].height);
        AUTO_VALUE(kit_picture) expected = kit_smaller(&scene, sizes[i].kept_width, sizes[i].kept_height);
        kit_jpeg_out(&scene, &(struct kit_jpeg){.quality = 88, .progressive = i % 2}, begin());
        same(&expected);
        kit_png_out(&scene, &(struct kit_png){.depth = 8}, begin());
        same(&expected);
    }
}

static void odd_sizes(void **state)
{
    (void)state;
    static const uint32_t sizes[][4] = {{1, 1, 1, 1}, {20000, 1, 1600, 1}, {1, 20000, 1, 1600}, {7, 3, 7, 3}};
    for (size_t i = 0; i < BASE_COUNT(sizes); i++) {
        AUTO_VALUE(kit_picture) scene = kit_scene(sizes[i][0], sizes[i][1]);
        for (int png = 0; png < 2; png++) {
            if (png) {
                kit_png_out(&scene, &(struct kit_png){.depth = 8}, begin());
            } else {
                kit_jpeg_out(&scene, &(struct kit_jpeg){.quality = 90}, begin());
            }
            AUTO_VALUE(kit_picture) image = made();
            assert_int_equal(image.width, sizes[i][2]);
            assert_int_equal(image.height, sizes[i][3]);
        }
    }
}

static void bombs(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) scene = kit_scene(32, 32);
    kit_png_out(&scene, &(struct kit_png){.depth = 8}, begin());
    kit_png_claim(&file, 60000, 60000);
    refused(BASE_LIMIT, "60000 x 60000 pixels");
    kit_png_claim(&file, 1, 2000000000);
    refused(BASE_LIMIT, "pixels");
    kit_png_claim(&file, 6000, 6000); /* of what may be, and nothing behind it */
    refused(BASE_INVALID, "broken");
    kit_png_claim(&file, 0, 32);
    refused(BASE_INVALID, "broken");
    kit_jpeg_out(&scene, &(struct kit_jpeg){.quality = 90}, begin());
    kit_jpeg_claim(&file, 60000, 60000);
    refused(BASE_LIMIT, "60000 x 60000 pixels");
    kit_jpeg_claim(&file, 6000, 6000);
    refused(BASE_INVALID, "broken");
    base_buf_init(begin(), FILE_MAX);
    memset(base_buf_reserve(&file, PHOTO_BYTES_MAX + 1), 0xFF, PHOTO_BYTES_MAX + 1);
    file.len = PHOTO_BYTES_MAX + 1;
    refused(BASE_LIMIT, "10 MB");
}

/* A scan of a progressive file is a few bytes, and a walk over all its pixels. */
static void scans_without_end(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) scene = kit_scene(64, 64);
    kit_jpeg_out(&scene, &(struct kit_jpeg){.progressive = true}, begin());
    AUTO_VALUE(base_buf) whole;
    base_buf_init(&whole, FILE_MAX);
    size_t last = 0;
    for (size_t i = 0; i + 1 < file.len; i++) { /* the last scan, again and again */
        last = (uint8_t)file.data[i] == 0xFF && (uint8_t)file.data[i + 1] == 0xDA ? i : last;
    }
    base_buf_append(&whole, file.data, file.len - 2);
    for (int i = 0; i < 500; i++) {
        base_buf_append(&whole, file.data + last, file.len - 2 - last);
    }
    base_buf_append(&whole, "\xFF\xD9", 2);
    base_buf_append(begin(), whole.data, whole.len);
    struct photo photo;
    enum base_err err = photo_make(base_buf_str(&file), &diag, &photo);
    assert_true(err == BASE_LIMIT || err == BASE_INVALID);
}

static void kinds_that_are_not_read(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) scene = kit_scene(32, 32);
    kit_jpeg_out(&scene, &(struct kit_jpeg){.cmyk = true}, begin());
    refused(BASE_UNSUPPORTED, "CMYK");
    kit_png_out(&scene, &(struct kit_png){.interlaced = true}, begin());
    refused(BASE_UNSUPPORTED, "interlaced");
    static const char *const others[] = {"",
                                         "GIF89a\x01\x00\x01\x00",
                                         "RIFF\x10\x00\x00\x00WEBPVP8 ",
                                         "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
                                         "\xFF\xD8",
                                         "BM",
                                         "%PDF-1.7"};
    for (size_t i = 0; i < BASE_COUNT(others); i++) {
        base_buf_text(begin(), others[i]);
        refused(BASE_UNSUPPORTED, "neither");
    }
}

/* Cut off anywhere, one of a broken connection's: not a picture whose rest is grey. */
static void cut_off_anywhere(void **state)
{
    (void)state;
    static const struct kit_jpeg jpegs[] = {{.quality = 60}, {.quality = 60, .progressive = true}};
    AUTO_VALUE(kit_picture) scene = kit_scene(24, 16);
    for (int way = 0; way < 3; way++) {
        if (way < 2) {
            kit_jpeg_out(&scene, &jpegs[way], begin());
        } else {
            kit_png_out(&scene, &(struct kit_png){.depth = 8}, begin());
        }
        same(&(struct kit_picture){scene.rgb, 24, 16});
        size_t whole = file.len;
        for (size_t len = 0; len < whole; len++) {
            struct photo photo;
            char *cut = malloc(len ? len : 1); /* of its own, so that reading on is seen */
            memcpy(cut, file.data, len);
            enum base_err err = photo_make((struct base_str){cut, len}, &diag, &photo);
            free(cut);
            if (err != BASE_INVALID && err != BASE_UNSUPPORTED) {
                fail_msg("way %d, %zu of %zu bytes: %s", way, len, whole, base_error_name(err));
            }
        }
    }
}

/* One byte is another: an answer, whichever, and nothing leaks (AddressSanitizer). */
static void one_byte_wrong(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) scene = kit_scene(24, 16);
    size_t kept = 0, tried = 0;
    for (int way = 0; way < 3; way++) {
        if (way < 2) {
            kit_jpeg_out(&scene, &(struct kit_jpeg){.quality = 60, .progressive = way}, begin());
        } else {
            kit_png_out(&scene, &(struct kit_png){.depth = 8}, begin());
        }
        for (size_t i = 0; i < file.len; i++, tried++) {
            struct photo photo;
            char before = file.data[i];
            file.data[i] = (char)(before ^ (1 << i % 8));
            enum base_err err = photo_make(base_buf_str(&file), &diag, &photo);
            file.data[i] = before;
            if (!err) {
                kept++;
                photo_release(&photo);
            }
        }
    }
    assert_true(kept > 0 && kept < tried);
}

/* The corpus of fuzz_photo_make, made by the kit: what becomes of each. HUTONG_PHOTO_CORPUS=write makes it anew. */
static void kept_or_not(const char *name, enum base_err expected)
{
    char path[600];
    struct photo photo;
    const char *mode = getenv("HUTONG_PHOTO_CORPUS");
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/fuzz_photo_make/%s", fixture_source(), name);
    if (mode && strcmp(mode, "write") == 0) {
        ok(base_file_write(path, 0644, file.data, file.len, &diag));
    }
    ok(base_file_read(path, FILE_MAX, &diag, begin()));
    enum base_err err = photo_make(base_buf_str(&file), &diag, &photo);
    if (!err) {
        photo_release(&photo);
    }
    if (err != expected) {
        fail_msg("%s: %s", name, err ? diag.text : "was kept");
    }
}

static void corpus(void **state)
{
    (void)state;
    AUTO_VALUE(kit_picture) scene = kit_scene(17, 11);
    AUTO_VALUE(base_buf) exif;
    base_buf_init(&exif, 4096);
    kit_exif(6, true, &exif);
    const struct {
        const char *name;
        struct kit_jpeg jpeg;
        enum base_err err;
    } jpegs[] = {{"baseline.jpg", {.quality = 50}, BASE_OK},
                 {"progressive.jpg", {.progressive = true, .quality = 50}, BASE_OK},
                 {"grey.jpg", {.gray = true}, BASE_OK},
                 {"cmyk.jpg", {.cmyk = true}, BASE_UNSUPPORTED},
                 {"restart.jpg", {.restart = 1}, BASE_OK},
                 {"arithmetic.jpg", {.arithmetic = true}, BASE_OK},
                 {"exif.jpg", {.app1 = exif.data, .app1_len = exif.len, .comment = "c"}, BASE_OK}};
    const struct {
        const char *name;
        struct kit_png png;
        enum base_err err;
    } pngs[] = {{"rgb.png", {.depth = 8}, BASE_OK},
                {"deep.png", {.depth = 16, .alpha = true}, BASE_OK},
                {"grey.png", {.gray = true}, BASE_OK},
                {"palette.png", {.palette = true}, BASE_OK},
                {"interlaced.png", {.interlaced = true}, BASE_UNSUPPORTED},
                {"exif.png", {.text = "t", .exif = {exif.data + 6, exif.len - 6}}, BASE_OK}};
    for (size_t i = 0; i < BASE_COUNT(jpegs); i++) {
        kit_jpeg_out(&scene, &jpegs[i].jpeg, begin());
        kept_or_not(jpegs[i].name, jpegs[i].err);
    }
    kit_jpeg_claim(&file, 6000, 6000);
    kept_or_not("claim.jpg", BASE_INVALID);
    for (size_t i = 0; i < BASE_COUNT(pngs); i++) {
        kit_png_out(&scene, &pngs[i].png, begin());
        kept_or_not(pngs[i].name, pngs[i].err);
    }
    kit_png_claim(&file, 3000, 3000);
    kept_or_not("claim.png", BASE_INVALID);
}

static int end(void **state)
{
    (void)state;
    base_buf_release(&file);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_survive),
        cmocka_unit_test(grey_palette_and_glass),
        cmocka_unit_test(nothing_but_pixels_is_left),
        cmocka_unit_test(all_ways_up),
        cmocka_unit_test(exif_that_lies),
        cmocka_unit_test(large_ones_become_small),
        cmocka_unit_test(odd_sizes),
        cmocka_unit_test(bombs),
        cmocka_unit_test(scans_without_end),
        cmocka_unit_test(kinds_that_are_not_read),
        cmocka_unit_test(cut_off_anywhere),
        cmocka_unit_test(one_byte_wrong),
        cmocka_unit_test(corpus),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
