// verdict: memory_limit timeout compile_error
// limits: compile_timeout=10 memory=256m
#include "/dev/zero"
int main(void) {}
