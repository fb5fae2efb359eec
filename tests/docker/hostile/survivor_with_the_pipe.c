// verdict: passed
// prints: parent
#include <stdio.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            for (;;) sleep(60);
        _exit(0);
    }
    puts("parent");
}
