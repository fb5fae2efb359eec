/* Removing every trace of what ran, and making sure. */
#include "init.h"

#include <dirent.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { ATTEMPTS = 2 };
static const int64_t PATIENCE = 150LL * MILLISECOND; /* for each of them */

static struct baseline
    baselines[LEVELS]; /* of the start, after the warm-up, after the compilation */

enum { ENTRIES = 32 * 1024 };

bool is_dot(const char *name) {
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

long read_entries(int directory, void *entries, size_t size) {
    return syscall(SYS_getdents64, directory, entries, size);
}

/* Give a directory that cannot be removed yet a name of its own in the mount's root, where it will
 * be met again. So each directory is read once, and no depth of nesting costs a descriptor or a
 * second walk. */
static bool move_to_root(int from, const char *name, int root) {
    static uint32_t counter;
    char fresh[16];
    fchmodat(from, name, 0777,
             0); /* to move a directory elsewhere one must be able to write to it */
    for (int tries = 0; tries < 20000; tries++) {
        snprintf(fresh, sizeof fresh, ".%u", counter++);
        if (syscall(SYS_renameat2, from, name, root, fresh, 1u /* RENAME_NOREPLACE */) == 0)
            return true;
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
        for (long n; (n = read_entries(directory, entries, sizeof entries)) > 0;)
            for (long at = 0; at < n; at += ((struct entry *)(entries + at))->length) {
                const struct entry *e = (struct entry *)(entries + at);
                if (now() >= deadline) return any;
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

/* Remove everything that the current file-system uid owns below a mount; returns whether anything
 * was removed. */
static bool wipe_mount(const char *mount, int64_t deadline) {
    static _Alignas(8) char entries[ENTRIES];
    bool any = false, progress = true;
    int root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return false;
    while (progress && now() < deadline) {
        progress = false;
        lseek(root, 0, SEEK_SET);
        for (long n; now() < deadline && (n = read_entries(root, entries, sizeof entries)) > 0;)
            for (long at = 0; at < n; at += ((struct entry *)(entries + at))->length) {
                const struct entry *e = (struct entry *)(entries + at);
                if (is_dot(e->name)) continue;
                if (remove_from(root, e, root) ||
                    (e->type == DT_DIR && open_and_empty(root, e->name, deadline)))
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
            for (int i = 0; i < mount_count; i++) progress |= wipe_mount(MOUNTS[i], deadline);
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

/* Tables of /proc/sysvipc: a heading, then `key id perms ...`; the column of the creator's uid
 * differs by kind. */
static void wipe_ipc(int kind, int64_t deadline) {
    static const int creator_column[3] = {9, 6, 9};
    char text[4096];
    for (bool any = true; any && now() < deadline;) {
        ipc_table(kind, text, sizeof text);
        char *line = strchr(text, '\n');
        char *rest, *row = line != NULL ? strtok_r(line + 1, "\n", &rest) : NULL;
        for (any = row != NULL; row != NULL; row = strtok_r(NULL, "\n", &rest)) {
            long columns[10] = {0};
            char *at = row;
            for (int i = 0; i < 10; i++) columns[i] = strtol(at, &at, 10);
            remove_ipc(kind, (int)columns[1], (uid_t)columns[creator_column[kind]]);
        }
    }
}

static void wipe_queues(int64_t deadline) {
    static _Alignas(8) char entries[4096];
    int directory = open("/dev/mqueue", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    for (bool progress = true; progress && now() < deadline;) {
        progress = false;
        lseek(directory, 0, SEEK_SET);
        for (long n;
             now() < deadline && (n = read_entries(directory, entries, sizeof entries)) > 0;)
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
    for (long n; !any && (n = read_entries(directory, entries, sizeof entries)) > 0;)
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
    if (memcmp(here.blocks, base->blocks, sizeof here.blocks) != 0)
        return "blocks of deleted files";
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
    close_background();
    open_build(true);
    wipe_files(uids, count, deadline);
    open_build(false);
    for (int kind = 0; kind < IPC_KINDS; kind++)
        if (ipc_lines(kind) > 1) wipe_ipc(kind, deadline);
    wipe_queues(deadline);
}

/* What a tool chain leaves on purpose is files; whatever else is left is a trace, of a tool chain's
 * too. */
static void remember_files(struct baseline *b) {
    struct baseline here;
    measure(&here);
    memcpy(b->blocks, here.blocks, sizeof here.blocks);
    memcpy(b->inodes, here.inodes, sizeof here.inodes);
}

/* What is there before anything ran is what a scrub goes back to. */
void remember_start(void) {
    for (int i = 0; i < LEVELS; i++) measure(&baselines[i]);
}

static bool keep_for_others(const struct scrub_request *r, int64_t deadline) {
    bool sealed = true;
    for (size_t i = 0; i < r->count; i++) sealed &= seal(r->uids[i], deadline);
    for (unsigned i = r->level; i < LEVELS; i++) remember_files(&baselines[i]);
    return sealed;
}

/* What is left of what ran, when time is up; NULL where nothing is. */
static const char *scrub(const struct scrub_request *r) {
    int64_t deadline = now() + PATIENCE;
    wipe(r->uids, r->seal ? 0 : r->count, deadline);
    bool sealed = !r->seal || keep_for_others(r, deadline);
    const char *trace = trace_left(&baselines[r->level]);
    for (; trace != NULL && now() < deadline; trace = trace_left(&baselines[r->level])) {
        collect_sockets();
        pause_for(500 * 1000);
    }
    return trace == NULL && !sealed ? "what everybody can write to" : trace;
}

/* The second attempt goes on where the first one stopped: a machine that stood still for the time
 * of one costs no sandbox. */
void handle_scrub(const unsigned char *payload, size_t length) {
    struct scrub_request r;
    const char *fault = parse_scrub(payload, length, &r);
    if (fault != NULL) die(STAGE_PROTOCOL, 0, fault);
    forget_failed_put();
    const char *trace = scrub(&r);
    for (int more = ATTEMPTS - 1; trace != NULL && more > 0; more--) trace = scrub(&r);
    if (trace == NULL)
        answer(CLEAN, NULL, 0);
    else
        answer(DIRTY, trace, (uint32_t)strlen(trace));
}
