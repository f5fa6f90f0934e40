/* The only place that knows expat. XML becomes the tree that JSON would be, so that one set of look-ups and mappings
 * reads both; what makes XML dangerous - document types and with them entities - is refused. */
#include "base/json_tree.h"

#include <expat.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

enum { TREE_PER_BYTE = 128, TREE_LEAST = 64 * 1024 }; /* of memory */

struct frame {
    struct base_json *object; /* its attributes and children */
    size_t text;              /* where its text begins in reading.text */
};

/* Texts of open elements lie one behind the other: a child's is taken off before its parent's goes on. */
struct reading {
    XML_Parser parser;
    struct base_json_tree *tree;
    struct frame frames[BASE_JSON_DEPTH];
    size_t depth;
    struct base_buf text;
    enum base_err err;
    const char *why;
};

static void stop(struct reading *reading, enum base_err err, const char *why)
{
    if (!reading->err) {
        reading->err = err;
        reading->why = why;
        XML_StopParser(reading->parser, XML_FALSE);
    }
}

static const char *local(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon && colon[1] ? colon + 1 : name;
}

static bool name_space(const char *attribute)
{
    return strncmp(attribute, "xmlns", 5) == 0 && (attribute[5] == '\0' || attribute[5] == ':');
}

static void add_attribute(struct reading *reading, struct base_json *object, const char *name, const char *value)
{
    char key[256];
    if ((size_t)snprintf(key, sizeof key, "@%s", local(name)) >= sizeof key) {
        stop(reading, BASE_LIMIT, "an attribute's name is longer than 254 bytes");
        return;
    }
    struct base_json *text = base_json_tree_text(reading->tree, base_str_of(value));
    enum base_err err = text ? base_json_tree_put(reading->tree, object, base_str_of(key), text) : BASE_NOMEM;
    if (err && err != BASE_CONFLICT) { /* two of one local name: the first stays */
        stop(reading, err, "out of memory");
    }
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    (void)name; /* comes again at the end */
    if (reading->err) {
        return; /* expat may tell of what is behind the place where it was stopped */
    }
    if (reading->depth == BASE_JSON_DEPTH) {
        stop(reading, BASE_LIMIT, "nested too deep");
        return;
    }
    struct base_json *object = base_json_tree_make(reading->tree, BASE_JSON_OBJECT);
    if (!object) {
        stop(reading, BASE_NOMEM, "out of memory");
        return;
    }
    reading->frames[reading->depth++] = (struct frame){object, reading->text.len};
    for (size_t i = 0; attributes[i] && !reading->err; i += 2) {
        if (!name_space(attributes[i])) {
            add_attribute(reading, object, attributes[i], attributes[i + 1]);
        }
    }
}

/* A second child of a name makes an array of both. */
static enum base_err put(struct base_json_tree *tree, struct base_json *object, struct base_str key,
                         struct base_json *value)
{
    struct base_json *there = base_json_tree_get(object, key);
    if (!there) {
        return base_json_tree_put(tree, object, key, value);
    }
    if (there->type != BASE_JSON_ARRAY) {
        struct base_json *first = base_json_tree_make(tree, there->type);
        if (!first) {
            return BASE_NOMEM;
        }
        *first = *there;
        first->next = NULL;
        *there = (struct base_json){.type = BASE_JSON_ARRAY, .key = there->key, .next = there->next};
        enum base_err err = base_json_tree_append(tree, there, first);
        if (err) {
            return err;
        }
    }
    return base_json_tree_append(tree, there, value);
}

static void on_end(void *context, const char *name)
{
    struct reading *reading = context;
    if (reading->err) {
        return;
    }
    struct frame frame = reading->frames[--reading->depth];
    struct base_str all = base_buf_str(&reading->text);
    struct base_str text = base_str_trim((struct base_str){all.at + frame.text, all.len - frame.text});
    struct base_json *value = frame.object;
    struct base_json *said = text.len || !value->count ? base_json_tree_text(reading->tree, text) : NULL;
    enum base_err err = text.len && !said ? BASE_NOMEM : BASE_OK;
    if (value->count == 0) {
        value = said;
    } else if (said) {
        err = base_json_tree_put(reading->tree, value, base_str_of("#text"), said);
    }
    reading->text.len = frame.text;
    struct base_json *parent = reading->depth ? reading->frames[reading->depth - 1].object : reading->tree->root;
    err = err || !value ? BASE_NOMEM : put(reading->tree, parent, base_str_of(local(name)), value);
    if (err) {
        stop(reading, err, "out of memory");
    }
}

static void on_text(void *context, const char *text, int len)
{
    struct reading *reading = context;
    base_buf_append(&reading->text, text, (size_t)len);
    if (reading->text.err) {
        stop(reading, reading->text.err, "its text is too long");
    }
}

/* Before anything in it: no entity of it is ever declared, let alone unfolded. */
static void on_doctype(void *context, const char *name, const char *system, const char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    stop(context, BASE_INVALID, "it has a document type (<!DOCTYPE ...>); send it without");
}

static enum base_err explain(const struct reading *reading, struct base_diag *diag)
{
    unsigned long line = XML_GetCurrentLineNumber(reading->parser),
                  column = XML_GetCurrentColumnNumber(reading->parser);
    const char *why = reading->err ? reading->why : XML_ErrorString(XML_GetErrorCode(reading->parser));
    return base_diag_set(diag, reading->err ? reading->err : BASE_INVALID,
                         "not XML that is read: line %lu column %lu: %s", line, column + 1, why);
}

static enum base_err parse_utf8(struct base_str text, struct base_diag *diag, struct reading *reading)
{
    XML_SetUserData(reading->parser, reading);
    XML_SetElementHandler(reading->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
    bool good = XML_Parse(reading->parser, text.at, (int)text.len, 1) == XML_STATUS_OK && !reading->err;
    return good ? BASE_OK : explain(reading, diag);
}

/* GB2312 and GBK are part of GB18030. */
static bool says_gb(struct base_str text)
{
    static const char *const names[] = {"GB2312", "GBK", "GB18030", "GB_2312-80", "CP936"};
    struct base_str head = {text.at, text.len < 200 ? text.len : 200};
    const char *end = memchr(head.at, '>', head.len);
    const char *at =
        end && base_str_starts(head, "<?xml") ? memmem(head.at, (size_t)(end - head.at), "encoding", 8) : NULL;
    while (at && at < end && *at != '"' && *at != '\'') {
        at++;
    }
    for (size_t i = 0; at && i < BASE_COUNT(names); i++) {
        size_t len = strlen(names[i]);
        if ((size_t)(end - at) > len + 1 && strncasecmp(at + 1, names[i], len) == 0 && at[len + 1] == *at) {
            return true;
        }
    }
    return false;
}

/* Two bytes become at most three. */
static bool from_gb(struct base_str text, struct base_buf *utf8)
{
    size_t left = text.len * 2, rest = text.len;
    char *start = base_buf_reserve(utf8, left), *to = start, *from = (char *)text.at;
    iconv_t convert = start ? iconv_open("UTF-8", "GB18030") : (iconv_t)-1;
    if (convert == (iconv_t)-1) {
        return false;
    }
    bool done = iconv(convert, &from, &rest, &to, &left) != (size_t)-1 && rest == 0;
    iconv_close(convert);
    utf8->len = done ? (size_t)(to - start) : 0;
    return done;
}

/* Bridges turn GBK into UTF-8 and leave the declaration as it was: well-formed UTF-8 goes before what it says. */
static enum base_err to_utf8(struct base_str *text, struct base_diag *diag, struct base_buf *utf8)
{
    if (base_str_utf8(*text)) {
        return BASE_OK;
    }
    bool gb = says_gb(*text);
    if (!gb || !from_gb(*text, utf8) || !base_str_utf8(base_buf_str(utf8))) {
        return base_diag_set(diag, BASE_INVALID, "XML that is not UTF-8%s",
                             gb ? ", nor the GB18030 that it says it is" : "");
    }
    *text = base_buf_str(utf8);
    return BASE_OK;
}

enum base_err base_xml_in_parse(const void *text, size_t len, struct base_diag *diag, struct base_json **ret_json)
{
    struct base_str input = {len ? text : "", len};
    AUTO_VALUE(base_buf) utf8;
    base_buf_init(&utf8, (size_t)2 * BASE_DOCUMENT_MAX);
    if (len > BASE_DOCUMENT_MAX) {
        return base_diag_set(diag, BASE_LIMIT, "XML of %zu bytes; up to %u are read", len, BASE_DOCUMENT_MAX);
    }
    enum base_err err = to_utf8(&input, diag, &utf8);
    if (err) {
        return err;
    }
    AUTO(base_json_tree) tree = base_json_tree_new(TREE_LEAST + len * TREE_PER_BYTE);
    struct reading reading = {.tree = tree, .parser = XML_ParserCreate("UTF-8")};
    struct base_json *json = NULL;
    base_buf_init(&reading.text, BASE_DOCUMENT_MAX * 2);
    if (tree) {
        tree->root = base_json_tree_make(tree, BASE_JSON_OBJECT);
    }
    if (!tree || !tree->root || !reading.parser) {
        err = base_diag_set(diag, BASE_NOMEM, "out of memory");
    } else {
        err = parse_utf8(input, diag, &reading);
    }
    if (reading.parser) {
        XML_ParserFree(reading.parser);
    }
    base_buf_release(&reading.text);
    json = err ? NULL : base_json_tree_give(tree);
    if (!json) {
        return err ? err : base_diag_set(diag, BASE_NOMEM, "out of memory");
    }
    tree = NULL;
    *ret_json = json;
    return BASE_OK;
}
