/* A webhook's address is somebody's input, and judge stands inside the network: it is not to knock at doors there. What
 * counts is the address that is connected to, after names were resolved.
 * Source: IANA's registries of special-purpose addresses (RFC 6890 and its updates). */
#include "incident/deliver_private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct range {
    uint32_t base;
    int bits;
};

static bool is_public_v4(uint32_t address)
{
    static const struct range kept[] = {
        {0x00000000, 8},  /* this network */
        {0x0A000000, 8},  /* private */
        {0x64400000, 10}, /* shared (carriers) */
        {0x7F000000, 8},  /* loopback */
        {0xA9FE0000, 16}, /* link-local: where clouds keep their secrets */
        {0xAC100000, 12}, /* private */
        {0xC0000000, 24}, /* protocol assignments */
        {0xC0000200, 24}, /* documentation */
        {0xC0586300, 24}, /* 6to4 relays */
        {0xC0A80000, 16}, /* private */
        {0xC6120000, 15}, /* benchmarks */
        {0xC6336400, 24}, /* documentation */
        {0xCB007100, 24}, /* documentation */
        {0xE0000000, 3},  /* multicast, reserved, broadcast */
    };
    for (size_t i = 0; i < BASE_COUNT(kept); i++) {
        if (address >> (32 - kept[i].bits) == kept[i].base >> (32 - kept[i].bits)) {
            return false;
        }
    }
    return true;
}

static uint32_t v4_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Global unicast is 2000::/3; of it 2001::/23 (protocol assignments, Teredo), documentation and 6to4 are not. */
static bool is_public_v6(const uint8_t at[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    static const uint8_t translated[12] = {0x00, 0x64, 0xFF, 0x9B};
    if (memcmp(at, mapped, sizeof mapped) == 0 || memcmp(at, translated, sizeof translated) == 0) {
        return is_public_v4(v4_at(at + 12));
    }
    bool global = (at[0] & 0xE0) == 0x20;
    bool assigned = at[0] == 0x20 && at[1] == 0x01 && (at[2] & 0xFE) == 0;
    bool documentation = (at[0] == 0x20 && at[1] == 0x01 && at[2] == 0x0D && at[3] == 0xB8) ||
                         (at[0] == 0x3F && at[1] == 0xFF && (at[2] & 0xF0) == 0);
    bool six_to_four = at[0] == 0x20 && at[1] == 0x02;
    return global && !assigned && !documentation && !six_to_four;
}

bool incident_address_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        return is_public_v4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    }
    return address->sa_family == AF_INET6 && is_public_v6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
}
