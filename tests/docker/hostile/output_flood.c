// verdict: output_limit
#include <stdio.h>

int main(void) {
    for (;;) putc('x', stderr);
}
