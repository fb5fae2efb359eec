/* PID 1 of every sandbox.
 *
 * Theory of operation
 *
 * The runner creates a container whose shell stores this program in a private tmpfs and executes it
 * (container.py). From then on the container's standard input carries requests and its standard
 * output carries answers, as frames: one byte of type, four bytes of length (little-endian), the
 * payload. protocol.py is the other side and has the layout of every payload. Nothing else ever
 * connects a program in here with the world.
 *
 *     MAKE_DIRECTORY, PUT, APPEND   as some uid  -> nothing, or FAILED
 *     RUN         start a program as some uid    -> STDOUT, STDERR, WINDOW ..., DONE or FAILED
 *     STDIN, END_OF_INPUT   its input, as far as WINDOW allows
 *     GET         read a file as some uid        -> CONTENT ..., then FILE_END
 *     SCRUB       remove every trace of some uids, or keep their files for others to read
 *                                                -> CLEAN or DIRTY
 *
 * Requests are handled strictly in order: while a program runs, only its input is taken from the
 * stream, and the rest waits there. A failed PUT makes init ignore what follows until the next
 * SCRUB. When the stream ends, for whatever reason, init exits, and the kernel ends every process
 * of the container with it: that is the life line.
 *
 * One thread, one poll loop, no allocation, no helper processes. Programs run as uids that only
 * they ever had. init is root, but keeps only CAP_SETUID, CAP_SETGID and CAP_KILL, so it cannot
 * touch the files of those uids: it works on them under setfsuid() of the owner, which also means
 * that no link that a program planted leads init to a place where the program could not go by
 * itself.
 *
 * A case ends when its main process ends or a limit strikes, never at end-of-file of its output:
 * whoever holds the pipe then is killed. A runner that does not read its answers does not stop the
 * clock: fd 1 is non-blocking, and a full buffer only stops the reading of the program's output.
 *
 * SCRUB kills every process, reaps until none is left, and only then walks the writable file
 * systems. It then verifies: processes, blocks and inodes of each tmpfs, System V IPC, POSIX
 * message queues, sockets must be what they were at a point that it remembered (0: start, 1: after
 * the language's warm-up, 2: after compilation). Descriptors can outlive every process (sockets
 * passed in a circle); closing a Unix socket makes the kernel collect them. What stays at such a
 * point can be written to by nobody who comes later, whatever modes its maker gave it. All of that
 * has one time limit, and past it the answer is DIRTY.
 */
#include "init.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

static unsigned char in_buf[STDIN_WINDOW + FRAME_MAX + CHUNK];
static size_t in_start, in_end;
static int signal_fd = -1;
extern char __bss_start[], _end[]; /* the linker knows where our buffers are */

/* Handle a whole frame. Returns whether it is done with and may leave the buffer. */
static bool handle(unsigned char type, const unsigned char *payload, size_t length) {
    if (type == STDIN) return !run.active || feed_frame(payload, length);
    if (type == END_OF_INPUT) {
        if (run.active) close_end(&run.in);
        return true;
    }
    if (run.active) return false;
    if (type == SCRUB) {
        handle_scrub(payload, length);
    } else if (strchr("MPARG", type) == NULL || type == '\0') {
        die(STAGE_PROTOCOL, 0, "unknown request");
    } else if (put_failed()) {
        return true;
    } else if (type == MAKE_DIRECTORY) {
        handle_make_directory(payload, length);
    } else if (type == PUT) {
        handle_put(payload, length);
    } else if (type == APPEND) {
        handle_append(payload, length);
    } else if (type == RUN) {
        handle_run(payload, length);
    } else {
        handle_get(payload, length);
    }
    return true;
}

/* Handle the whole frames in the buffer, in order. Returns whether the first one has to wait for
 * the program. */
static bool handle_frames(void) {
    struct frame frame;
    enum frame_status status;
    while ((status = next_frame(in_buf + in_start, in_end - in_start, &frame)) == FRAME_WHOLE) {
        if (!handle(frame.type, frame.payload, frame.length)) return true;
        in_start += HEADER + frame.length;
    }
    if (status == FRAME_TOO_LONG) die(STAGE_PROTOCOL, 0, "frame too long");
    return false;
}

bool can_receive(void) { return in_end - in_start < sizeof in_buf; }

/* Take what the stream has. Moves what is in the buffer: payloads are elsewhere afterwards. */
void receive(void) {
    if (!can_receive()) return;
    if (in_start > 0) {
        memmove(in_buf, in_buf + in_start, in_end - in_start);
        in_end -= in_start;
        in_start = 0;
    }
    ssize_t n = read(STDIN_FILENO, in_buf + in_end, sizeof in_buf - in_end);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) _exit(0); /* the life line */
    if (n > 0) in_end += (size_t)n;
}

enum { SLOT_REQUESTS, SLOT_ANSWERS, SLOT_SIGNAL, SLOT_IN, SLOT_OUT, SLOT_ERR, SLOT_BACKGROUND };

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

static int wait_time(bool more_to_reap) {
    int64_t until = INT64_MAX;
    if (more_to_reap) return 0;
    if (run.active) until = sooner(run.deadline, run.next_sample);
    if (run.active && !must_flush(false)) until = sooner(until, flush_time());
    if (until == INT64_MAX) return -1;
    int64_t left = until - now();
    return left <= 0 ? 0 : (int)((left + MILLISECOND - 1) / MILLISECOND);
}

static void turn(void) {
    static bool more_to_reap;
    struct pollfd p[SLOT_BACKGROUND + MAX_BACKGROUND];
    bool blocked = handle_frames();
    bool feeding = blocked && run.active && in_buf[in_start] == STDIN;
    if (must_flush(!run.active)) flush();
    bool room = room_for_output();
    p[SLOT_REQUESTS] = (struct pollfd){STDIN_FILENO, can_receive() ? POLLIN : 0, 0};
    p[SLOT_ANSWERS] = (struct pollfd){STDOUT_FILENO, must_flush(!run.active) ? POLLOUT : 0, 0};
    p[SLOT_SIGNAL] = (struct pollfd){signal_fd, POLLIN, 0};
    p[SLOT_IN] = (struct pollfd){feeding ? run.in : -1, POLLOUT, 0};
    p[SLOT_OUT] = (struct pollfd){room ? run.out : -1, POLLIN, 0};
    p[SLOT_ERR] = (struct pollfd){room ? run.err : -1, POLLIN, 0};
    size_t watched = background_count;
    for (size_t i = 0; i < watched; i++)
        p[SLOT_BACKGROUND + i] = (struct pollfd){background[i], POLLIN, 0};
    if (poll(p, (nfds_t)(SLOT_BACKGROUND + watched), wait_time(more_to_reap)) < 0) return;
    if (p[SLOT_SIGNAL].revents) {
        struct signalfd_siginfo waste;
        if (read(signal_fd, &waste, sizeof waste) < 0) return;
        more_to_reap = true;
    }
    if (more_to_reap) more_to_reap = reap();
    if (p[SLOT_OUT].revents) pump(&run.out, STDOUT);
    if (p[SLOT_ERR].revents) pump(&run.err, STDERR);
    for (size_t i = watched; i-- > 0;)
        if (p[SLOT_BACKGROUND + i].revents) discard_background(i);
    look_at_the_clock();
    if (run.active && (run.ended || run.limit != NO_LIMIT)) finish();
    if (p[SLOT_REQUESTS].revents & POLLIN)
        receive();
    else if (p[SLOT_REQUESTS].revents & (POLLHUP | POLLERR))
        _exit(0);
}

/* A writable file system that init does not clean would carry data from case to case. */
static void refuse_foreign_mounts(void) {
    static const char *const known[] = {"/proc",         "/sys",      "/dev",   "/.sandbox",
                                        "/work",         "/tmp",      "/build", "/etc/resolv.conf",
                                        "/etc/hostname", "/etc/hosts"};
    static char text[64 * 1024];
    int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    for (ssize_t n = -1; n != 0; length += (size_t)n) { /* one read gives about a page of it */
        n = fd < 0 ? -1 : read(fd, text + length, sizeof text - 1 - length);
        if (n < 0) die(STAGE_START, errno, "cannot read the mount table");
    }
    close(fd);
    if (length == sizeof text - 1) die(STAGE_START, 0, "the mount table is too long");
    text[length] = '\0';
    char *rest, *line = strtok_r(text, "\n", &rest);
    for (; line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char *fields, *where;
        strtok_r(line, " ", &fields);
        where = strtok_r(NULL, " ", &fields);
        strtok_r(NULL, " ", &fields);
        char *options = strtok_r(NULL, " ", &fields);
        if (where == NULL || options == NULL || strncmp(options, "rw", 2) != 0) continue;
        bool ours = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            size_t prefix = strlen(known[i]);
            ours |= strncmp(where, known[i], prefix) == 0 &&
                    (where[prefix] == '\0' || (i < 3 && where[prefix] == '/'));
        }
        if (!ours) {
            char what[256];
            snprintf(what, sizeof what, "unexpected writable mount %s", where);
            die(STAGE_START, 0, what);
        }
    }
}

/* No page is to be asked for when memory is out: touched now, and locked where the limit for that
 * allows it. What lies between our variables is touched too, on purpose. */
__attribute__((no_sanitize("address"))) static void hold_own_pages(void) {
    for (volatile char *page = __bss_start; page < _end; page += 4096) *page = *page;
    mlockall(MCL_CURRENT);
}

static void prepare_process(void) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    umask(022);
    hold_own_pages();
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
}

static void report_ready(void) {
    unsigned char ready[2 + sizeof(struct held)] = {PROTOCOL_VERSION,
                                                    (unsigned char)cgroup_version()};
    struct held held = held_to();
    memcpy(ready + 2, &held, sizeof held);
    answer(READY, ready, sizeof ready);
    flush();
}

int main(void) {
    if (getpid() != 1)
        return 1; /* elsewhere than in a container of its own it would kill every process there is
                   */
    prepare_process();
    refuse_foreign_mounts();
    open_counters();
    open_places();
    open_build(false);
    remember_start();
    report_ready();
    for (;;) turn();
}
