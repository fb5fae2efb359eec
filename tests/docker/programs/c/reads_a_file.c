#include <stdio.h>

int main(void)
{
    char noted[20], deep[20];
    if (fscanf(fopen("notes.txt", "r"), "%19s", noted) != 1 ||
        fscanf(fopen("data/deep.txt", "r"), "%19s", deep) != 1)
        return 1;
    printf("%s %s\n", noted, deep);
}
