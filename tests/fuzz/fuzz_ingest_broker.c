/* What comes from outside about brokers: the first byte says whether the rest is an address as HUTONG_BROKER has it, or
 * topic and payload of a $SYS message, with a line end in between. */
#include "ingest/broker.h"
#include "ingest/watch.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_address(struct base_str text)
{
    struct ingest_broker broker;
    struct base_diag diag;
    char shown[INGEST_BROKER_TEXT];
    char *url = strndup(text.at, text.len);
    if (url && *url && ingest_broker_parse(url, &diag, &broker) == BASE_OK) {
        for (size_t i = 0; i < broker.count; i++) {
            const struct ingest_broker_address *address = ingest_broker_at(&broker, i);
            if (!*address->host || address->port < 1 || address->port > 65535 || !*ingest_broker_text(address, shown)) {
                abort();
            }
        }
    }
    free(url);
}

static void read_message(struct base_str text)
{
    struct ingest_watch_state state = {.dropped = -1};
    struct base_str topic;
    if (base_str_next(&text, '\n', &topic)) {
        ingest_watch_read(&state, topic, text);
    }
    if (!memchr(state.version, '\0', sizeof state.version) || !base_str_utf8(base_str_of(state.version)) ||
        (state.dropped < 0 && state.dropped != -1)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1) {
        struct base_str rest = {(const char *)data + 1, size - 1};
        if (data[0] == 'u') {
            read_address(rest);
        } else {
            read_message(rest);
        }
    }
    return 0;
}
