#include <stdio.h>

int main(void)
{
    int number;
    if (scanf("%d", &number) != 1)
        return 2;
    printf("%d\n", 2 * number);
}
