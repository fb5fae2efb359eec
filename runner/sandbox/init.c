/* PID 1 of every sandbox.
 *
 * Theory of operation
 *
 * The runner creates a container whose shell stores this program in a private tmpfs and executes it (container.py).
 * From then on the container's standard input carries requests and its standard output carries answers, as frames:
 * one byte of type, four bytes of length (little-endian), the payload. protocol.py is the other side and has the
 * layout of every payload. Nothing else ever connects a program in here with the world.
 *
 *     MAKE_DIRECTORY, PUT, APPEND   as some uid     -> nothing, or FAILED
 *     RUN           start a program as some uid     -> STDOUT, STDERR, WINDOW ..., then DONE or FAILED
 *     STDIN, EOF    its input, as far as WINDOW allows
 *     GET           read a file as some uid         -> CONTENT ..., then FILE_END
 *     SCRUB         remove every trace of some uids -> CLEAN or DIRTY
 *
 * Requests are handled strictly in order: while a program runs, only its input is taken from the stream, and the
 * rest waits there. A failed PUT makes init ignore what follows until the next SCRUB. When the stream ends, for
 * whatever reason, init exits, and the kernel ends every process of the container with it: that is the life line.
 *
 * One thread, one poll loop, no allocation, no helper processes. Programs run as uids that only they ever had.
 * init is root, but keeps only CAP_SETUID, CAP_SETGID and CAP_KILL, so it cannot touch the files of those uids: it
 * works on them under setfsuid() of the owner, which also means that no link that a program planted leads init to
 * a place where the program could not go by itself.
 *
 * A case ends when its main process ends or a limit strikes, never at end-of-file of its output: whoever holds the
 * pipe then is killed. A runner that does not read its answers does not stop the clock: fd 1 is non-blocking,
 * and a full buffer only stops the reading of the program's output.
 *
 * SCRUB kills every process, reaps until none is left, and only then walks the writable file systems. It then
 * verifies: processes, blocks and inodes of each tmpfs, System V IPC, POSIX message queues, sockets must be what they
 * were at a point that it remembered (0: start, 1: after the language's warm-up, 2: after compilation). Descriptors
 * can outlive every process (sockets passed in a circle); closing a Unix socket makes the kernel collect them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "frames are little-endian"
#endif

enum { PROTOCOL_VERSION = 1 };
enum { HEADER = 5, FRAME_MAX = 256 * 1024, CHUNK = 64 * 1024, OUT_RESERVE = 4096 };
enum { MAX_STRINGS = 8192, MAX_UIDS = 8, MAX_BACKGROUND = 32, LEVELS = 3, FIRST_UID = 1000 };

enum request { MAKE_DIRECTORY = 'M', PUT = 'P', APPEND = 'A', RUN = 'R', STDIN = 'I', END_OF_INPUT = 'E', GET = 'G', SCRUB = 'S' };
enum answer {
    READY = 'Y', STDOUT = 'o', STDERR = 'e', WINDOW = 'w', DONE = 'x', CONTENT = 'f', FILE_END = 'g', CLEAN = 'c',
    DIRTY = 'd', FAILED = '!'
};
enum stage { STAGE_START = 0, STAGE_PUT = 1, STAGE_FORK = 2, STAGE_EXEC = 3, STAGE_PROTOCOL = 4 };
enum limit { NO_LIMIT = 0, TIME_LIMIT = 1, OUTPUT_LIMIT = 2, MEMORY_LIMIT = 3 };
enum file_status { FILE_WHOLE = 0, FILE_MISSING = 1, FILE_IRREGULAR = 2, FILE_TOO_LARGE = 3 };
enum run_flag { KEEP_BACKGROUND = 1 };

static const int64_t MILLISECOND = 1000000;
static const int64_t SCRUB_PATIENCE = 300 * 1000000LL;
static const int64_t REAP_PATIENCE = 1000 * 1000000LL;
static const int64_t FLUSH_DELAY = 50 * 1000000LL;
static const int64_t SAMPLE_FIRST = 10 * 1000000LL;
static const int64_t SAMPLE_LATER = 50 * 1000000LL;

static const char *const MOUNTS[] = {"/work", "/tmp", "/dev/shm", "/build"};
enum { MOUNT_COUNT = sizeof MOUNTS / sizeof *MOUNTS };

/* ------------------------------------------------------------------ state */

static unsigned char in_buf[HEADER + FRAME_MAX + CHUNK];
static size_t in_start, in_end;

static unsigned char out_buf[2 * FRAME_MAX];
static size_t out_start, out_end;
static size_t out_last; /* offset of the newest frame, to which output of the same kind may be added */
static int64_t out_since;

static int signal_fd = -1, put_fd = -1;
static uid_t put_uid;
static bool batch_failed;
static int oom_fd = -1, cpu_fd = -1, stat_fd = -1, sockstat_fd = -1, ipc_fd[3] = {-1, -1, -1};
static bool cgroup2;

static struct {
    bool active, ended, keep_background, stdin_closed_by_program;
    pid_t pid;
    int in, out, err, failure;
    int status;
    struct rusage usage;
    int64_t start, end, deadline, next_sample;
    uint64_t output_left, memory_limit, oom, cpu, peak, shmem;
    uint32_t window_owed;
    enum limit limit;
} run = {.in = -1, .out = -1, .err = -1, .failure = -1};

static int background[MAX_BACKGROUND]; /* output pipes of earlier programs of a session: read and thrown away */
static size_t background_count;

struct baseline {
    uint64_t blocks[MOUNT_COUNT], inodes[MOUNT_COUNT];
    long ipc[3];
    long sockets;
};
static struct baseline baselines[LEVELS];

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void pause_for(int64_t nanoseconds) {
    struct timespec t = {0, nanoseconds};
    nanosleep(&t, NULL);
}

/* ------------------------------------------------------------------ answers */

static void flush(void) {
    while (out_start < out_end) {
        ssize_t n = write(STDOUT_FILENO, out_buf + out_start, out_end - out_start);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) _exit(0); /* the runner is gone */
        out_start += (size_t)n;
    }
    out_start = out_end = 0;
    out_last = SIZE_MAX;
}

static void flush_all(void) {
    for (flush(); out_end > 0; flush()) {
        struct pollfd p[2] = {{.fd = STDOUT_FILENO, .events = POLLOUT}, {.fd = STDIN_FILENO}};
        if (poll(p, 2, -1) > 0 && (p[1].revents & (POLLHUP | POLLERR))) _exit(0);
    }
}

/* Room for `size` more bytes at the end of the buffer, moving what is unsent to its start if need be. */
static bool make_room(size_t size) {
    if (sizeof out_buf - out_end >= size) return true;
    if (out_start == 0) return false;
    memmove(out_buf, out_buf + out_start, out_end - out_start);
    out_last = out_last >= out_start && out_last != SIZE_MAX ? out_last - out_start : SIZE_MAX;
    out_end -= out_start;
    out_start = 0;
    return sizeof out_buf - out_end >= size;
}

static void put_header(size_t at, enum answer type, uint32_t length) {
    out_buf[at] = (unsigned char)type;
    memcpy(out_buf + at + 1, &length, sizeof length);
}

static void answer(enum answer type, const void *payload, uint32_t length) {
    while (!make_room(HEADER + length)) flush_all();
    if (out_end == 0) out_since = now();
    put_header(out_end, type, length);
    if (length > 0) memcpy(out_buf + out_end + HEADER, payload, length);
    out_last = SIZE_MAX;
    out_end += HEADER + length;
}

static void answer_failure(enum stage stage, int error, const char *what) {
    unsigned char payload[512];
    int32_t code = error;
    payload[0] = (unsigned char)stage;
    memcpy(payload + 1, &code, sizeof code);
    int n = snprintf((char *)payload + 5, sizeof payload - 5, "%s%s%s", what, error ? ": " : "", error ? strerror(error) : "");
    size_t text = n < 0 ? 0 : (size_t)n < sizeof payload - 6 ? (size_t)n : sizeof payload - 6;
    answer(FAILED, payload, (uint32_t)(5 + text));
}

static void die(enum stage stage, int error, const char *what) {
    answer_failure(stage, error, what);
    flush_all();
    _exit(1);
}

/* ------------------------------------------------------------------ what the kernel counts */

static size_t slurp(int fd, char *text, size_t size) {
    ssize_t n = fd < 0 ? -1 : pread(fd, text, size - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

/* The number after `key` where it starts a line of `text`; 0 if it is not there. */
static uint64_t field(const char *text, const char *key) {
    size_t length = strlen(key);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncmp(line, key, length) == 0 && line[length] == ' ') return strtoull(line + length, NULL, 10);
    }
    return 0;
}

static uint64_t oom_kills(void) {
    char text[512];
    slurp(oom_fd, text, sizeof text);
    return field(text, "oom_kill");
}

/* Microseconds of CPU that the whole container has used. */
static uint64_t cpu_used(void) {
    char text[1024];
    slurp(cpu_fd, text, sizeof text);
    return cgroup2 ? field(text, "usage_usec") : strtoull(text, NULL, 10) / 1000;
}

static void memory_used(uint64_t *anonymous, uint64_t *shared) {
    char text[8192];
    slurp(stat_fd, text, sizeof text);
    *anonymous = field(text, cgroup2 ? "anon" : "total_rss");
    *shared = field(text, cgroup2 ? "shmem" : "total_shmem");
}

static long count_lines(int fd) {
    char text[4096];
    long lines = 0;
    off_t at = 0;
    for (ssize_t n; fd >= 0 && (n = pread(fd, text, sizeof text, at)) > 0; at += n)
        for (ssize_t i = 0; i < n; i++) lines += text[i] == '\n';
    return lines;
}

static void measure(struct baseline *b) {
    memset(b, 0, sizeof *b);
    for (int i = 0; i < MOUNT_COUNT; i++) {
        struct statfs s;
        if (statfs(MOUNTS[i], &s) != 0) continue;
        b->blocks[i] = s.f_blocks - s.f_bfree;
        b->inodes[i] = s.f_files - s.f_ffree;
    }
    for (int i = 0; i < 3; i++) b->ipc[i] = count_lines(ipc_fd[i]);
    char text[1024];
    slurp(sockstat_fd, text, sizeof text);
    const char *used = strstr(text, "used ");
    b->sockets = used != NULL ? strtol(used + 5, NULL, 10) : 0;
}

static long time_wait_sockets(void) {
    char text[1024];
    slurp(sockstat_fd, text, sizeof text);
    const char *waiting = strstr(text, " tw ");
    return waiting != NULL ? strtol(waiting + 4, NULL, 10) : 0;
}

/* ------------------------------------------------------------------ files, always as their owner */

static void act_as(uid_t uid) {
    setfsgid(uid);
    setfsuid(uid);
}

/* The directory that holds `path`'s last component, made where it is missing; never through a symbolic link.
 * `path` is absolute and is cut up; *name is set to its last component. */
static int open_parent(char *path, bool make, char **name) {
    int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *part = path + 1;
    for (char *slash; at >= 0 && (slash = strchr(part, '/')) != NULL; part = slash + 1) {
        *slash = '\0';
        if (make) mkdirat(at, part, 0755);
        int next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int error = errno;
        close(at);
        errno = error;
        at = next;
    }
    *name = part;
    return at;
}

static bool path_is_sound(const char *path, size_t length) {
    if (length < 2 || length >= 4096 || path[0] != '/' || path[length - 1] == '/') return false;
    if (memchr(path, '\0', length) != NULL) return false;
    for (const char *p = path; p != NULL; p = strchr(p + 1, '/'))
        if (p[1] == '/' || strncmp(p, "/../", 4) == 0 || strcmp(p, "/..") == 0) return false;
    return true;
}

static void close_put(void) {
    if (put_fd >= 0) close(put_fd);
    put_fd = -1;
}

static void fail_put(int error, const char *what) {
    close_put();
    batch_failed = true;
    answer_failure(STAGE_PUT, error, what);
}

static void write_put(const unsigned char *data, size_t length) {
    act_as(put_uid);
    while (length > 0 && put_fd >= 0) {
        ssize_t n = write(put_fd, data, length);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            fail_put(errno, "cannot write a file");
            break;
        }
        data += n;
        length -= (size_t)n;
    }
    act_as(0);
}

/* payload: u32 uid, u16 mode, u16 length of the path, path, the first data */
static void handle_put(const unsigned char *payload, size_t length) {
    static char path[4096];
    uint16_t mode, path_length;
    close_put();
    if (length < 8) die(STAGE_PROTOCOL, 0, "short PUT");
    memcpy(&put_uid, payload, 4);
    memcpy(&mode, payload + 4, 2);
    memcpy(&path_length, payload + 6, 2);
    if (length < 8u + path_length || path_length >= sizeof path) die(STAGE_PROTOCOL, 0, "bad PUT");
    memcpy(path, payload + 8, path_length);
    path[path_length] = '\0';
    if (put_uid < FIRST_UID || !path_is_sound(path, path_length)) die(STAGE_PROTOCOL, 0, "bad path in PUT");
    act_as(put_uid);
    char *name;
    int parent = open_parent(path, true, &name);
    if (parent >= 0) {
        unlinkat(parent, name, 0);
        put_fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
    }
    int error = errno;
    if (parent >= 0) close(parent);
    act_as(0);
    if (put_fd < 0)
        fail_put(error, "cannot create a file");
    else
        write_put(payload + 8 + path_length, length - 8 - path_length);
}

/* payload: u32 uid, path */
static void handle_make_directory(const unsigned char *payload, size_t length) {
    static char path[4096 + 1];
    uid_t uid;
    close_put();
    if (length < 4 || length - 4 >= sizeof path - 1) die(STAGE_PROTOCOL, 0, "bad MAKE_DIRECTORY");
    memcpy(&uid, payload, 4);
    memcpy(path, payload + 4, length - 4);
    path[length - 4] = '\0';
    if (uid < FIRST_UID || !path_is_sound(path, length - 4)) die(STAGE_PROTOCOL, 0, "bad path in MAKE_DIRECTORY");
    path[length - 4] = '/';
    path[length - 3] = '\0';
    act_as(uid);
    char *name;
    int directory = open_parent(path, true, &name), error = errno;
    act_as(0);
    if (directory < 0)
        fail_put(error, "cannot make a directory");
    else
        close(directory);
}

static enum file_status open_regular(char *path, uint64_t most, int *fd) {
    char *name;
    struct stat s;
    int parent = open_parent(path, false, &name);
    if (parent < 0) return FILE_MISSING;
    *fd = openat(parent, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    int error = errno;
    close(parent);
    if (*fd < 0) return error == ENOENT ? FILE_MISSING : FILE_IRREGULAR;
    if (fstat(*fd, &s) != 0 || !S_ISREG(s.st_mode)) return FILE_IRREGULAR;
    return (uint64_t)s.st_size > most ? FILE_TOO_LARGE : FILE_WHOLE;
}

/* payload: u32 uid, u64 most bytes, path */
static void handle_get(const unsigned char *payload, size_t length) {
    static char path[4096];
    static unsigned char content[CHUNK];
    uid_t uid;
    uint64_t most;
    int fd = -1;
    if (length < 12 || length - 12 >= sizeof path) die(STAGE_PROTOCOL, 0, "bad GET");
    memcpy(&uid, payload, 4);
    memcpy(&most, payload + 4, 8);
    memcpy(path, payload + 12, length - 12);
    path[length - 12] = '\0';
    if (uid < FIRST_UID || !path_is_sound(path, length - 12)) die(STAGE_PROTOCOL, 0, "bad path in GET");
    act_as(uid);
    unsigned char status = (unsigned char)open_regular(path, most, &fd);
    while (status == FILE_WHOLE) {
        ssize_t n = read(fd, content, sizeof content);
        if (n <= 0) break;
        if ((uint64_t)n > most) status = FILE_TOO_LARGE; /* it grew meanwhile */
        most -= status == FILE_WHOLE ? (uint64_t)n : 0;
        if (status == FILE_WHOLE) answer(CONTENT, content, (uint32_t)n);
    }
    if (fd >= 0) close(fd);
    act_as(0);
    answer(FILE_END, &status, 1);
}

/* ------------------------------------------------------------------ the program, before exec */

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "x86_64 and aarch64 only"
#endif
enum { X32_BIT = 0x40000000, AF_VSOCK_FAMILY = 40, IO_URING_SETUP = 425, IO_URING_REGISTER = 427 };

/* On top of the engine's own seccomp profile: no AF_VSOCK, which no network namespace holds; no io_uring, whose
 * requests outlive their process; no system calls of another architecture, through which both could be had. */
static bool deny_calls(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, IO_URING_REGISTER, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, IO_URING_SETUP, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_VSOCK_FAMILY, 2, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool cap_limit(int resource, rlim_t most) {
    struct rlimit r;
    if (getrlimit(resource, &r) != 0) return false;
    if (r.rlim_max == RLIM_INFINITY || r.rlim_max > most) r.rlim_max = most;
    r.rlim_cur = r.rlim_max;
    return setrlimit(resource, &r) == 0;
}

static void forget_signals(void) {
    struct sigaction fresh = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int s = 1; s < NSIG; s++) sigaction(s, &fresh, NULL); /* fails for SIGKILL, SIGSTOP: as it should */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

struct program {
    uid_t uid;
    uint32_t timeout_ms, flags;
    uint64_t output, memory, file_size;
    char *cwd, **argv, **envp;
};

static void prefer_as_oom_victim(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, "1000", 4) < 0) { /* a help only: the memory budget is what protects init */
    }
    close(fd);
}

/* In the child: become the program. Returns only the name of what failed, with errno. RLIMIT_CORE is 1, not 0: for a
 * core_pattern that is a pipe, 0 would still start the host's handler (core(5)). */
static const char *become(const struct program *p, const int ends[3]) {
    if (setsid() < 0) return "setsid";
    forget_signals();
    for (int i = 0; i < 3; i++)
        if (dup2(ends[i], i) < 0) return "dup2";
    if (!cap_limit(RLIMIT_CORE, 1) || !cap_limit(RLIMIT_FSIZE, p->file_size) || !cap_limit(RLIMIT_NOFILE, 1024)) return "setrlimit";
    prefer_as_oom_victim();
    if (setgroups(0, NULL) != 0 || setresgid(p->uid, p->uid, p->uid) != 0 || setresuid(p->uid, p->uid, p->uid) != 0) return "setuid";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !deny_calls()) return "seccomp";
    umask(022);
    if (chdir(p->cwd) != 0) return p->cwd;
    environ = p->envp; /* execvp looks PATH up here */
    execvp(p->argv[0], p->argv);
    return p->argv[0];
}

/* ------------------------------------------------------------------ running a program */

static void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static bool next_string(const unsigned char **at, const unsigned char *end, char **string) {
    const unsigned char *nul = memchr(*at, '\0', (size_t)(end - *at));
    if (nul == NULL) return false;
    *string = (char *)(uintptr_t)*at;
    *at = nul + 1;
    return true;
}

/* payload: u32 uid, u32 timeout in ms, u32 flags, u32 argc, u32 envc, u64 output, u64 memory, u64 file size, then
 * NUL-terminated strings: working directory, arguments, environment */
static bool parse_run(const unsigned char *payload, size_t length, struct program *p) {
    static char *strings[MAX_STRINGS + 2];
    uint32_t argc, envc;
    if (length < 44) return false;
    memcpy(&p->uid, payload, 4);
    memcpy(&p->timeout_ms, payload + 4, 4);
    memcpy(&p->flags, payload + 8, 4);
    memcpy(&argc, payload + 12, 4);
    memcpy(&envc, payload + 16, 4);
    memcpy(&p->output, payload + 20, 8);
    memcpy(&p->memory, payload + 28, 8);
    memcpy(&p->file_size, payload + 36, 8);
    if (p->uid < FIRST_UID || argc < 1 || argc > MAX_STRINGS || envc > MAX_STRINGS - argc) return false;
    const unsigned char *at = payload + 44, *end = payload + length;
    if (!next_string(&at, end, &p->cwd)) return false;
    p->argv = strings;
    for (uint32_t i = 0; i < argc; i++)
        if (!next_string(&at, end, &p->argv[i])) return false;
    p->argv[argc] = NULL;
    p->envp = strings + argc + 1;
    for (uint32_t i = 0; i < envc; i++)
        if (!next_string(&at, end, &p->envp[i])) return false;
    p->envp[envc] = NULL;
    return at == end;
}

static void be_child(const struct program *p, const int ends[3], int failure) {
    const char *what = become(p, ends);
    int32_t error = errno;
    char text[260];
    memcpy(text, &error, sizeof error);
    size_t length = strnlen(what, sizeof text - sizeof error);
    memcpy(text + sizeof error, what, length);
    if (write(failure, text, sizeof error + length) < 0) _exit(126); /* init sees an exit it can't explain */
    _exit(127);
}

/* Pipes in pairs (read, write) for stdin, stdout, stderr and the report of a failed exec. */
static bool open_pipes(int pipes[4][2]) {
    for (int i = 0; i < 4; i++) pipes[i][0] = pipes[i][1] = -1;
    for (int i = 0; i < 4; i++)
        if (pipe2(pipes[i], O_CLOEXEC) != 0) {
            int error = errno;
            for (int k = 0; k < 4; k++) close_end(&pipes[k][0]), close_end(&pipes[k][1]);
            errno = error;
            return false;
        }
    return true;
}

static void watch(int *ours, int pipe_end) {
    *ours = pipe_end;
    fcntl(pipe_end, F_SETFL, O_NONBLOCK);
}

static void begin(const struct program *p) {
    uint64_t anonymous;
    run.keep_background = (p->flags & KEEP_BACKGROUND) != 0;
    run.ended = run.stdin_closed_by_program = false;
    run.output_left = p->output;
    run.memory_limit = p->memory;
    run.window_owed = 0;
    run.limit = NO_LIMIT;
    run.peak = 0;
    run.oom = oom_kills();
    run.cpu = cpu_used();
    memory_used(&anonymous, &run.shmem);
    run.start = now();
    run.deadline = run.start + (int64_t)p->timeout_ms * MILLISECOND;
    run.next_sample = run.start + SAMPLE_FIRST;
}

static void handle_run(const unsigned char *payload, size_t length) {
    struct program p;
    int pipes[4][2];
    close_put();
    if (!parse_run(payload, length, &p)) die(STAGE_PROTOCOL, 0, "bad RUN");
    if (!open_pipes(pipes)) {
        answer_failure(STAGE_FORK, errno, "cannot make pipes");
        return;
    }
    begin(&p);
    run.pid = fork();
    if (run.pid == 0) be_child(&p, (const int[3]){pipes[0][0], pipes[1][1], pipes[2][1]}, pipes[3][1]);
    int error = errno;
    close(pipes[0][0]), close(pipes[1][1]), close(pipes[2][1]), close(pipes[3][1]);
    watch(&run.in, pipes[0][1]);
    watch(&run.out, pipes[1][0]);
    watch(&run.err, pipes[2][0]);
    watch(&run.failure, pipes[3][0]);
    run.active = run.pid > 0;
    if (run.active) return;
    close_end(&run.in), close_end(&run.out), close_end(&run.err), close_end(&run.failure);
    answer_failure(STAGE_FORK, error, "cannot start a process");
}

/* Move output from a pipe into the buffer, if it has room; frames of one kind that follow each other become one. */
static void pump(int *fd, enum answer type) {
    if (*fd < 0 || !make_room(HEADER + CHUNK + OUT_RESERVE)) return;
    uint32_t have = 0;
    bool more = out_last != SIZE_MAX && out_last >= out_start && out_buf[out_last] == (unsigned char)type;
    if (more) memcpy(&have, out_buf + out_last + 1, sizeof have);
    if (more && have > FRAME_MAX - CHUNK) more = false, have = 0;
    size_t at = more ? out_end : out_end + HEADER;
    size_t most = run.output_left < CHUNK ? (size_t)run.output_left + 1 : CHUNK;
    ssize_t n = read(*fd, out_buf + at, most);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) close_end(fd);
    if (n <= 0) return;
    if ((uint64_t)n > run.output_left) {
        n = (ssize_t)run.output_left;
        if (run.limit == NO_LIMIT) run.limit = OUTPUT_LIMIT;
    }
    run.output_left -= (uint64_t)n;
    if (n == 0) return;
    if (out_end == 0) out_since = now();
    if (!more) out_last = out_end;
    put_header(out_last, type, have + (uint32_t)n);
    out_end = at + (size_t)n;
}

static void sample_memory(int64_t time) {
    uint64_t anonymous, shared;
    memory_used(&anonymous, &shared);
    uint64_t used = anonymous + (shared > run.shmem ? shared - run.shmem : 0);
    if (used > run.peak) run.peak = used;
    if (run.memory_limit > 0 && anonymous > run.memory_limit) run.limit = MEMORY_LIMIT;
    run.next_sample = time + (time - run.start < 200 * MILLISECOND ? SAMPLE_FIRST : SAMPLE_LATER);
}

/* Reap what has ended, a bounded number at a time: a program that makes orphans without end must not stop the clock.
 * Returns whether more may be waiting. */
static bool reap(void) {
    for (int i = 0; i < 256; i++) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid <= 0) return false;
        if (run.active && pid == run.pid && !run.ended) {
            run.ended = true;
            run.end = now();
            run.status = status;
            run.usage = usage;
        }
    }
    return true;
}

static void kill_all(void) {
    int64_t patience = now() + REAP_PATIENCE;
    kill(-1, SIGKILL);
    while (now() < patience) {
        if (!reap() && kill(-1, 0) != 0 && errno == ESRCH) return;
        kill(-1, SIGKILL);
        pause_for(50 * 1000);
    }
}

static void drain(int *fd, enum answer type) {
    while (*fd >= 0) {
        uint64_t left = run.output_left;
        if (!make_room(HEADER + CHUNK + OUT_RESERVE)) flush_all();
        pump(fd, type);
        if (run.output_left == left) return; /* nothing more now, or nothing more allowed */
    }
}

static void keep_in_background(int *fd) {
    if (*fd < 0) return;
    if (background_count == MAX_BACKGROUND) {
        close(background[0]);
        memmove(background, background + 1, sizeof *background * --background_count);
    }
    background[background_count++] = *fd;
    *fd = -1;
}

static void discard_background(size_t i) {
    char waste[4096];
    ssize_t n = read(background[i], waste, sizeof waste);
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) return;
    close(background[i]);
    memmove(background + i, background + i + 1, sizeof *background * (--background_count - i));
}

static void answer_done(void) {
    struct {
        uint8_t signaled, limit;
        uint16_t code;
        uint32_t oom;
        uint64_t wall, user, sys, cpu, peak;
    } done = {0};
    uint64_t rss = (uint64_t)run.usage.ru_maxrss * 1024;
    done.signaled = WIFSIGNALED(run.status);
    done.code = (uint16_t)(done.signaled ? WTERMSIG(run.status) : WEXITSTATUS(run.status));
    done.limit = (uint8_t)run.limit;
    done.oom = (uint32_t)(oom_kills() - run.oom);
    done.wall = (uint64_t)(run.end - run.start) / 1000;
    done.user = (uint64_t)run.usage.ru_utime.tv_sec * 1000000 + (uint64_t)run.usage.ru_utime.tv_usec;
    done.sys = (uint64_t)run.usage.ru_stime.tv_sec * 1000000 + (uint64_t)run.usage.ru_stime.tv_usec;
    done.cpu = cpu_used() - run.cpu;
    done.peak = run.peak > rss ? run.peak : rss;
    answer(DONE, &done, sizeof done);
}

static void answer_outcome(void) {
    char text[261] = {0};
    int32_t error;
    ssize_t n = read(run.failure, text, sizeof text - 1);
    if (n < (ssize_t)sizeof error) {
        answer_done();
        return;
    }
    memcpy(&error, text, sizeof error);
    answer_failure(STAGE_EXEC, error, text + sizeof error);
}

/* The main process has ended, or a limit struck. */
static void finish(void) {
    bool by_limit = run.limit != NO_LIMIT;
    if (by_limit || !run.keep_background) kill_all();
    if (!run.ended) { /* it cannot be killed: the scrub will find it too */
        run.ended = true;
        run.end = now();
        run.status = SIGKILL;
        memset(&run.usage, 0, sizeof run.usage);
    }
    drain(&run.out, STDOUT);
    drain(&run.err, STDERR);
    if (run.keep_background && !by_limit) {
        keep_in_background(&run.out);
        keep_in_background(&run.err);
    }
    answer_outcome();
    close_end(&run.in), close_end(&run.out), close_end(&run.err), close_end(&run.failure);
    run.active = false;
}

/* ------------------------------------------------------------------ scrub */

struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};
enum { ENTRIES = 32 * 1024 };

static bool is_dot(const char *name) {
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* Give a directory that cannot be removed yet a name of its own in the mount's root, where it will be met again. So
 * each directory is read once, and no depth of nesting costs a descriptor or a second walk. */
static bool move_to_root(int from, const char *name, int root) {
    static uint32_t counter;
    char fresh[16];
    fchmodat(from, name, 0777, 0); /* to move a directory elsewhere one must be able to write to it */
    for (int tries = 0; tries < 20000; tries++) {
        snprintf(fresh, sizeof fresh, ".%u", counter++);
        if (syscall(SYS_renameat2, from, name, root, fresh, 1u /* RENAME_NOREPLACE */) == 0) return true;
        if (errno != EEXIST) return false;
    }
    return false;
}

static bool remove_from(int directory, const struct entry *e, int root) {
    if (unlinkat(directory, e->name, e->type == DT_DIR ? AT_REMOVEDIR : 0) == 0) return true;
    return e->type == DT_DIR && directory != root && move_to_root(directory, e->name, root);
}

/* Remove what can be removed from a directory, until a whole reading of it removes nothing. */
static bool empty_directory(int directory, int root, int64_t deadline) {
    static _Alignas(8) char entries[ENTRIES];
    bool any = false, progress = true;
    while (progress && now() < deadline) {
        progress = false;
        lseek(directory, 0, SEEK_SET);
        for (long n; (n = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0;)
            for (long at = 0; at < n; at += ((struct entry *)(entries + at))->length) {
                const struct entry *e = (struct entry *)(entries + at);
                if (!is_dot(e->name) && remove_from(directory, e, root)) progress = any = true;
            }
    }
    return any;
}

static bool open_and_empty(int root, const char *name, int64_t deadline) {
    fchmodat(root, name, 0777, 0);
    int directory = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) return false;
    bool any = empty_directory(directory, root, deadline);
    close(directory);
    return unlinkat(root, name, AT_REMOVEDIR) == 0 || any;
}

/* Remove everything that the current file-system uid owns below a mount; returns whether anything was removed. */
static bool wipe_mount(const char *mount, int64_t deadline) {
    static _Alignas(8) char entries[ENTRIES];
    bool any = false, progress = true;
    int root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return false;
    while (progress && now() < deadline) {
        progress = false;
        lseek(root, 0, SEEK_SET);
        for (long n; (n = syscall(SYS_getdents64, root, entries, sizeof entries)) > 0 && now() < deadline;)
            for (long at = 0; at < n; at += ((struct entry *)(entries + at))->length) {
                const struct entry *e = (struct entry *)(entries + at);
                if (is_dot(e->name)) continue;
                if (remove_from(root, e, root) || (e->type == DT_DIR && open_and_empty(root, e->name, deadline)))
                    progress = any = true;
            }
    }
    close(root);
    return any;
}

static void wipe_files(const uid_t *uids, size_t count, int64_t deadline) {
    bool progress = true;
    for (int pass = 0; progress && pass < 4; pass++) { /* one uid's directory may hold another's */
        progress = false;
        for (size_t u = 0; u < count; u++) {
            act_as(uids[u]);
            for (int i = 0; i < MOUNT_COUNT; i++) progress |= wipe_mount(MOUNTS[i], deadline);
            act_as(0);
        }
    }
}

static void remove_ipc(int kind, int id, uid_t creator) {
    if (seteuid(creator) != 0) return;
    if (kind == 0) shmctl(id, IPC_RMID, NULL);
    if (kind == 1) semctl(id, 0, IPC_RMID);
    if (kind == 2) msgctl(id, IPC_RMID, NULL);
    if (seteuid(0) != 0) die(STAGE_PROTOCOL, errno, "cannot be root again");
}

/* Tables of /proc/sysvipc: a heading, then `key id perms ...`; the column of the creator's uid differs by kind. */
static void wipe_ipc(int kind) {
    static const int creator_column[3] = {9, 6, 9};
    char text[4096];
    for (int turn = 0; turn < 64 && count_lines(ipc_fd[kind]) > 1; turn++) {
        slurp(ipc_fd[kind], text, sizeof text);
        char *line = strchr(text, '\n');
        char *rest, *row = line != NULL ? strtok_r(line + 1, "\n", &rest) : NULL;
        for (; row != NULL; row = strtok_r(NULL, "\n", &rest)) {
            long columns[10] = {0};
            char *at = row;
            for (int i = 0; i < 10; i++) columns[i] = strtol(at, &at, 10);
            remove_ipc(kind, (int)columns[1], (uid_t)columns[creator_column[kind]]);
        }
    }
}

static void wipe_queues(void) {
    static _Alignas(8) char entries[4096];
    int directory = open("/dev/mqueue", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    for (bool progress = true; progress;) {
        progress = false;
        lseek(directory, 0, SEEK_SET);
        for (long n; (n = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0;)
            for (long at = 0; at < n; at += ((struct entry *)(entries + at))->length) {
                const struct entry *e = (struct entry *)(entries + at);
                if (!is_dot(e->name) && unlinkat(directory, e->name, 0) == 0) progress = true;
            }
    }
    close(directory);
}

static bool queues_left(void) {
    static _Alignas(8) char entries[4096];
    bool any = false;
    int directory = open("/dev/mqueue", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return false;
    for (long n; (n = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0;)
        for (long at = 0; at < n; at += ((struct entry *)(entries + at))->length)
            any |= !is_dot(((struct entry *)(entries + at))->name);
    close(directory);
    return any;
}

/* What still differs from the baseline; NULL where nothing does. */
static const char *trace_left(const struct baseline *base) {
    struct baseline here;
    if (kill(-1, 0) == 0 || errno != ESRCH) return "a process";
    measure(&here);
    if (memcmp(here.inodes, base->inodes, sizeof here.inodes) != 0) return "files";
    if (memcmp(here.blocks, base->blocks, sizeof here.blocks) != 0) return "blocks of deleted files";
    if (memcmp(here.ipc, base->ipc, sizeof here.ipc) != 0) return "System V IPC";
    if (here.sockets != base->sockets || time_wait_sockets() != 0) return "sockets";
    return queues_left() ? "message queues" : NULL;
}

static void collect_sockets(void) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) close(fd);
}

static void wipe(const uid_t *uids, size_t count, int64_t deadline) {
    close_put();
    kill_all();
    while (background_count > 0) close(background[--background_count]);
    wipe_files(uids, count, deadline);
    for (int kind = 0; kind < 3; kind++)
        if (count_lines(ipc_fd[kind]) > 1) wipe_ipc(kind);
    wipe_queues();
}

/* What a tool chain leaves on purpose is files; whatever else is left is a trace, of a tool chain's too. */
static void remember_files(struct baseline *b) {
    struct baseline here;
    measure(&here);
    memcpy(b->blocks, here.blocks, sizeof here.blocks);
    memcpy(b->inodes, here.inodes, sizeof here.inodes);
}

/* payload: u8 level, u8 whether to remember what is there now as that level, u16 number of uids, u32 uids */
static void handle_scrub(const unsigned char *payload, size_t length) {
    uid_t uids[MAX_UIDS];
    uint16_t count;
    if (length < 4) die(STAGE_PROTOCOL, 0, "short SCRUB");
    unsigned level = payload[0];
    bool seal = payload[1] != 0;
    memcpy(&count, payload + 2, sizeof count);
    if (level >= LEVELS || count > MAX_UIDS || length != 4 + 4u * count) die(STAGE_PROTOCOL, 0, "bad SCRUB");
    memcpy(uids, payload + 4, 4u * count);
    for (size_t i = 0; i < count; i++)
        if (uids[i] < FIRST_UID) die(STAGE_PROTOCOL, 0, "bad uid in SCRUB");
    batch_failed = false;
    int64_t deadline = now() + SCRUB_PATIENCE;
    wipe(uids, count, deadline);
    for (unsigned i = level; seal && i < LEVELS; i++) remember_files(&baselines[i]);
    const char *trace = trace_left(&baselines[level]);
    for (; trace != NULL && now() < deadline; trace = trace_left(&baselines[level])) {
        collect_sockets();
        pause_for(500 * 1000);
    }
    if (trace == NULL)
        answer(CLEAN, NULL, 0);
    else
        answer(DIRTY, trace, (uint32_t)strlen(trace));
}

/* ------------------------------------------------------------------ requests */

static void owe_window(uint32_t consumed, bool all) {
    run.window_owed += consumed;
    if (run.window_owed == 0 || (!all && run.window_owed < CHUNK / 2)) return;
    answer(WINDOW, &run.window_owed, sizeof run.window_owed);
    run.window_owed = 0;
}

/* Pass input on as far as the program takes it. Returns how much of it is done with. */
static size_t feed(const unsigned char *data, size_t length) {
    if (run.in < 0) return length; /* nobody reads it: it goes nowhere */
    ssize_t n = write(run.in, data, length);
    if (n >= 0) return (size_t)n;
    if (errno == EAGAIN || errno == EINTR) return 0;
    close_end(&run.in);
    run.stdin_closed_by_program = true;
    return length;
}

/* The STDIN frame at the head of the stream, of which a part may have been fed before. Returns whether all is now. */
static bool feed_frame(size_t length) {
    static size_t fed;
    size_t n = feed(in_buf + in_start + HEADER + fed, length - fed);
    fed += n;
    owe_window((uint32_t)n, fed == length);
    if (fed < length) return false;
    fed = 0;
    return true;
}

/* Handle a whole frame. Returns whether it is done with and may leave the buffer. */
static bool handle(unsigned char type, const unsigned char *payload, size_t length) {
    if (type == STDIN) return !run.active || feed_frame(length);
    if (type == END_OF_INPUT) {
        if (run.active) close_end(&run.in);
        return true;
    }
    if (run.active) return false;
    if (type == SCRUB) {
        handle_scrub(payload, length);
    } else if (strchr("MPARG", type) == NULL || type == '\0') {
        die(STAGE_PROTOCOL, 0, "unknown request");
    } else if (batch_failed) {
        return true;
    } else if (type == MAKE_DIRECTORY) {
        handle_make_directory(payload, length);
    } else if (type == PUT) {
        handle_put(payload, length);
    } else if (type == APPEND) {
        write_put(payload, length);
    } else if (type == RUN) {
        handle_run(payload, length);
    } else {
        handle_get(payload, length);
    }
    return true;
}

/* Handle the whole frames in the buffer, in order. Returns whether the first one has to wait for the program. */
static bool handle_frames(void) {
    while (in_end - in_start >= HEADER) {
        uint32_t length;
        memcpy(&length, in_buf + in_start + 1, sizeof length);
        if (length > FRAME_MAX) die(STAGE_PROTOCOL, 0, "frame too long");
        if (in_end - in_start < HEADER + length) return false;
        if (!handle(in_buf[in_start], in_buf + in_start + HEADER, length)) return true;
        in_start += HEADER + length;
    }
    return false;
}

static void receive(void) {
    if (in_start > 0) {
        memmove(in_buf, in_buf + in_start, in_end - in_start);
        in_end -= in_start;
        in_start = 0;
    }
    ssize_t n = read(STDIN_FILENO, in_buf + in_end, sizeof in_buf - in_end);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) _exit(0); /* the life line */
    if (n > 0) in_end += (size_t)n;
}

/* ------------------------------------------------------------------ the loop */

enum { SLOT_REQUESTS, SLOT_ANSWERS, SLOT_SIGNAL, SLOT_IN, SLOT_OUT, SLOT_ERR, SLOT_BACKGROUND };

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

static int wait_time(bool more_to_reap) {
    int64_t until = INT64_MAX;
    if (more_to_reap) return 0;
    if (run.active) until = sooner(run.deadline, run.next_sample);
    if (out_end > 0 && run.active) until = sooner(until, out_since + FLUSH_DELAY);
    if (until == INT64_MAX) return -1;
    int64_t left = until - now();
    return left <= 0 ? 0 : (int)((left + MILLISECOND - 1) / MILLISECOND);
}

/* While a program runs, its output waits a moment, so that a short one costs a single write. */
static bool must_flush(void) {
    return out_end > 0 && (!run.active || out_end >= CHUNK || now() - out_since >= FLUSH_DELAY);
}

static void look_at_the_clock(void) {
    int64_t time = now();
    if (!run.active || run.ended) return;
    if (time >= run.next_sample) sample_memory(time);
    if (time >= run.deadline && run.limit == NO_LIMIT) run.limit = TIME_LIMIT;
}

static void turn(void) {
    static bool more_to_reap;
    struct pollfd p[SLOT_BACKGROUND + MAX_BACKGROUND];
    bool blocked = handle_frames();
    bool feeding = blocked && run.active && in_buf[in_start] == STDIN;
    if (must_flush()) flush();
    bool room = make_room(HEADER + CHUNK + OUT_RESERVE);
    bool listening = in_end - in_start < sizeof in_buf;
    p[SLOT_REQUESTS] = (struct pollfd){STDIN_FILENO, listening ? POLLIN : 0, 0};
    p[SLOT_ANSWERS] = (struct pollfd){STDOUT_FILENO, must_flush() ? POLLOUT : 0, 0};
    p[SLOT_SIGNAL] = (struct pollfd){signal_fd, POLLIN, 0};
    p[SLOT_IN] = (struct pollfd){feeding ? run.in : -1, POLLOUT, 0};
    p[SLOT_OUT] = (struct pollfd){room ? run.out : -1, POLLIN, 0};
    p[SLOT_ERR] = (struct pollfd){room ? run.err : -1, POLLIN, 0};
    size_t watched = background_count;
    for (size_t i = 0; i < watched; i++) p[SLOT_BACKGROUND + i] = (struct pollfd){background[i], POLLIN, 0};
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

/* ------------------------------------------------------------------ start */

/* A writable file system that init does not clean would carry data from case to case. */
static void refuse_foreign_mounts(void) {
    static const char *const known[] = {"/proc", "/sys", "/dev", "/.sandbox", "/work", "/tmp", "/build",
                                        "/etc/resolv.conf", "/etc/hostname", "/etc/hosts"};
    static char text[64 * 1024];
    int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n < 0) die(STAGE_START, errno, "cannot read the mount table");
    close(fd);
    text[n] = '\0';
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
            size_t length = strlen(known[i]);
            ours |= strncmp(where, known[i], length) == 0 && (where[length] == '\0' || (i < 3 && where[length] == '/'));
        }
        if (!ours) {
            char what[256];
            snprintf(what, sizeof what, "unexpected writable mount %s", where);
            die(STAGE_START, 0, what);
        }
    }
}

static int open_any(const char *first, const char *second) {
    int fd = open(first, O_RDONLY | O_CLOEXEC);
    return fd >= 0 || second == NULL ? fd : open(second, O_RDONLY | O_CLOEXEC);
}

static void open_counters(void) {
    cgroup2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    oom_fd = open_any(cgroup2 ? "/sys/fs/cgroup/memory.events" : "/sys/fs/cgroup/memory/memory.oom_control", NULL);
    cpu_fd = open_any(cgroup2 ? "/sys/fs/cgroup/cpu.stat" : "/sys/fs/cgroup/cpuacct/cpuacct.usage",
                      cgroup2 ? NULL : "/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage");
    stat_fd = open_any(cgroup2 ? "/sys/fs/cgroup/memory.stat" : "/sys/fs/cgroup/memory/memory.stat", NULL);
    sockstat_fd = open_any("/proc/self/net/sockstat", NULL);
    ipc_fd[0] = open_any("/proc/sysvipc/shm", NULL);
    ipc_fd[1] = open_any("/proc/sysvipc/sem", NULL);
    ipc_fd[2] = open_any("/proc/sysvipc/msg", NULL);
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
    memset(in_buf, 0, sizeof in_buf); /* touched now, so that no page is asked for when memory is out */
    memset(out_buf, 0, sizeof out_buf);
    mlockall(MCL_CURRENT);
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
}

static void report_ready(void) {
    unsigned char ready[4] = {PROTOCOL_VERSION, cgroup2 ? 2 : 1, oom_fd >= 0, stat_fd >= 0};
    out_last = SIZE_MAX;
    answer(READY, ready, sizeof ready);
    flush();
}

int main(void) {
    prepare_process();
    refuse_foreign_mounts();
    open_counters();
    measure(&baselines[0]);
    for (int i = 1; i < LEVELS; i++) baselines[i] = baselines[0];
    report_ready();
    for (;;) turn();
}
