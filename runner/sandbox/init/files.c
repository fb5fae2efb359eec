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

/* runc gives a tmpfs the mode of the directory that an image has in its place. */
void open_places(void) {
    if (chmod("/.sandbox", 0700) != 0) die(STAGE_START, errno, "cannot close /.sandbox");
    for (int i = 0; i < mount_count; i++)
        if (chmod(MOUNTS[i], 01777) != 0) die(STAGE_START, errno, MOUNTS[i]);
}

/* The compilers' place takes new directories only while init makes or removes them: a program that
 * runs has nowhere to write but its own places. It is not there in a sandbox that compiles nothing.
 */
void open_build(bool open) {
    if (mount_count == MOUNT_COUNT && chmod("/build", open ? 01777 : 0755) != 0)
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

void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

void close_put(void) { close_end(&put_fd); }

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

void handle_put(const unsigned char *payload, size_t length) {
    struct file_request r;
    close_put();
    const char *fault = parse_put(payload, length, &r);
    if (fault != NULL) die(STAGE_PROTOCOL, 0, fault);
    put_uid = r.uid;
    act_as(put_uid);
    char *name;
    int parent = open_parent(r.path, true, &name);
    if (parent >= 0) {
        unlinkat(parent, name, 0);
        put_fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, r.mode);
    }
    int error = errno;
    if (parent >= 0) close(parent);
    act_as(0);
    if (put_fd < 0)
        fail_put(error, "cannot create a file");
    else
        write_put(r.data, r.length);
}

void handle_make_directory(const unsigned char *payload, size_t length) {
    struct file_request r;
    close_put();
    const char *fault = parse_make_directory(payload, length, &r);
    if (fault != NULL) die(STAGE_PROTOCOL, 0, fault);
    open_build(true);
    act_as(r.uid);
    char *name;
    int directory = open_parent(r.path, true, &name), error = errno;
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

void handle_get(const unsigned char *payload, size_t length) {
    static unsigned char content[CHUNK];
    struct file_request r;
    int fd = -1;
    const char *fault = parse_get(payload, length, &r);
    if (fault != NULL) die(STAGE_PROTOCOL, 0, fault);
    act_as(r.uid);
    unsigned char status = (unsigned char)open_regular(r.path, r.most, &fd);
    while (status == FILE_WHOLE) {
        ssize_t n = read(fd, content, sizeof content);
        if (n <= 0) break;
        if ((uint64_t)n > r.most) status = FILE_TOO_LARGE; /* it grew meanwhile */
        r.most -= status == FILE_WHOLE ? (uint64_t)n : 0;
        if (status == FILE_WHOLE) answer(CONTENT, content, (uint32_t)n);
    }
    if (fd >= 0) close(fd);
    act_as(0);
    answer(FILE_END, &status, 1);
}

bool put_failed(void) { return failed; }

void forget_failed_put(void) { failed = false; }

void handle_append(const unsigned char *payload, size_t length) { write_put(payload, length); }
