// verdict: passed
#include <signal.h>
#include <sys/ptrace.h>
#include <unistd.h>

int main(void) {
    for (int i = 0; i < 10; i++) {
        if (fork() != 0) continue;
        setsid();
        if (fork() == 0) {
            ptrace(PTRACE_TRACEME, 0, 0, 0);
            raise(SIGSTOP);
            for (;;) pause();
        }
        for (;;) pause();
    }
    usleep(50000);
}
