#define _GNU_SOURCE
#include "CCares.h"
#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

enum { addresses_max = 16, address_bytes = 16 };

struct drape_dns {
    ares_channel channel;
    drape_dns_watch watch;
    drape_dns_found found;
    void *context;
};

typedef struct {
    drape_dns *dns;
    uint64_t number;
} lookup;

void drape_dns_start_library(void) { ares_library_init(ARES_LIB_INIT_ALL); }

static void socket_state(void *data, ares_socket_t descriptor, int readable, int writable) {
    drape_dns *dns = data;
    dns->watch(dns->context, descriptor, readable, writable);
}

drape_dns *drape_dns_create(const char *servers, int timeout_ms, int tries, drape_dns_watch watch, drape_dns_found found,
                            void *context) {
    drape_dns *dns = calloc(1, sizeof *dns);
    if (!dns) return NULL;
    dns->watch = watch;
    dns->found = found;
    dns->context = context;
    struct ares_options options = {.timeout = timeout_ms, .tries = tries};
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    if (watch) {
        options.sock_state_cb = socket_state;
        options.sock_state_cb_data = dns;
        mask |= ARES_OPT_SOCK_STATE_CB;
    }
    if (ares_init_options(&dns->channel, &options, mask) != ARES_SUCCESS) {
        free(dns);
        return NULL;
    }
    if (servers && ares_set_servers_ports_csv(dns->channel, servers) != ARES_SUCCESS) {
        ares_destroy(dns->channel);
        free(dns);
        return NULL;
    }
    return dns;
}

void drape_dns_destroy(drape_dns *dns) {
    ares_destroy(dns->channel);
    free(dns);
}

// Appends the addresses of one family, and lowers the time for which all are valid.
static unsigned collect(const struct ares_addrinfo *result, int family, uint8_t *bytes, unsigned count, int *seconds) {
    for (const struct ares_addrinfo_node *node = result->nodes; node && count < addresses_max; node = node->ai_next) {
        if (node->ai_family != family) continue;
        uint8_t *address = bytes + count * address_bytes;
        if (family == AF_INET) {
            memset(address, 0, 10);
            address[10] = address[11] = 0xff;
            memcpy(address + 12, &((struct sockaddr_in *)(void *)node->ai_addr)->sin_addr, 4);
        } else {
            memcpy(address, &((struct sockaddr_in6 *)(void *)node->ai_addr)->sin6_addr, 16);
        }
        if (node->ai_ttl < *seconds) *seconds = node->ai_ttl;
        count++;
    }
    return count;
}

static void ended(void *data, int status, int timeouts, struct ares_addrinfo *result) {
    (void)timeouts;
    lookup *one = data;
    uint8_t bytes[addresses_max * address_bytes];
    unsigned count = 0;
    int seconds = 1 << 30;
    if (status == ARES_SUCCESS && result) {
        count = collect(result, AF_INET, bytes, 0, &seconds);
        count = collect(result, AF_INET6, bytes, count, &seconds);
    }
    const char *reason = count ? NULL : status == ARES_SUCCESS ? "the name has no address" : ares_strerror(status);
    one->dns->found(one->dns->context, one->number, bytes, count, seconds, reason);
    if (result) ares_freeaddrinfo(result);
    free(one);
}

void drape_dns_look_up(drape_dns *dns, const char *host, uint64_t number) {
    lookup *one = malloc(sizeof *one);
    if (!one) {
        dns->found(dns->context, number, NULL, 0, 0, "no memory");
        return;
    }
    one->dns = dns;
    one->number = number;
    struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    ares_getaddrinfo(dns->channel, host, NULL, &hints, ended, one);
}

void drape_dns_act(drape_dns *dns, int readable, int writable) {
    ares_process_fd(dns->channel, readable < 0 ? ARES_SOCKET_BAD : readable, writable < 0 ? ARES_SOCKET_BAD : writable);
}

int drape_dns_wait_ms(drape_dns *dns) {
    struct timeval room, *wait = ares_timeout(dns->channel, NULL, &room);
    return wait ? (int)(wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000) : -1;
}

// MARK: Blocking

typedef struct {
    int is_done;
    char *text;
    unsigned count;
    int is_found;
} answer;

static void keep(void *context, uint64_t number, const uint8_t *addresses, unsigned count, int seconds,
                 const char *reason) {
    (void)number;
    (void)seconds;
    answer *kept = context;
    if (kept->is_done) return;
    kept->is_done = 1;
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (!count) {
        snprintf(kept->text, kept->count, "%s", reason);
    } else if (!memcmp(addresses, mapped, 12)) {
        kept->is_found = inet_ntop(AF_INET, addresses + 12, kept->text, kept->count) != NULL;
    } else {
        kept->is_found = inet_ntop(AF_INET6, addresses, kept->text, kept->count) != NULL;
    }
}

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Waits for the descriptors of the channel, and handles one of each turn.
static void wait_once(drape_dns *dns, int wait_ms) {
    ares_socket_t descriptors[ARES_GETSOCK_MAXNUM];
    int mask = ares_getsock(dns->channel, descriptors, ARES_GETSOCK_MAXNUM);
    struct pollfd polled[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    for (int index = 0; index < ARES_GETSOCK_MAXNUM; index++) {
        short events = 0;
        if (ARES_GETSOCK_READABLE(mask, index)) events |= POLLIN;
        if (ARES_GETSOCK_WRITABLE(mask, index)) events |= POLLOUT;
        if (events) polled[count++] = (struct pollfd){.fd = descriptors[index], .events = events};
    }
    poll(polled, count, wait_ms);
    drape_dns_act(dns, -1, -1);
    for (nfds_t index = 0; index < count; index++) {
        int is_readable = (polled[index].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        int is_writable = (polled[index].revents & POLLOUT) != 0;
        if (is_readable || is_writable) {
            drape_dns_act(dns, is_readable ? polled[index].fd : -1, is_writable ? polled[index].fd : -1);
            return;
        }
    }
}

int drape_dns_resolve(const char *servers, const char *host, int timeout_ms, char *text, unsigned count) {
    answer kept = {.text = text, .count = count};
    drape_dns *dns = drape_dns_create(servers, timeout_ms / 3 + 1, 2, NULL, keep, &kept);
    if (!dns) {
        snprintf(text, count, "the resolver cannot be set up");
        return -1;
    }
    int64_t end = now_ms() + timeout_ms;
    drape_dns_look_up(dns, host, 0);
    while (!kept.is_done) {
        int64_t left = end - now_ms();
        if (left <= 0) {
            snprintf(text, count, "the name servers did not answer in time");
            kept.is_done = 1;
            break;
        }
        int due = drape_dns_wait_ms(dns);
        wait_once(dns, due >= 0 && due < left ? due : (int)left);
    }
    drape_dns_destroy(dns);
    return kept.is_found ? 0 : -1;
}
