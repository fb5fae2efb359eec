// verdict: passed
// prints: 0
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
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
    static long long fork_into[8] = {CLONE_NEWUSER};
    struct timeval epoch = {0, 0};
    struct timex tick = {.modes = ADJ_TICK, .tick = 9000};
    struct iovec here = {nothing, 8}, there = {(void *)0x400000, 8};
    attempt(syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0), "clone");
    attempt(syscall(435, fork_into, sizeof fork_into), "clone3");
    attempt(setns(open("/proc/1/ns/net", O_RDONLY), 0), "setns");
    attempt(syscall(428, -100, "/etc", 1), "open_tree");
    attempt(syscall(430, "tmpfs", 0), "fsopen");
    attempt(syscall(442, -100, "/tmp", 0, nothing, 32), "mount_setattr");
    attempt(syscall(438, syscall(434, 1, 0), 0, 0), "pidfd_getfd");
    attempt(syscall(SYS_open_by_handle_at, -100, nothing, 0), "open_by_handle_at");
    attempt(syscall(SYS_process_vm_readv, 1, &here, 1, &there, 1, 0), "process_vm_readv");
    attempt(syscall(SYS_process_vm_writev, 1, &here, 1, &there, 1, 0), "process_vm_writev");
    attempt(syscall(312, 1, getpid(), 0, 0, 0), "kcmp");
    attempt(syscall(SYS_fanotify_init, 0, 0), "fanotify");
    attempt(syscall(SYS_request_key, "user", "x", 0, -3), "request_key");
    attempt(syscall(SYS_ioperm, 0x80, 1, 1), "ioperm");
    attempt(syscall(SYS_syslog, 3, nothing, 4096), "syslog");
    attempt(syscall(SYS_migrate_pages, 1, 8, nothing, nothing), "migrate_pages");
    attempt(open("/dev/userfaultfd", O_RDWR), "/dev/userfaultfd");
    attempt(open("/dev/kvm", O_RDWR), "/dev/kvm");
    attempt(open("/dev/fuse", O_RDWR), "/dev/fuse");
    attempt(settimeofday(&epoch, 0), "settimeofday");
    attempt(adjtimex(&tick), "adjtimex");
    printf("%d\n", done);
}
