/* Files for and from programs, always as their owner: no link leads init where the program could
 * not go. */
#include "init.h"

#include <sys/fsuid.h>
#include <sys/stat.h>

static int put_fd = -1; /* the file that APPEND adds to */
static uid_t put_uid;
static bool failed; /* a PUT failed: what follows is ignored until the next SCRUB */

void act_as(uid_t uid) {
    setfsgid(uid);
    setfsuid(uid);
}

/* The compilers' place takes new directories only while init makes or removes them: a program that
 * runs has nowhere to write but its own places. It is not there in a sandbox that compiles nothing.
 */
void open_build(bool open) {
    if (chmod("/build", open ? 01777 : 0755) != 0 && errno != ENOENT)
        die(STAGE_PROTOCOL, errno, "cannot change the mode of /build");
}

/* The directory that holds `path`'s last component, made where it is missing; never through a
 * symbolic link. `path` is absolute and is cut up; *name is set to its last component. */
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

void close_put(void) {
    if (put_fd >= 0) close(put_fd);
    put_fd = -1;
}

static void fail_put(int error, const char *what) {
    close_put();
    failed = true;
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
void handle_put(const unsigned char *payload, size_t length) {
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
    if (put_uid < FIRST_UID || !path_is_sound(path, path_length))
        die(STAGE_PROTOCOL, 0, "bad path in PUT");
    act_as(put_uid);
    char *name;
    int parent = open_parent(path, true, &name);
    if (parent >= 0) {
        unlinkat(parent, name, 0);
        put_fd =
            openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
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
void handle_make_directory(const unsigned char *payload, size_t length) {
    static char path[4096 + 1];
    uid_t uid;
    close_put();
    if (length < 4 || length - 4 >= sizeof path - 1) die(STAGE_PROTOCOL, 0, "bad MAKE_DIRECTORY");
    memcpy(&uid, payload, 4);
    memcpy(path, payload + 4, length - 4);
    path[length - 4] = '\0';
    if (uid < FIRST_UID || !path_is_sound(path, length - 4))
        die(STAGE_PROTOCOL, 0, "bad path in MAKE_DIRECTORY");
    path[length - 4] = '/';
    path[length - 3] = '\0';
    open_build(true);
    act_as(uid);
    char *name;
    int directory = open_parent(path, true, &name), error = errno;
    act_as(0);
    open_build(false);
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
void handle_get(const unsigned char *payload, size_t length) {
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
    if (uid < FIRST_UID || !path_is_sound(path, length - 12))
        die(STAGE_PROTOCOL, 0, "bad path in GET");
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

bool put_failed(void) { return failed; }

void forget_failed_put(void) { failed = false; }

void handle_append(const unsigned char *payload, size_t length) { write_put(payload, length); }
