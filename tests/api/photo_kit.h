/* A folder of photos for a test, and what lies there. */
#ifndef HUTONG_TESTS_PHOTO_FOLDER_KIT_H
#define HUTONG_TESTS_PHOTO_FOLDER_KIT_H

#include "fixture/serving.h"
#include "photo/photo.h"

#include <ftw.h>
#include <stdlib.h>

/* Fills in the name. */
static inline const char *photos_new(char dir[64])
{
    snprintf(dir, 64, "/tmp/photos-XXXXXX");
    assert_non_null(mkdtemp(dir));
    return dir;
}

static inline int photos_remove(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void photos_end(const char *dir)
{
    assert_int_equal(nftw(dir, photos_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static size_t photos_counted;

static inline int photos_count_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)at;
    const char *name = strrchr(path, '/') + 1;
    photos_counted += kind == FTW_F && strcmp(name, "database") != 0;
    return 0;
}

/* Files in it, two a photo. */
static inline size_t photos_files(const char *dir)
{
    photos_counted = 0;
    assert_int_equal(nftw(dir, photos_count_one, 16, FTW_PHYS), 0);
    return photos_counted;
}

#endif
