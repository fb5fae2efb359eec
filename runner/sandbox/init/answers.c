/* Answers to the runner: a bounded buffer in front of a non-blocking standard output. */
#include "init.h"

#include <poll.h>

enum { OUT_RESERVE = 4096 };
static const int64_t FLUSH_DELAY = 50LL * MILLISECOND;

static unsigned char out_buf[2 * FRAME_MAX];
static size_t out_start, out_end;
static size_t out_last =
    SIZE_MAX; /* offset of the newest frame of output; SIZE_MAX: none that could grow */
static int64_t out_since;

void flush(void) {
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

/* Requests are taken meanwhile: the runner may be busy sending input, and read no answer before
 * that is done. */
void flush_all(void) {
    for (flush(); out_end > 0; flush()) {
        struct pollfd p[2] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
                              {.fd = STDIN_FILENO, .events = can_receive() ? POLLIN : 0}};
        if (poll(p, 2, -1) <= 0) continue;
        if (p[1].revents & POLLIN)
            receive();
        else if (p[1].revents & (POLLHUP | POLLERR))
            _exit(0);
    }
}

/* Room for `size` more bytes at the end of the buffer, moving what is unsent to its start if need
 * be. */
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

void answer(enum answer type, const void *payload, uint32_t length) {
    while (!make_room(HEADER + length)) flush_all();
    if (out_end == 0) out_since = now();
    put_header(out_end, type, length);
    if (length > 0) memcpy(out_buf + out_end + HEADER, payload, length);
    out_last = SIZE_MAX;
    out_end += HEADER + length;
}

void answer_failure(enum stage stage, int error, const char *what) {
    unsigned char payload[512];
    int32_t code = error;
    payload[0] = (unsigned char)stage;
    memcpy(payload + 1, &code, sizeof code);
    int n = snprintf((char *)payload + 5, sizeof payload - 5, "%s%s%s", what, error ? ": " : "",
                     error ? strerror(error) : "");
    size_t text = n < 0 ? 0 : (size_t)n < sizeof payload - 6 ? (size_t)n : sizeof payload - 6;
    answer(FAILED, payload, (uint32_t)(5 + text));
}

_Noreturn void die(enum stage stage, int error, const char *what) {
    answer_failure(stage, error, what);
    flush_all();
    _exit(1);
}

/* While a program runs, its output waits a moment, so that a short one costs a single write. */
bool must_flush(bool at_once) {
    return out_end > 0 && (at_once || out_end >= CHUNK || now() - out_since >= FLUSH_DELAY);
}

/* When what waits has waited long enough. */
int64_t flush_time(void) { return out_end > 0 ? out_since + FLUSH_DELAY : INT64_MAX; }

bool room_for_output(void) { return make_room(HEADER + CHUNK + OUT_RESERVE); }

struct space space_for(enum answer type) {
    struct space s = {0};
    s.joins =
        out_last != SIZE_MAX && out_last >= out_start && out_buf[out_last] == (unsigned char)type;
    if (s.joins) memcpy(&s.have, out_buf + out_last + 1, sizeof s.have);
    if (s.have > FRAME_MAX - CHUNK) s = (struct space){0};
    s.at = out_buf + out_end + (s.joins ? 0 : HEADER);
    return s;
}

void fill_space(enum answer type, struct space s, size_t length) {
    if (out_end == 0) out_since = now();
    if (!s.joins) out_last = out_end;
    put_header(out_last, type, s.have + (uint32_t)length);
    out_end = (size_t)(s.at - out_buf) + length;
}
