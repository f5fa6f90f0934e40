/* All mappings at once: those that ship with the product and a folder's. A set is never changed; a reload makes
 * another. */
#include "sensors/mapping.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAPPINGS_MAX = 1000 };

struct sensors_mappings {
    struct sensors_mapping **list;
    size_t count, cap;
};

void sensors_mappings_free(struct sensors_mappings *mappings)
{
    for (size_t i = 0; mappings && i < mappings->count; i++) {
        sensors_mapping_free(mappings->list[i]);
    }
    if (mappings) {
        free(mappings->list);
    }
    free(mappings);
}

static size_t place_of(const struct sensors_mappings *mappings, const char *name)
{
    size_t i = 0;
    while (i < mappings->count && strcmp(mappings->list[i]->format.name, name) != 0) {
        i++;
    }
    return i;
}

/* In the place of a shipped one of its name, or behind all. */
static enum base_err put(struct sensors_mappings *mappings, struct sensors_mapping *mapping, const char *file,
                         struct base_diag *diag)
{
    size_t at = place_of(mappings, mapping->format.name);
    if (at < mappings->count && mappings->list[at]->shipped == mapping->shipped) {
        return base_diag_set(diag, BASE_CONFLICT, "mapping %s: another file has \"map\": \"%s\", too", file,
                             mapping->format.name);
    }
    if (at == mappings->cap) {
        size_t cap = mappings->cap ? mappings->cap * 2 : 64;
        struct sensors_mapping **list =
            cap <= 2 * MAPPINGS_MAX ? realloc(mappings->list, cap * sizeof(struct sensors_mapping *)) : NULL;
        if (!list) {
            return base_diag_set(diag, BASE_LIMIT, "mapping %s: more than %d, or out of memory", file, MAPPINGS_MAX);
        }
        mappings->list = list;
        mappings->cap = cap;
    }
    if (at < mappings->count) {
        sensors_mapping_free(mappings->list[at]);
    } else {
        mappings->count++;
    }
    mappings->list[at] = mapping;
    return BASE_OK;
}

static enum base_err add(struct sensors_mappings *mappings, const char *name, struct base_str text, bool ships,
                         struct base_diag *diag)
{
    AUTO(sensors_mapping) mapping = NULL;
    enum base_err err = sensors_mapping_load(name, text, diag, &mapping);
    if (!err) {
        mapping->shipped = ships;
        err = put(mappings, mapping, name, diag);
    }
    if (!err) {
        mapping = NULL;
    }
    return err;
}

static enum base_err add_file(struct sensors_mappings *mappings, const char *path, struct base_diag *diag)
{
    const char *slash = strrchr(path, '/');
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 2 * MAPPING_FILE_MAX);
    enum base_err err = base_file_read(path, MAPPING_FILE_MAX, diag, &text);
    return err ? err : add(mappings, slash ? slash + 1 : path, base_buf_str(&text), false, diag);
}

static enum base_err shipped(struct base_diag *diag, struct sensors_mappings **ret_mappings)
{
    AUTO(sensors_mappings) mappings = calloc(1, sizeof *mappings);
    enum base_err err = mappings ? BASE_OK : base_diag_set(diag, BASE_NOMEM, "mappings: out of memory");
    for (size_t i = 0; !err && sensors_mapping_files[i].name; i++) {
        err = add(mappings, sensors_mapping_files[i].name, base_str_of(sensors_mapping_files[i].text), true, diag);
    }
    if (!err) {
        *ret_mappings = mappings;
        mappings = NULL;
    }
    return err;
}

static int is_mapping(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name), suffix = strlen(SENSORS_MAPPING_SUFFIX);
    return entry->d_name[0] != '.' && len > suffix && strcmp(entry->d_name + len - suffix, SENSORS_MAPPING_SUFFIX) == 0;
}

static enum base_err add_folder(struct sensors_mappings *mappings, const char *dir, struct base_diag *diag)
{
    char path[4096];
    struct dirent **entries = NULL;
    enum base_err err = BASE_OK;
    int count = scandir(dir, &entries, is_mapping, alphasort);
    if (count < 0 && errno != ENOENT) {
        return base_diag_set(diag, BASE_IO, "mappings: %s: %s", dir, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (!err) {
            snprintf(path, sizeof path, "%s/%s", dir, entries[i]->d_name);
            err = add_file(mappings, path, diag);
        }
        free(entries[i]);
    }
    free(entries);
    return err;
}

enum base_err sensors_mappings_load(const char *dir, struct base_diag *diag, struct sensors_mappings **ret_mappings)
{
    AUTO(sensors_mappings) mappings = NULL;
    enum base_err err = shipped(diag, &mappings);
    if (!err && dir) {
        err = add_folder(mappings, dir, diag);
    }
    if (!err) {
        *ret_mappings = mappings;
        mappings = NULL;
    }
    return err;
}

enum base_err sensors_mappings_file(const char *path, struct base_diag *diag, struct sensors_mappings **ret_mappings,
                                    const struct sensors_format **ret_format)
{
    AUTO(sensors_mappings) mappings = NULL;
    AUTO(sensors_mapping) mapping = NULL;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&text, 2 * MAPPING_FILE_MAX);
    enum base_err err = base_file_read(path, MAPPING_FILE_MAX, diag, &text);
    if (!err) {
        err = shipped(diag, &mappings);
    }
    if (!err) {
        err = sensors_mapping_load(name, base_buf_str(&text), diag, &mapping);
    }
    if (err) {
        return err;
    }
    const struct sensors_mapping *file = mapping;
    err = put(mappings, mapping, name, diag);
    if (err) {
        return err;
    }
    mapping = NULL;
    const struct sensors_format *format = file->inside_count ? sensors_format_find(file->insides[0]) : &file->format;
    if (!format) {
        return base_diag_set(diag, BASE_UNSUPPORTED, "mapping %s: its envelope has no decoder", name);
    }
    *ret_format = format;
    *ret_mappings = mappings;
    mappings = NULL;
    return BASE_OK;
}

const struct sensors_format *sensors_mappings_at(const struct sensors_mappings *mappings, size_t index)
{
    for (size_t i = 0; mappings && i < mappings->count; i++) {
        if (mappings->list[i]->inside_count == 0 && index-- == 0) {
            return &mappings->list[i]->format;
        }
    }
    return NULL;
}

const struct sensors_format *sensors_mappings_find(const struct sensors_mappings *mappings, struct base_str name)
{
    for (size_t i = 0; mappings && i < mappings->count; i++) {
        if (mappings->list[i]->inside_count == 0 && base_str_is(name, mappings->list[i]->format.name)) {
            return &mappings->list[i]->format;
        }
    }
    return NULL;
}

const struct sensors_mapping *sensors_mappings_of(const struct sensors_mappings *mappings,
                                                  const struct sensors_format *format)
{
    for (size_t i = 0; mappings && i < mappings->count; i++) {
        if (&mappings->list[i]->format == format) {
            return mappings->list[i]->inside_count ? NULL : mappings->list[i];
        }
    }
    return NULL;
}

const struct sensors_mapping *sensors_mappings_inside(const struct sensors_mappings *mappings, size_t index)
{
    for (size_t i = mappings ? mappings->count : 0; i-- > 0;) { /* a folder's before shipped ones */
        if (mappings->list[i]->inside_count && index-- == 0) {
            return mappings->list[i];
        }
    }
    return NULL;
}
