// verdict: compile_error memory_limit timeout
// limits: compile_timeout=10
__asm__(".fill 0x7fffffff, 8, 1");
int main(void) {}
