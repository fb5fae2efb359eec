#include "lib/more.h"
#include "shapes.h"
#include <stdio.h>

int main(void)
{
    puts(area(3, 4) + MORE == 13 ? "ok" : "no");
}
