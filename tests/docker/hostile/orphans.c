// verdict: passed
// prints: 3000
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int made = 0;
    while (made < 3000) {
        pid_t child = fork();
        if (child == 0) {
            if (fork() == 0) _exit(0);
            _exit(0);
        }
        if (child > 0) waitpid(child, 0, 0), made++;
    }
    printf("%d\n", made);
}
