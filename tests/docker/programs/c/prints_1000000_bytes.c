#include <stdio.h>

int main(void)
{
    for (int number = 0; number < 10000; number++)
        printf("%099d\n", number);
}
