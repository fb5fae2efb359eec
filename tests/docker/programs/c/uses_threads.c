#include <pthread.h>
#include <stdio.h>

static void *twice(void *number)
{
    *(int *)number *= 2;
    return number;
}

int main(void)
{
    pthread_t threads[8];
    int numbers[8], sum = 0;
    for (int at = 0; at < 8; at++) {
        numbers[at] = at;
        pthread_create(&threads[at], NULL, twice, &numbers[at]);
    }
    for (int at = 0; at < 8; at++) {
        pthread_join(threads[at], NULL);
        sum += numbers[at];
    }
    puts(sum == 56 ? "ok" : "no");
}
