/* What a tool chain leaves for several programs to use: none of them may change it for the next. */
#include "init.h"

#include <dirent.h>
#include <sys/stat.h>

enum { SEAL_DEPTH = 64 };

static bool seal_directory(int directory, uid_t owner, unsigned depth, int64_t deadline);

/* An access list's entries are held by the group's bits as well. Nobody runs meanwhile, so nothing
 * is moved under our hands. */
static bool seal_entry(int directory, const char *name, uid_t owner, unsigned depth,
                       int64_t deadline) {
    struct stat s;
    if (fstatat(directory, name, &s, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (s.st_uid != owner) return true; /* who may not write there has nothing below it */
    bool inner = S_ISDIR(s.st_mode);
    mode_t mode = (s.st_mode & 07777 & ~022u) | (inner ? 0700 : 0);
    if (mode != (s.st_mode & 07777) && fchmodat(directory, name, mode, 0) != 0) return false;
    if (!inner) return true;
    int below = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool sealed = below >= 0 && seal_directory(below, owner, depth + 1, deadline);
    close_end(&below);
    return sealed;
}

static bool seal_directory(int directory, uid_t owner, unsigned depth, int64_t deadline) {
    static _Alignas(8) char entries[SEAL_DEPTH][4096];
    if (depth == SEAL_DEPTH) return false;
    for (long n; (n = read_entries(directory, entries[depth], sizeof *entries)) != 0;) {
        if (n < 0) return false;
        for (long at = 0; at < n;) {
            const struct entry *e = (struct entry *)(entries[depth] + at);
            at += e->length;
            if (is_dot(e->name) || e->type == DT_LNK) continue; /* a link has no mode of its own */
            if (now() >= deadline || !seal_entry(directory, e->name, owner, depth, deadline))
                return false;
        }
    }
    return true;
}

/* Let nobody but `owner` write to what it has. Returns whether all of it is so now. */
bool seal(uid_t owner, int64_t deadline) {
    bool sealed = true;
    act_as(owner);
    for (int i = 0; sealed && i < mount_count; i++) {
        int root = open(MOUNTS[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        sealed = root >= 0 && seal_directory(root, owner, 0, deadline);
        close_end(&root);
    }
    act_as(0);
    return sealed;
}
