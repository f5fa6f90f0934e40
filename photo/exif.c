/* The one thing that is wanted of EXIF: which way up. What cannot be read says nothing. */
#include "photo/private.h"

enum { ORIENTATION = 0x0112, SHORT = 3, ENTRY = 12, HEADER = 8 };

/* 0 beyond the end. */
static uint32_t number(struct base_str tiff, size_t at, size_t bytes, bool big)
{
    uint32_t value = 0;
    if (at > tiff.len || tiff.len - at < bytes) {
        return 0;
    }
    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | (uint8_t)tiff.at[big ? at + i : at + bytes - 1 - i];
    }
    return value;
}

int photo_exif_orientation(struct base_str tiff)
{
    bool big = base_str_starts(tiff, "MM");
    if ((!big && !base_str_starts(tiff, "II")) || number(tiff, 2, 2, big) != 42) {
        return 1;
    }
    size_t directory = number(tiff, 4, 4, big);
    uint32_t entries = directory >= HEADER ? number(tiff, directory, 2, big) : 0;
    for (uint32_t i = 0; i < entries; i++) {
        size_t at = directory + 2 + (size_t)i * ENTRY;
        if (number(tiff, at, 2, big) == ORIENTATION && number(tiff, at + 2, 2, big) == SHORT) {
            uint32_t value = number(tiff, at + 8, 2, big);
            return value >= 1 && value <= 8 ? (int)value : 1;
        }
    }
    return 1;
}
