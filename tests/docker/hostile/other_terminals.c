// verdict: passed
// prints: 0
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>

int main(void) {
    int got = 0;
    for (int stream = 0; stream < 3; stream++) got += ioctl(stream, TIOCSTI, "x") == 0;
    got += open("/dev/tty", O_RDWR) >= 0;
    got += open("/dev/console", O_RDWR) >= 0;
    got += open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0 && open("/dev/pts/0", O_RDWR) >= 0 &&
           ioctl(0, TIOCSCTTY, 1) == 0;
    printf("%d\n", got);
}
