#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/eventfd.h>
#include <sys/socket.h>

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, fd, &event);
}

int drape_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
int drape_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}
int drape_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}
int drape_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }
int drape_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int drape_accept(int listener, void *address, unsigned *length) {
    return accept4(listener, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
