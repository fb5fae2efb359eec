// verdict: passed
// prints: 3000
// limits: pids=4000
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int made = 0;
    for (int i = 0; i < 3000; i++) {
        int pid = fork();
        if (pid == 0) _exit(0);
        made += pid > 0;
    }
    printf("%d\n", made);
}
