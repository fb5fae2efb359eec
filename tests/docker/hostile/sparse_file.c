// verdict: passed
// prints: too large
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    signal(SIGXFSZ, SIG_IGN);
    int file = open("/tmp/sparse", O_CREAT | O_WRONLY, 0600);
    puts(ftruncate(file, 1LL << 40) != 0 && errno == EFBIG ? "too large" : "made");
}
