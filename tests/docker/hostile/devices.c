// verdict: passed
// prints: 0
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int main(void) {
    int made = 0;
    made += mknod("/tmp/memory", S_IFCHR | 0666, makedev(1, 1)) == 0;
    made += mknod("/tmp/kmsg", S_IFCHR | 0666, makedev(1, 11)) == 0;
    made += mknod("/tmp/disk", S_IFBLK | 0666, makedev(8, 0)) == 0;
    made += mknod("/dev/shm/disk", S_IFBLK | 0666, makedev(254, 0)) == 0;
    printf("%d\n", made);
}
