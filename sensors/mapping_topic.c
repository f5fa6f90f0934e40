/* Topics of a mapping: MQTT's wildcards (MQTT 3.1.1, 4.7) and names in braces for what is kept. A level may have text
 * round its name, "Datastreams({id})"; {name#} is the rest of the topic. */
#include "sensors/mapping.h"

#include <string.h>

enum { LEVELS_MAX = 32 };

static void note_name(struct mapping_load *load, const struct mapping_at *at, struct base_str name, size_t *count,
                      bool first)
{
    bool good = name.len > 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        good &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }
    if (!good) {
        sensors_mapping_member_fail(load, at, "a name in braces has letters, digits and _ only");
    } else if (*count == MAPPING_CAPTURES_MAX) {
        sensors_mapping_member_fail(load, at, "more than %d names in braces", MAPPING_CAPTURES_MAX);
    } else if (first) {
        load->captures[load->capture_count++] = name;
    } else if (*count >= load->capture_count || !base_str_equal(name, load->captures[*count])) {
        sensors_mapping_member_fail(load, at, "topics of one case keep the same names in the same order");
    }
    ++*count;
}

static struct mapping_level read_level(struct mapping_load *load, const struct mapping_at *at, struct base_str text,
                                       size_t *names, bool first)
{
    struct mapping_level level = {.before = text};
    if (base_str_is(text, "+") || base_str_is(text, "#")) {
        return (struct mapping_level){.wild = true, .rest = text.at[0] == '#'};
    }
    const char *open = text.len ? memchr(text.at, '{', text.len) : NULL;
    const char *close = open ? memchr(open, '}', (size_t)(text.at + text.len - open)) : NULL;
    if (open && !close) {
        sensors_mapping_member_fail(load, at, "{ without }");
    } else if (!open && text.len && (memchr(text.at, '+', text.len) || memchr(text.at, '#', text.len))) {
        sensors_mapping_member_fail(load, at, "+ and # are levels of their own");
    }
    if (!open || load->err) {
        return level;
    }
    struct base_str name = {open + 1, (size_t)(close - open - 1)};
    level.wild = level.named = true;
    level.rest = name.len && name.at[name.len - 1] == '#';
    name.len -= level.rest;
    level.before.len = (size_t)(open - text.at);
    level.after = (struct base_str){close + 1, (size_t)(text.at + text.len - close - 1)};
    if (level.rest && (level.before.len || level.after.len)) {
        sensors_mapping_member_fail(load, at, "{name#} is a level of its own");
    }
    note_name(load, at, name, names, first);
    return level;
}

static struct mapping_pattern read_pattern(struct mapping_load *load, const struct mapping_at *at, bool first)
{
    struct mapping_level levels[LEVELS_MAX];
    struct base_str text = {NULL, 0}, part;
    size_t count = 0, names = 0;
    bool ended = false;
    if (!base_json_in_text(at->json, &text) || !text.len) {
        sensors_mapping_member_fail(load, at, "a topic is wanted, such as \"tele/{device}/SENSOR\"");
    }
    struct base_str rest = sensors_mapping_member_keep(load, text);
    while (!load->err && base_str_next(&rest, '/', &part)) {
        if (ended || count == LEVELS_MAX) {
            sensors_mapping_member_fail(load, at, ended ? "# is the last level" : "too many levels");
            break;
        }
        levels[count] = read_level(load, at, part, &names, first);
        ended = levels[count++].rest;
    }
    if (!first && names != load->capture_count) {
        sensors_mapping_member_fail(load, at, "topics of one case keep the same names in the same order");
    }
    struct mapping_level *kept = sensors_mapping_member_room(load, count, sizeof *kept);
    if (kept) {
        memcpy(kept, levels, count * sizeof *kept);
    }
    return (struct mapping_pattern){kept, kept ? count : 0};
}

void sensors_mapping_topic_load(struct mapping_load *load, const struct mapping_at *at, struct mapping_case *ret_case)
{
    bool several = base_json_in_is_array(at->json);
    size_t count = several ? base_json_in_size(at->json) : 1;
    struct mapping_pattern *topics = sensors_mapping_member_room(load, count, sizeof *topics);
    load->capture_count = 0;
    if (several && count == 0) {
        sensors_mapping_member_fail(load, at, "no topic");
    }
    for (size_t i = 0; topics && i < count; i++) {
        const struct mapping_at item = sensors_mapping_member_item(at, i);
        topics[i] = read_pattern(load, several ? &item : at, i == 0);
    }
    ret_case->topics = topics;
    ret_case->topic_count = topics ? count : 0;
}

static bool fits(const struct mapping_level *level, struct base_str text, struct base_str *ret_wild)
{
    size_t fixed = level->before.len + level->after.len;
    if (!level->wild) {
        return base_str_equal(level->before, text);
    }
    if (text.len < fixed || memcmp(text.at, level->before.at ? level->before.at : "", level->before.len) != 0 ||
        memcmp(text.at + text.len - level->after.len, level->after.at ? level->after.at : "", level->after.len) != 0) {
        return false;
    }
    *ret_wild = (struct base_str){text.at + level->before.len, text.len - fixed};
    return true;
}

bool sensors_mapping_topic_match(const struct mapping_pattern *pattern, struct base_str topic,
                                 struct base_str captures[MAPPING_CAPTURES_MAX])
{
    struct base_str rest = topic, part, wild;
    size_t names = 0;
    for (size_t i = 0; i < pattern->count; i++) {
        const struct mapping_level *level = &pattern->levels[i];
        if (level->rest) {
            bool dollar = i == 0 && topic.len && topic.at[0] == '$'; /* 4.7.2 */
            if (level->named) {
                captures[names] = rest;
            }
            return !dollar && (rest.at || i == 0);
        }
        if (!base_str_next(&rest, '/', &part) || !fits(level, part, &wild)) {
            return false;
        }
        if (level->wild && !level->named && i == 0 && part.len && part.at[0] == '$') {
            return false;
        }
        if (level->named) {
            captures[names++] = wild;
        }
    }
    return rest.at == NULL;
}
