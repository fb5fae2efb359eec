// verdict: timeout
// limits: timeout=1
#include <signal.h>

int main(void) { raise(SIGSTOP); }
