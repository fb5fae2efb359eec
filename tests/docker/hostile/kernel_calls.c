// verdict: passed
// prints: 0
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int done;

static void attempt(long result, const char *what) {
    if (result >= 0) {
        done++;
        puts(what);
    }
}

int main(void) {
    static char nothing[4096];
    struct timespec epoch = {0, 0};
    attempt(unshare(CLONE_NEWUSER), "user namespace");
    attempt(unshare(CLONE_NEWNS), "mount namespace");
    attempt(unshare(CLONE_NEWNET), "network namespace");
    attempt(unshare(CLONE_NEWIPC), "IPC namespace");
    attempt(mount("none", "/tmp", "tmpfs", 0, 0), "mount");
    attempt(umount("/tmp"), "umount");
    attempt(chroot("/tmp"), "chroot");
    attempt(clock_settime(CLOCK_REALTIME, &epoch), "clock");
    attempt(sethostname("x", 1), "host name");
    attempt(syscall(SYS_keyctl, 0, -3, 1), "keyctl");
    attempt(syscall(SYS_add_key, "user", "x", "x", 1, -3), "add_key");
    attempt(syscall(321, 0, nothing, 72), "bpf");
    attempt(syscall(323, 0), "userfaultfd");
    attempt(syscall(425, 8, nothing), "io_uring");
    attempt(syscall(298, nothing, 0, -1, -1, 0), "perf_event_open");
    attempt(syscall(SYS_init_module, nothing, 1, ""), "init_module");
    attempt(syscall(SYS_kexec_load, 0, 0, 0, 0), "kexec_load");
    attempt(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, 0), "reboot");
    attempt(syscall(SYS_swapon, "/tmp/x", 0), "swapon");
    attempt(syscall(SYS_quotactl, 0, 0, 0, 0), "quotactl");
    attempt(syscall(SYS_acct, "/tmp/x"), "acct");
    attempt(syscall(SYS_pivot_root, "/tmp", "/tmp"), "pivot_root");
    attempt(syscall(SYS_iopl, 3), "iopl");
    attempt(setuid(0), "setuid");
    attempt(setgid(0), "setgid");
    printf("%d\n", done);
}
