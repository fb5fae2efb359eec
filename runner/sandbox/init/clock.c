/* The monotonic clock. */
#include "init.h"

#include <time.h>

int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void pause_for(int64_t nanoseconds) {
    struct timespec t = {0, nanoseconds};
    nanosleep(&t, NULL);
}
