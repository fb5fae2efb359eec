// verdict: memory_limit
// limits: memory=64m
#include <string.h>
#include <sys/mman.h>

int main(void) {
    for (;;) {
        char *part = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (part != MAP_FAILED) memset(part, 1, 1 << 20);
    }
}
