#pragma once
// Linux calls that Glibc's Swift module does not carry, and constants that its importer cannot read.
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>

int drape_epoll_create(void);
int drape_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int drape_epoll_modify(int epoll, int fd, uint32_t events, uint64_t token);
int drape_epoll_remove(int epoll, int fd);
int drape_eventfd(void);
// `address` has room for a struct sockaddr_storage.
int drape_accept(int listener, void *address, unsigned *length);

static const uint32_t drape_epoll_in = EPOLLIN;
static const uint32_t drape_epoll_out = EPOLLOUT;
static const uint32_t drape_epoll_error = EPOLLERR | EPOLLHUP;
static const uint32_t drape_epoll_peer_closed = EPOLLRDHUP;
static const uint32_t drape_epoll_edge = 1u << 31;
static const uint32_t drape_epoll_exclusive = 1u << 28;
