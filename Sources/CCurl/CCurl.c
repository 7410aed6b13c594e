#define _GNU_SOURCE
#include "CCurl.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static curl_socket_t open_socket(void *client, curlsocktype purpose, struct curl_sockaddr *address) {
    drape_curl_policy *policy = client;
    (void)purpose;
    uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};
    if (address->family == AF_INET) {
        memcpy(bytes + 12, &((struct sockaddr_in *)&address->addr)->sin_addr, 4);
    } else if (address->family == AF_INET6) {
        memcpy(bytes, &((struct sockaddr_in6 *)&address->addr)->sin6_addr, 16);
    } else {
        return CURL_SOCKET_BAD;
    }
    if (!policy->permit(policy->context, bytes)) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void drape_curl_set_policy(CURL *easy, drape_curl_policy *policy) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, policy);
}
