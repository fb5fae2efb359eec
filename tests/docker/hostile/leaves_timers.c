// verdict: passed
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    int timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec soon = {{0, 1000000}, {0, 200000000}};
    struct itimerval later = {{0, 1000}, {0, 300000}};
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) != 0) return 1;
    syscall(SYS_timer_settime, timer, 0, &soon, 0);
    setitimer(ITIMER_REAL, &later, 0);
    alarm(1);
    _exit(0);
}
