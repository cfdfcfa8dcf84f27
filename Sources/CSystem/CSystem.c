#define _GNU_SOURCE
#include "CSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int sy_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, fd, &event) == 0 ? 0 : -errno;
}

int sy_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

int sy_epoll_add_listening(int epoll, int fd, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE, token);
}

int sy_epoll_change(int epoll, int fd, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

int sy_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

int sy_epoll_wait(int epoll, struct sy_event *events, int capacity, int milliseconds) {
    struct epoll_event raw[256];
    int count = epoll_wait(epoll, raw, capacity < 256 ? capacity : 256, milliseconds);
    if (count < 0) return -errno;
    for (int i = 0; i < count; i++) {
        events[i].token = raw[i].data.u64;
        events[i].events = raw[i].events;
    }
    return count;
}

int sy_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void sy_eventfd_signal(int fd) {
    uint64_t one = 1;
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void sy_eventfd_clear(int fd) {
    uint64_t count;
    while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {
    }
}

int sy_timerfd(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC); }

int sy_timerfd_arm(int fd, uint64_t nanoseconds) {
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(nanoseconds / 1000000000u),
                                           .tv_nsec = (long)(nanoseconds % 1000000000u)}};
    return timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) == 0 ? 0 : -errno;
}

uint64_t sy_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void tune(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

int sy_accept(int fd) {
    int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return peer < 0 ? -errno : peer;
}

int sy_accept_from(int fd, struct sy_peer *peer) {
    struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof from;
    int number = accept4(fd, (struct sockaddr *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (number < 0) return -errno;
    *peer = (struct sy_peer){.kind = from.ss_family == AF_UNIX ? 1 : 0};
    if (from.ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)&from;
        memcpy(peer->address, &four->sin_addr, 4);
        peer->port = ntohs(four->sin_port);
        peer->kind = 4;
    } else if (from.ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&from;
        memcpy(peer->address, &six->sin6_addr, 16);
        peer->port = ntohs(six->sin6_port);
        peer->kind = 6;
    }
    return number;
}

void sy_peer_text(const struct sy_peer *peer, char *text, size_t capacity) {
    text[0] = 0;
    if (peer->kind != 4 && peer->kind != 6) return;
    inet_ntop(peer->kind == 4 ? AF_INET : AF_INET6, peer->address, text, (socklen_t)capacity);
}

int sy_duplicate(int fd) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}

// One address. A port that is taken or forbidden is worth telling of; an address that this machine
// does not have (IPv6 switched off) is not.
static int listen_at(const struct addrinfo *at, bool shared, int backlog) {
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (shared) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    // Those that are accepted inherit it.
    tune(fd);
    // The other family has a socket of its own.
    if (at->ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, backlog) != 0) {
        int failure = -errno;
        close(fd);
        return failure;
    }
    return fd;
}

int sy_listen_tcp(const char *host, const char *port, bool shared, int backlog, int *fds, int most,
                  char *error, size_t capacity) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(host, port, &hints, &found);
    if (failure != 0) {
        snprintf(error, capacity, "%s", gai_strerror(failure));
        return -1;
    }
    int count = 0;
    int refusal = 0;
    snprintf(error, capacity, "no address");
    for (struct addrinfo *at = found; at != NULL && count < most && refusal == 0; at = at->ai_next) {
        int fd = listen_at(at, shared, backlog);
        if (fd >= 0) {
            fds[count++] = fd;
            continue;
        }
        snprintf(error, capacity, "%s", strerror(-fd));
        if (fd == -EADDRINUSE || fd == -EACCES) refusal = fd;
    }
    freeaddrinfo(found);
    if (refusal == 0 && count > 0) return count;
    for (int i = 0; i < count; i++) close(fds[i]);
    return -1;
}

// Binds and listens at a path where nothing is.
static int listen_at_path(const char *path, mode_t mode, int backlog) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, mode) != 0 ||
        listen(fd, backlog) != 0) {
        int failure = -errno;
        close(fd);
        return failure;
    }
    return fd;
}

// A socket that answers belongs to a living process; one that refuses was left behind.
static int remove_stale(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int answered = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (!answered && errno == ECONNREFUSED) unlink(path);
    close(fd);
    return answered ? -EADDRINUSE : 0;
}

int sy_listen_unix(const char *path, bool shared, int backlog) {
    if (!shared) {
        int failure = remove_stale(path);
        return failure != 0 ? failure : listen_at_path(path, 0777, backlog);
    }
    // Clients find the one or the other at every moment, never none.
    char fresh[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    int length = snprintf(fresh, sizeof fresh, "%s.%d", path, (int)getpid());
    if (length < 0 || (size_t)length >= sizeof fresh) return -ENAMETOOLONG;
    unlink(fresh);
    int fd = listen_at_path(fresh, 0777, backlog);
    if (fd >= 0 && rename(fresh, path) != 0) {
        int failure = -errno;
        unlink(fresh);
        close(fd);
        return failure;
    }
    return fd;
}

int sy_claim_unix(const char *lock_path, const char *path, int backlog, int *lock) {
    int held = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (held < 0) return -errno;
    int fd = flock(held, LOCK_EX | LOCK_NB) == 0 ? 0 : -errno;
    if (fd == 0) {
        // Whoever had the number before is gone.
        unlink(path);
        fd = listen_at_path(path, 0600, backlog);
    }
    if (fd < 0)
        close(held);
    else
        *lock = held;
    return fd;
}

int sy_connect(const void *address, uint32_t length) {
    const struct sockaddr *to = address;
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (to->sa_family != AF_UNIX) tune(fd);
    if (connect(fd, to, length) != 0 && errno != EINPROGRESS) {
        int failure = -errno;
        close(fd);
        return failure;
    }
    return fd;
}

int sy_socket_error(int fd) {
    int failure = 0;
    socklen_t length = sizeof failure;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &length) == 0 ? failure : errno;
}

long sy_peer_user(int fd) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -errno;
    return (long)peer.uid;
}

long sy_send(int fd, const void *bytes, size_t count) {
    // Not through send(): it is a cancellation point, which costs in a process with threads.
    long sent = syscall(SYS_sendto, fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
    return sent >= 0 ? sent : -errno;
}

long sy_receive(int fd, void *bytes, size_t count) {
    long received = syscall(SYS_recvfrom, fd, bytes, count, MSG_DONTWAIT, NULL, NULL);
    return received >= 0 ? received : -errno;
}

int sy_first_byte(int fd) {
    unsigned char byte;
    long received = syscall(SYS_recvfrom, fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK, NULL, NULL);
    return received == 1 ? byte : -1;
}

void sy_close(int fd) { close(fd); }

bool sy_random(void *bytes, size_t count) {
    // Up to 256 bytes at once are never cut short.
    return count <= 256 && getrandom(bytes, count, 0) == (ssize_t)count;
}

void sy_pause_milliseconds(int milliseconds) {
    struct timespec pause = {.tv_sec = 0, .tv_nsec = (long)milliseconds * 1000000};
    nanosleep(&pause, NULL);
}

void sy_work_in_batches(void) {
    struct sched_param parameters = {.sched_priority = 0};
    sched_setscheduler(0, SCHED_BATCH, &parameters);
}

void sy_forbid_dumps(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

uint64_t sy_raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}
