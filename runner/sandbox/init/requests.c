/* What requests say: from payloads to structures, and every way in which they can be wrong. Nothing
 * here calls the system, so that a fuzzer can drive it. */
#include "init.h"

enum { PATH_SIZE = 4096, MAX_STRINGS = 8192 };

static char path[PATH_SIZE + 1]; /* one more: MAKE_DIRECTORY adds a slash */

static bool path_is_sound(size_t length) {
    if (length < 2 || path[0] != '/' || path[length - 1] == '/') return false;
    if (memchr(path, '\0', length) != NULL) return false;
    for (const char *p = path; p != NULL; p = strchr(p + 1, '/'))
        if (p[1] == '/' || strncmp(p, "/../", 4) == 0 || strcmp(p, "/..") == 0) return false;
    return true;
}

static bool take_path(const unsigned char *from, size_t length) {
    if (length >= PATH_SIZE) return false;
    memcpy(path, from, length);
    path[length] = '\0';
    return path_is_sound(length);
}

/* The frame at the head of `available` bytes. Returns FRAME_PART where more is to come. */
enum frame_status next_frame(const unsigned char *at, size_t available, struct frame *frame) {
    uint32_t length;
    if (available < HEADER) return FRAME_PART;
    memcpy(&length, at + 1, sizeof length);
    if (length > FRAME_MAX) return FRAME_TOO_LONG;
    if (available < HEADER + length) return FRAME_PART;
    *frame = (struct frame){at[0], at + HEADER, length};
    return FRAME_WHOLE;
}

/* payload: u32 uid, u16 mode, u16 length of the path, path, the first data */
const char *parse_put(const unsigned char *payload, size_t length, struct file_request *r) {
    uint16_t mode, path_length;
    if (length < 8) return "short PUT";
    memcpy(&r->uid, payload, 4);
    memcpy(&mode, payload + 4, 2);
    memcpy(&path_length, payload + 6, 2);
    if (length < 8u + path_length) return "bad PUT";
    if (r->uid < FIRST_UID || !take_path(payload + 8, path_length)) return "bad path in PUT";
    r->mode = mode & 0777;
    r->path = path;
    r->data = payload + 8 + path_length;
    r->length = length - 8 - path_length;
    return NULL;
}

/* payload: u32 uid, path. A slash is added, so that the path's last component is a parent too. */
const char *parse_make_directory(const unsigned char *payload, size_t length,
                                 struct file_request *r) {
    if (length < 4) return "short MAKE_DIRECTORY";
    memcpy(&r->uid, payload, 4);
    if (r->uid < FIRST_UID || !take_path(payload + 4, length - 4))
        return "bad path in MAKE_DIRECTORY";
    path[length - 4] = '/';
    path[length - 3] = '\0';
    r->path = path;
    return NULL;
}

/* payload: u32 uid, u64 most bytes, path */
const char *parse_get(const unsigned char *payload, size_t length, struct file_request *r) {
    if (length < 12) return "short GET";
    memcpy(&r->uid, payload, 4);
    memcpy(&r->most, payload + 4, 8);
    if (r->uid < FIRST_UID || !take_path(payload + 12, length - 12)) return "bad path in GET";
    r->path = path;
    return NULL;
}

/* payload: u8 level, u8 whether to remember what is there now as that level, u16 number of uids,
 * u32 uids: whose files are removed, or kept for others to read and not to write */
const char *parse_scrub(const unsigned char *payload, size_t length, struct scrub_request *r) {
    uint16_t count;
    if (length < 4) return "short SCRUB";
    memcpy(&count, payload + 2, sizeof count);
    if (payload[0] >= LEVELS || count > MAX_UIDS || length != 4 + 4u * count) return "bad SCRUB";
    r->level = payload[0];
    r->seal = payload[1] != 0;
    r->count = count;
    memcpy(r->uids, payload + 4, 4u * count);
    for (size_t i = 0; i < count; i++)
        if (r->uids[i] < FIRST_UID) return "bad uid in SCRUB";
    return NULL;
}

static bool next_string(const unsigned char **at, const unsigned char *end, char **string) {
    const unsigned char *nul = memchr(*at, '\0', (size_t)(end - *at));
    if (nul == NULL) return false;
    *string = (char *)(uintptr_t)*at;
    *at = nul + 1;
    return true;
}

/* payload: u32 uid, u32 timeout in ms, u32 flags, u32 argc, u32 envc, u64 output, u64 memory, u64
 * file size, then NUL-terminated strings: working directory, arguments, environment */
const char *parse_run(const unsigned char *payload, size_t length, struct program *p) {
    static char *strings[MAX_STRINGS + 2];
    uint32_t argc, envc;
    if (length < 44) return "short RUN";
    memcpy(&p->uid, payload, 4);
    memcpy(&p->timeout_ms, payload + 4, 4);
    memcpy(&p->flags, payload + 8, 4);
    memcpy(&argc, payload + 12, 4);
    memcpy(&envc, payload + 16, 4);
    memcpy(&p->output, payload + 20, 8);
    memcpy(&p->memory, payload + 28, 8);
    memcpy(&p->file_size, payload + 36, 8);
    if (p->uid < FIRST_UID || argc < 1 || argc > MAX_STRINGS || envc > MAX_STRINGS - argc)
        return "bad RUN";
    const unsigned char *at = payload + 44, *end = payload + length;
    if (!next_string(&at, end, &p->cwd)) return "short strings in RUN";
    p->argv = strings;
    for (uint32_t i = 0; i < argc; i++)
        if (!next_string(&at, end, &p->argv[i])) return "short strings in RUN";
    p->argv[argc] = NULL;
    p->envp = strings + argc + 1;
    for (uint32_t i = 0; i < envc; i++)
        if (!next_string(&at, end, &p->envp[i])) return "short strings in RUN";
    p->envp[envc] = NULL;
    return at == end ? NULL : "bad RUN";
}
