// verdict: timeout
// limits: timeout=1
#include <unistd.h>

int main(void) {
    for (;;) fork();
}
