/* What the parts of init share. main.c has the theory of operation. */
#ifndef INIT_H
#define INIT_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "frames are little-endian"
#endif

/* ---- the protocol: protocol.py is the other side */

enum {
    PROTOCOL_VERSION = 3,
    HEADER = 5,
    FRAME_MAX = 256 * 1024,
    CHUNK = 64 * 1024,
    STDIN_WINDOW = 512 * 1024, /* input that may be on its way without having been asked for */
    FIRST_UID = 1000
};

enum request {
    MAKE_DIRECTORY = 'M',
    PUT = 'P',
    APPEND = 'A',
    RUN = 'R',
    STDIN = 'I',
    END_OF_INPUT = 'E',
    GET = 'G',
    SCRUB = 'S'
};
enum answer {
    READY = 'Y',
    STDOUT = 'o',
    STDERR = 'e',
    WINDOW = 'w',
    DONE = 'x',
    CONTENT = 'f',
    FILE_END = 'g',
    CLEAN = 'c',
    DIRTY = 'd',
    FAILED = '!'
};
enum stage { STAGE_START = 0, STAGE_PUT = 1, STAGE_FORK = 2, STAGE_EXEC = 3, STAGE_PROTOCOL = 4 };
enum limit { NO_LIMIT = 0, TIME_LIMIT = 1, OUTPUT_LIMIT = 2, MEMORY_LIMIT = 3 };
enum file_status { FILE_WHOLE = 0, FILE_MISSING = 1, FILE_IRREGULAR = 2, FILE_TOO_LARGE = 3 };
enum run_flag { KEEP_BACKGROUND = 1 };

/* ---- clock.c */

enum { MILLISECOND = 1000000 }; /* all times are in nanoseconds of the monotonic clock */

int64_t now(void);
void pause_for(int64_t nanoseconds);

/* ---- requests.c */

enum { MAX_UIDS = 8, LEVELS = 3 };
enum frame_status { FRAME_WHOLE, FRAME_PART, FRAME_TOO_LONG };

struct frame {
    unsigned char type;
    const unsigned char *payload;
    size_t length;
};

/* A file or directory of a program; `path` is absolute, may be cut up, and holds until the next. */
struct file_request {
    uid_t uid;
    mode_t mode;
    uint64_t most;
    char *path;
    const unsigned char *data;
    size_t length;
};

struct scrub_request {
    unsigned level;
    bool seal;
    size_t count;
    uid_t uids[MAX_UIDS];
};

struct program {
    uid_t uid;
    uint32_t timeout_ms, flags;
    uint64_t output, memory, file_size;
    char *cwd, **argv, **envp;
};

enum frame_status next_frame(const unsigned char *at, size_t available, struct frame *frame);

/* Each returns what is wrong with the payload, or NULL. */
const char *parse_put(const unsigned char *payload, size_t length, struct file_request *r);
const char *parse_make_directory(const unsigned char *payload, size_t length,
                                 struct file_request *r);
const char *parse_get(const unsigned char *payload, size_t length, struct file_request *r);
const char *parse_scrub(const unsigned char *payload, size_t length, struct scrub_request *r);
const char *parse_run(const unsigned char *payload, size_t length, struct program *p);

/* ---- main.c */

bool can_receive(void);
void receive(void);

/* ---- answers.c */

/* Where output of a program can be read to: behind the newest frame if that is of the same kind and
 * not sent yet. */
struct space {
    unsigned char *at;
    uint32_t have; /* bytes that the frame has already */
    bool joins;
};

void flush(void);
void flush_all(void);
bool must_flush(bool at_once);
bool room_for_output(void);
int64_t flush_time(void);
void answer(enum answer type, const void *payload, uint32_t length);
void answer_failure(enum stage stage, int error, const char *what);
_Noreturn void die(enum stage stage, int error, const char *what);
struct space space_for(enum answer type);
void fill_space(enum answer type, struct space space, size_t length);

/* ---- counters.c */

enum { MOUNT_COUNT = 4, IPC_KINDS = 3 };
extern const char *const MOUNTS[MOUNT_COUNT]; /* the last one is not in every sandbox */
extern int mount_count;

/* What must be the same again after a scrub. */
struct baseline {
    uint64_t blocks[MOUNT_COUNT], inodes[MOUNT_COUNT];
    long ipc[IPC_KINDS];
    long sockets;
};

/* The limits of our control group: bytes, processes, microseconds of processor time in a period;
 * UINT64_MAX for none. */
struct held {
    uint64_t memory, pids, quota;
};

void open_counters(void);
int cgroup_version(void);
struct held held_to(void);
uint64_t oom_kills(void);
uint64_t cpu_used(void);
void memory_used(uint64_t *anonymous, uint64_t *shared);
uint64_t files_used(void);
void measure(struct baseline *b);
long ipc_lines(int kind);
size_t ipc_table(int kind, char *text, size_t size);
long time_wait_sockets(void);

/* ---- files.c */

void act_as(uid_t uid);
void open_places(void);
void open_build(bool open);
void close_end(int *fd);
void close_put(void);
bool put_failed(void);
void forget_failed_put(void);
void handle_put(const unsigned char *payload, size_t length);
void handle_append(const unsigned char *payload, size_t length);
void handle_make_directory(const unsigned char *payload, size_t length);
void handle_get(const unsigned char *payload, size_t length);

/* ---- program.c */

_Noreturn void be_program(const struct program *p, const int ends[3], int failure);

/* ---- run.c */

enum { MAX_BACKGROUND = 32 };

/* The program that runs now. */
struct run {
    bool active, ended, keep_background;
    pid_t pid;
    int in, out, err, failure; /* our ends of its pipes; -1 where closed */
    int status;
    struct rusage usage;
    int64_t start, end, deadline, next_sample;
    uint64_t output_left, memory_limit, oom, cpu, peak, shared_before;
    uint32_t window_owed;
    size_t fed; /* how much of the STDIN frame at the head of the stream is done with */
    enum limit limit;
};
extern struct run run;

/* Output pipes of earlier programs of a session: read and thrown away, so that what runs on can go
 * on printing. */
extern int background[MAX_BACKGROUND];
extern size_t background_count;

void handle_run(const unsigned char *payload, size_t length);
bool feed_frame(const unsigned char *payload, size_t length);
void pump(int *fd, enum answer type);
bool reap(void);
void kill_all(void);
void discard_background(size_t i);
void close_background(void);
void look_at_the_clock(void);
void finish(void);

/* ---- scrub.c */

/* What getdents64(2) gives. */
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

bool is_dot(const char *name);
long read_entries(int directory, void *entries, size_t size);
void remember_start(void);
void handle_scrub(const unsigned char *payload, size_t length);

/* ---- seal.c */

bool seal(uid_t owner, int64_t deadline);

#endif
