// verdict: memory_limit
// limits: memory=128m
#include <stdlib.h>
#include <string.h>

int main(void) {
    for (;;) {
        char *part = malloc(1 << 20);
        if (part != NULL) memset(part, 1, 1 << 20);
    }
}
