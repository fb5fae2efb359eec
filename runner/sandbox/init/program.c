/* From a RUN request to a program: in the child, everything up to exec. */
#include "init.h"

#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "x86_64 and aarch64 only"
#endif
enum { X32_BIT = 0x40000000, AF_VSOCK_FAMILY = 40, IO_URING_SETUP = 425, IO_URING_REGISTER = 427 };
enum { IPV6_LEVEL = 41, IPV6_FLOW_LABEL_MANAGER = 32 };
enum { NEW_USER_NAMESPACE = 0x10000000, CLONE3 = 435 };
#define REFUSED(call, error)                                                                       \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),                                               \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error)

/* On top of the engine's own seccomp profile: no AF_VSOCK, which no network namespace holds; no
 * io_uring, whose requests outlive their process; no leases of IPv6 flow labels, which outlive
 * their socket by seconds; no system calls of another architecture, through which all could be had.
 * And what Docker's profile refuses but Podman's does not: keyrings, which are kept by user id, and
 * user namespaces, in which much more of the kernel is to be had (clone3 hides its flags from us).
 */
static bool deny_calls(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSED(__NR_keyctl, EPERM),
        REFUSED(__NR_add_key, EPERM),
        REFUSED(__NR_request_key, EPERM),
        REFUSED(__NR_unshare, EPERM),
        REFUSED(CLONE3, ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NEW_USER_NAMESPACE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 11, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, IO_URING_REGISTER, 9, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, IO_URING_SETUP, 9, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_setsockopt, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPV6_LEVEL, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPV6_FLOW_LABEL_MANAGER, 6, 3),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_VSOCK_FAMILY, 2, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
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
    for (int s = 1; s < NSIG; s++)
        sigaction(s, &fresh, NULL); /* fails for SIGKILL, SIGSTOP: as it should */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void prefer_as_oom_victim(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, "1000", 4) < 0) { /* a help only: the memory budget is what protects init */
    }
    close(fd);
}

/* In the child: become the program. Returns only the name of what failed, with errno. RLIMIT_CORE
 * is 1, not 0: for a core_pattern that is a pipe, 0 would still start the host's handler (core(5)).
 */
static const char *become(const struct program *p, const int ends[3]) {
    if (setsid() < 0) return "setsid";
    forget_signals();
    for (int i = 0; i < 3; i++)
        if (dup2(ends[i], i) < 0) return "dup2";
    if (!cap_limit(RLIMIT_CORE, 1) || !cap_limit(RLIMIT_FSIZE, p->file_size) ||
        !cap_limit(RLIMIT_NOFILE, 1024))
        return "setrlimit";
    /* Within the container only: however many programs share its processor time, init comes first.
     */
    setpriority(PRIO_PROCESS, 0, 10);
    prefer_as_oom_victim();
    if (setgroups(0, NULL) != 0 || setresgid(p->uid, p->uid, p->uid) != 0 ||
        setresuid(p->uid, p->uid, p->uid) != 0)
        return "setuid";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !deny_calls()) return "seccomp";
    umask(022);
    if (chdir(p->cwd) != 0) return p->cwd;
    environ = p->envp; /* execvp looks PATH up here */
    execvp(p->argv[0], p->argv);
    return p->argv[0];
}

/* In the child: run the program, or tell init through the pipe `failure` why not. */
_Noreturn void be_program(const struct program *p, const int ends[3], int failure) {
    const char *what = become(p, ends);
    int32_t error = errno;
    char text[260];
    memcpy(text, &error, sizeof error);
    size_t length = strnlen(what, sizeof text - sizeof error);
    memcpy(text + sizeof error, what, length);
    if (write(failure, text, sizeof error + length) < 0)
        _exit(126); /* init sees an exit it can't explain */
    _exit(127);
}
