/* What the kernel counts: memory, processor time, and everything that a scrub compares. */
#include "init.h"

#include <sys/statfs.h>
#include <sys/statvfs.h>

const char *const MOUNTS[MOUNT_COUNT] = {"/work", "/tmp", "/dev/shm", "/build"};
int mount_count = MOUNT_COUNT;

static int oom_fd = -1, cpu_fd = -1, stat_fd = -1, sockstat_fd = -1,
           ipc_fd[IPC_KINDS] = {-1, -1, -1};
static bool cgroup2;

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
        if (strncmp(line, key, length) == 0 && line[length] == ' ')
            return strtoull(line + length, NULL, 10);
    }
    return 0;
}

uint64_t oom_kills(void) {
    char text[512];
    slurp(oom_fd, text, sizeof text);
    return field(text, "oom_kill");
}

/* Microseconds of CPU that the whole container has used. */
uint64_t cpu_used(void) {
    char text[1024];
    slurp(cpu_fd, text, sizeof text);
    return cgroup2 ? field(text, "usage_usec") : strtoull(text, NULL, 10) / 1000;
}

void memory_used(uint64_t *anonymous, uint64_t *shared) {
    char text[8192];
    slurp(stat_fd, text, sizeof text);
    *anonymous = field(text, cgroup2 ? "anon" : "total_rss");
    *shared = field(text, cgroup2 ? "shmem" : "total_shmem");
}

/* Bytes of the files in our file systems, those that are deleted and still open among them. */
uint64_t files_used(void) {
    uint64_t used = 0;
    for (int i = 0; i < mount_count; i++) {
        struct statfs s;
        if (statfs(MOUNTS[i], &s) == 0) used += (s.f_blocks - s.f_bfree) * (uint64_t)s.f_bsize;
    }
    return used;
}

static long count_lines(int fd) {
    char text[4096];
    long lines = 0;
    off_t at = 0;
    for (ssize_t n; fd >= 0 && (n = pread(fd, text, sizeof text, at)) > 0; at += n)
        for (ssize_t i = 0; i < n; i++) lines += text[i] == '\n';
    return lines;
}

void measure(struct baseline *b) {
    memset(b, 0, sizeof *b);
    for (int i = 0; i < mount_count; i++) {
        struct statfs s;
        if (statfs(MOUNTS[i], &s) != 0) continue;
        b->blocks[i] = s.f_blocks - s.f_bfree;
        b->inodes[i] = s.f_files - s.f_ffree;
    }
    for (int i = 0; i < IPC_KINDS; i++) b->ipc[i] = count_lines(ipc_fd[i]);
    char text[1024];
    slurp(sockstat_fd, text, sizeof text);
    const char *used = strstr(text, "used ");
    b->sockets = used != NULL ? strtol(used + 5, NULL, 10) : 0;
}

long time_wait_sockets(void) {
    char text[1024];
    slurp(sockstat_fd, text, sizeof text);
    const char *waiting = strstr(text, " tw ");
    return waiting != NULL ? strtol(waiting + 4, NULL, 10) : 0;
}

long ipc_lines(int kind) { return count_lines(ipc_fd[kind]); }

size_t ipc_table(int kind, char *text, size_t size) { return slurp(ipc_fd[kind], text, size); }

int cgroup_version(void) { return cgroup2 ? 2 : 1; }

static int open_any(const char *first, const char *second) {
    int fd = open(first, O_RDONLY | O_CLOEXEC);
    return fd >= 0 || second == NULL ? fd : open(second, O_RDONLY | O_CLOEXEC);
}

/* Where nothing is compiled, a /build is the image's own and read-only, and its numbers are those
 * of the engine's disk. */
static void find_mounts(void) {
    struct statfs s;
    if (statfs(MOUNTS[MOUNT_COUNT - 1], &s) != 0 || (s.f_flags & ST_RDONLY) != 0) mount_count--;
}

/* The number that a file starts with; UINT64_MAX where it has none, as for "max", or is not there.
 */
static uint64_t limit_in(const char *first, const char *second) {
    char text[64];
    int fd = open_any(first, second);
    slurp(fd, text, sizeof text);
    if (fd >= 0) close(fd);
    return text[0] >= '0' && text[0] <= '9' ? strtoull(text, NULL, 10) : UINT64_MAX;
}

/* What our control group is held to: an engine without control groups lends us that of others, and
 * then their memory is in our counters as well. */
struct held held_to(void) {
    if (cgroup2)
        return (struct held){limit_in("/sys/fs/cgroup/memory.max", NULL),
                             limit_in("/sys/fs/cgroup/pids.max", NULL),
                             limit_in("/sys/fs/cgroup/cpu.max", NULL)};
    return (struct held){limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes", NULL),
                         limit_in("/sys/fs/cgroup/pids/pids.max", NULL),
                         limit_in("/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
                                  "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us")};
}

void open_counters(void) {
    find_mounts();
    cgroup2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    oom_fd = open_any(cgroup2 ? "/sys/fs/cgroup/memory.events"
                              : "/sys/fs/cgroup/memory/memory.oom_control",
                      NULL);
    cpu_fd = open_any(cgroup2 ? "/sys/fs/cgroup/cpu.stat" : "/sys/fs/cgroup/cpuacct/cpuacct.usage",
                      cgroup2 ? NULL : "/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage");
    stat_fd = open_any(cgroup2 ? "/sys/fs/cgroup/memory.stat" : "/sys/fs/cgroup/memory/memory.stat",
                       NULL);
    sockstat_fd = open_any("/proc/self/net/sockstat", NULL);
    ipc_fd[0] = open_any("/proc/sysvipc/shm", NULL);
    ipc_fd[1] = open_any("/proc/sysvipc/sem", NULL);
    ipc_fd[2] = open_any("/proc/sysvipc/msg", NULL);
}
