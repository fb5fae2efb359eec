#include <stdio.h>

int main(void)
{
    char first[20], second[20];
    if (scanf("%19s %19s", first, second) != 2)
        return 1;
    printf("hello, %s %s\n", first, second);
}
