#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words)
{
    for (int at = 1; at < count; at++)
        printf("%s|", words[at]);
    puts(getenv("GREETING"));
}
