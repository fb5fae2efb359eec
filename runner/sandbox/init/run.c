/* A running program: its pipes, its clock, its end. */
#include "init.h"

#include <sys/wait.h>

struct run run = {.in = -1, .out = -1, .err = -1, .failure = -1};
int background[MAX_BACKGROUND];
size_t background_count;

static const int64_t REAP_PATIENCE = 1000LL * MILLISECOND;
static const int64_t SAMPLE_FIRST = 10LL * MILLISECOND;
static const int64_t SAMPLE_LATER = 50LL * MILLISECOND;

/* Pipes in pairs (read, write) for stdin, stdout, stderr and the report of a failed exec. The first
 * three are the program's own: else it could not open its /dev/stdin, /dev/stdout and /dev/stderr.
 */
static bool open_pipes(int pipes[4][2], uid_t uid) {
    for (int i = 0; i < 4; i++) pipes[i][0] = pipes[i][1] = -1;
    for (int i = 0; i < 4; i++) {
        act_as(i < 3 ? uid : 0);
        int made = pipe2(pipes[i], O_CLOEXEC), error = errno;
        act_as(0);
        if (made != 0) {
            for (int k = 0; k < 4; k++) close_end(&pipes[k][0]), close_end(&pipes[k][1]);
            errno = error;
            return false;
        }
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
    run.ended = false;
    run.output_left = p->output;
    run.memory_limit = p->memory;
    run.window_owed = 0;
    run.fed = 0;
    run.limit = NO_LIMIT;
    run.peak = 0;
    run.oom = oom_kills();
    run.cpu = cpu_used();
    memory_used(&anonymous, &run.shared_before);
    run.start = now();
    run.deadline = run.start + (int64_t)p->timeout_ms * MILLISECOND;
    run.next_sample = run.start + SAMPLE_FIRST;
}

void handle_run(const unsigned char *payload, size_t length) {
    struct program p;
    int pipes[4][2];
    close_put();
    const char *fault = parse_run(payload, length, &p);
    if (fault != NULL) die(STAGE_PROTOCOL, 0, fault);
    if (!open_pipes(pipes, p.uid)) {
        answer_failure(STAGE_FORK, errno, "cannot make pipes");
        return;
    }
    begin(&p);
    run.pid = fork();
    if (run.pid == 0)
        be_program(&p, (const int[3]){pipes[0][0], pipes[1][1], pipes[2][1]}, pipes[3][1]);
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

static void owe_window(uint32_t consumed) {
    run.window_owed += consumed;
    if (run.window_owed < STDIN_WINDOW / 4) return;
    answer(WINDOW, &run.window_owed, sizeof run.window_owed);
    run.window_owed = 0;
    flush(); /* the runner waits for it, and the program for what it sends then */
}

/* Pass input on as far as the program takes it. Returns how much of it is done with. */
static size_t feed(const unsigned char *data, size_t length) {
    if (run.in < 0) return length; /* nobody reads it: it goes nowhere */
    ssize_t n = write(run.in, data, length);
    if (n >= 0) return (size_t)n;
    if (errno == EAGAIN || errno == EINTR) return 0;
    close_end(&run.in);
    return length;
}

/* The STDIN frame at the head of the stream, of which a part may have been fed before. Returns
 * whether all is now. */
bool feed_frame(const unsigned char *payload, size_t length) {
    size_t n = feed(payload + run.fed, length - run.fed);
    run.fed += n;
    owe_window((uint32_t)n);
    if (run.fed < length) return false;
    run.fed = 0;
    return true;
}

/* Move output from a pipe into the answers, if they have room. */
void pump(int *fd, enum answer type) {
    if (*fd < 0 || !room_for_output()) return;
    struct space space = space_for(type);
    ssize_t n = read(*fd, space.at, run.output_left < CHUNK ? (size_t)run.output_left + 1 : CHUNK);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) close_end(fd);
    if (n <= 0) return;
    if ((uint64_t)n > run.output_left) {
        n = (ssize_t)run.output_left;
        if (run.limit == NO_LIMIT) run.limit = OUTPUT_LIMIT;
    }
    run.output_left -= (uint64_t)n;
    if (n > 0) fill_space(type, space, (size_t)n);
}

/* Shared memory that is no file of our file systems (memfd, MAP_SHARED without a file, System V) is
 * the program's memory as well. The counters are not read at one instant: a file that comes or goes
 * between must not be taken for memory, so the larger number of two is subtracted. */
static void sample_memory(int64_t time) {
    uint64_t anonymous, shared;
    uint64_t files = files_used();
    memory_used(&anonymous, &shared);
    uint64_t files_after = files_used();
    if (files_after > files) files = files_after;
    uint64_t used = anonymous + (shared > run.shared_before ? shared - run.shared_before : 0);
    if (used > run.peak) run.peak = used;
    uint64_t own = anonymous + (shared > files ? shared - files : 0);
    if (run.memory_limit > 0 && own > run.memory_limit) run.limit = MEMORY_LIMIT;
    run.next_sample = time + (time - run.start < 200 * MILLISECOND ? SAMPLE_FIRST : SAMPLE_LATER);
}

void look_at_the_clock(void) {
    int64_t time = now();
    if (!run.active || run.ended) return;
    if (time >= run.next_sample) sample_memory(time);
    if (time >= run.deadline && run.limit == NO_LIMIT) run.limit = TIME_LIMIT;
}

/* Reap what has ended, a bounded number at a time: a program that makes orphans without end must
 * not stop the clock. Returns whether more may be waiting. */
bool reap(void) {
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

void kill_all(void) {
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
        if (!room_for_output()) flush_all();
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

void discard_background(size_t i) {
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
    done.user =
        (uint64_t)run.usage.ru_utime.tv_sec * 1000000 + (uint64_t)run.usage.ru_utime.tv_usec;
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
void finish(void) {
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

void close_background(void) {
    while (background_count > 0) close(background[--background_count]);
}
