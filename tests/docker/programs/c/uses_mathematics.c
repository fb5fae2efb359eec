#include <math.h>
#include <stdio.h>

int main(int count, char **words)
{
    (void)words;
    puts(fabs(pow(count, 0.5) * sqrt(count) - count) < 1e-9 ? "ok" : "no");
}
