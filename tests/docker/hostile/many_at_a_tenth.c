// verdict: timeout
// limits: timeout=2 cpus=0.1 pids=1000
#include <unistd.h>

int main(void) {
    for (int i = 0; i < 900 && fork() != 0; i++) {
    }
    for (;;) {
    }
}
