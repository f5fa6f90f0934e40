/* What a view holds of a table. A directory refers to some 60 groups, not to 4,000 pages: so making one for a single
 * changed row stays cheap. */
#include "tiles/store_private.h"

#include <stdlib.h>
#include <string.h>

struct tiles_group *tiles_group_make(struct tiles_page *const *pages, uint32_t count)
{
    struct tiles_group *group =
        malloc(sizeof *group + count * (sizeof *group->firsts + sizeof *group->extents + sizeof *group->pages));
    if (!group) {
        return NULL;
    }
    *group = (struct tiles_group){.count = count};
    atomic_init(&group->refs, 1);
    group->firsts = (struct tiles_key *)(group + 1);
    group->pages = (struct tiles_page **)(group->firsts + count);
    group->extents = (struct tiles_extent *)(group->pages + count);
    for (uint32_t i = 0; i < count; i++) {
        group->pages[i] = tiles_page_ref(pages[i]);
        group->firsts[i] = tiles_page_key(pages[i], 0);
        group->extents[i] = pages[i]->extent;
        group->rows += pages[i]->count;
        group->bytes += pages[i]->bytes;
    }
    return group;
}

void tiles_group_unref(struct tiles_group *group)
{
    if (group && atomic_fetch_sub(&group->refs, 1) == 1) {
        for (uint32_t i = 0; i < group->count; i++) {
            tiles_page_unref(group->pages[i]);
        }
        free(group);
    }
}

struct tiles_directory *tiles_directory_make(struct tiles_group *const *groups, uint32_t count)
{
    size_t pages = 0;
    for (uint32_t i = 0; i < count; i++) {
        pages += groups[i]->count;
    }
    struct tiles_directory *directory;
    directory = malloc(sizeof *directory + pages * (sizeof *directory->extents + sizeof *directory->pages) +
                       count * sizeof(struct tiles_group *));
    if (!directory) {
        return NULL;
    }
    *directory = (struct tiles_directory){.group_count = count};
    atomic_init(&directory->refs, 1);
    directory->extents = (struct tiles_extent *)(directory + 1);
    directory->pages = (struct tiles_page **)(directory->extents + pages);
    directory->groups = (struct tiles_group **)(directory->pages + pages);
    for (uint32_t i = 0; i < count; i++) {
        struct tiles_group *group = groups[i];
        atomic_fetch_add(&group->refs, 1);
        directory->groups[i] = group;
        memcpy(directory->extents + directory->count, group->extents, group->count * sizeof *group->extents);
        memcpy(directory->pages + directory->count, group->pages, group->count * sizeof(struct tiles_page *));
        directory->count += group->count;
        directory->rows += group->rows;
    }
    return directory;
}

struct tiles_directory *tiles_directory_ref(struct tiles_directory *directory)
{
    atomic_fetch_add(&directory->refs, 1);
    return directory;
}

void tiles_directory_unref(struct tiles_directory *directory)
{
    if (directory && atomic_fetch_sub(&directory->refs, 1) == 1) {
        for (uint32_t i = 0; i < directory->group_count; i++) {
            tiles_group_unref(directory->groups[i]);
        }
        free(directory);
    }
}
