// The system calls of the event loop, in shapes that Swift takes without unions and macros.
#ifndef SWITCHYARD_CSYSTEM_H
#define SWITCHYARD_CSYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

// Events of epoll, as plain constants.
static const uint32_t sy_readable = EPOLLIN;
static const uint32_t sy_writable = EPOLLOUT;
static const uint32_t sy_peer_closed = EPOLLRDHUP;
static const uint32_t sy_broken = EPOLLERR | EPOLLHUP;

// One event, without the union of struct epoll_event.
struct sy_event {
    uint64_t token;
    uint32_t events;
};

int sy_epoll_create(void);
int sy_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int sy_epoll_change(int epoll, int fd, uint32_t events, uint64_t token);
int sy_epoll_remove(int epoll, int fd);
// Blocks until something happens or the time is over (-1: never); returns the count, or -errno.
int sy_epoll_wait(int epoll, struct sy_event *events, int capacity, int milliseconds);

int sy_eventfd(void);
void sy_eventfd_signal(int fd);
void sy_eventfd_clear(int fd);

// A timer on the monotonic clock; `nanoseconds` is absolute, 0 disarms.
int sy_timerfd(void);
int sy_timerfd_arm(int fd, uint64_t nanoseconds);

uint64_t sy_monotonic_nanoseconds(void);

// Has a listening socket tell one of the loops that wait for it, not all of them.
int sy_epoll_add_listening(int epoll, int fd, uint64_t token);

// Sockets. All are non-blocking and close on exec; failures are -errno.
int sy_accept(int fd);
// Who is at the other end of a socket: 16 bytes of an address in network order, of which IPv4 has
// the first 4.
struct sy_peer {
    uint64_t address[2];
    uint16_t port;
    // 4 and 6 for the Internet protocols, 1 for a Unix-domain socket, 0 for anything else.
    uint8_t kind;
};
// The same, and who it is.
int sy_accept_from(int fd, struct sy_peer *peer);
// The address as text; `text` takes at least 64 bytes. Empty for a Unix-domain socket.
void sy_peer_text(const struct sy_peer *peer, char *text, size_t capacity);
// Another descriptor of the same socket.
int sy_duplicate(int fd);
// Listens on every address of the host, all of the machine's for NULL. Returns how many descriptors
// it has written; -1 with the cause in words.
// `shared`: with SO_REUSEPORT, so that other processes may listen there too.
int sy_listen_tcp(const char *host, const char *port, bool shared, int backlog, int *fds, int most,
                  char *error, size_t capacity);
// `shared`: takes the place of a socket that another process listens at.
int sy_listen_unix(const char *path, bool shared, int backlog);
// Listens at a path for the user of this process alone, if nobody else holds the lock on a file;
// -EWOULDBLOCK if somebody does. The lock is held as long as its descriptor is open.
int sy_claim_unix(const char *lock_path, const char *path, int backlog, int *lock);
// Starts to connect; the address is a struct sockaddr.
int sy_connect(const void *address, uint32_t length);
int sy_socket_error(int fd);
// The user of the operating system at the other end of a Unix-domain socket; -errno.
long sy_peer_user(int fd);
long sy_send(int fd, const void *bytes, size_t count);
long sy_receive(int fd, void *bytes, size_t count);
// The first byte that waits to be received, which goes on waiting; -1: none.
int sy_first_byte(int fd);
void sy_close(int fd);
// Fills `bytes` with random bits that nobody can foresee; returns whether it could.
bool sy_random(void *bytes, size_t count);
void sy_pause_milliseconds(int milliseconds);
// Tells the scheduler that the calling thread works in batches: it does not interrupt whoever runs
// when it is woken, and so finds more to do at once.
void sy_work_in_batches(void);
// Has the system write no core file of this process, and lets no process of the same user read its
// memory.
void sy_forbid_dumps(void);
// Raises the soft limit of open files to the hard one; returns the limit in force.
uint64_t sy_raise_open_files(void);

#endif
