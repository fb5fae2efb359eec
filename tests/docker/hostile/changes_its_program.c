// verdict: passed
// prints: refused
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int count, char **arguments) {
    (void)count;
    int written = open(arguments[0], O_WRONLY | O_TRUNC) >= 0;
    written += unlink(arguments[0]) == 0;
    written += chmod(arguments[0], 0777) == 0;
    written += rename(arguments[0], "/tmp/moved") == 0;
    puts(written ? "written" : "refused");
}
