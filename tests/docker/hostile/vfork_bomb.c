// verdict: timeout
// limits: timeout=1
#include <sys/syscall.h>
#include <unistd.h>

static char stack[64][4096];

static int sleeps(void *unused) {
    (void)unused;
    for (;;) pause();
}

extern int clone(int (*run)(void *), void *top, int flags, void *argument, ...);

int main(void) {
    for (int i = 0;; i++) clone(sleeps, stack[i % 64] + 4096, 0x100 /* CLONE_VM */, 0);
}
