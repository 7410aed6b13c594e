#pragma once
#include <stdint.h>

// A resolver of host names on c-ares that never blocks; used by one thread at a time.
typedef struct drape_dns drape_dns;

// Asks to watch a descriptor for reading and writing; both 0: not any more.
typedef void (*drape_dns_watch)(void *context, int descriptor, int readable, int writable);

// Tells the end of a look-up: `count` addresses of 16 bytes each (IPv4 mapped into IPv6), IPv4 first, and how long they
// are valid; without addresses, `reason` says why.
typedef void (*drape_dns_found)(void *context, uint64_t lookup, const uint8_t *addresses, unsigned count, int seconds,
                                const char *reason);

// Call it once, before any thread is created.
void drape_dns_start_library(void);

// `servers`: name servers as `address:port,…`, or null: those of the system. Null if there is no memory, or a server is
// no address. Each server is asked `tries` times; the first time it has `timeout_ms` to answer.
drape_dns *drape_dns_create(const char *servers, int timeout_ms, int tries, drape_dns_watch watch, drape_dns_found found,
                            void *context);
// Ends every look-up; `found` is called for each.
void drape_dns_destroy(drape_dns *dns);
// Calls `found` once with `lookup`: now, or in a later call of this resolver.
void drape_dns_look_up(drape_dns *dns, const char *host, uint64_t lookup);
// Handles readiness of descriptors (-1: none), and what is overdue.
void drape_dns_act(drape_dns *dns, int readable, int writable);
// Milliseconds until `drape_dns_act` must be called; -1: no look-up is under way.
int drape_dns_wait_ms(drape_dns *dns);

// Resolves a name and blocks for at most `timeout_ms`. Returns 0 and an address in text form, or -1 and the reason.
int drape_dns_resolve(const char *servers, const char *host, int timeout_ms, char *text, unsigned count);
