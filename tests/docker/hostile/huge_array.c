// verdict: compile_error memory_limit timeout
// limits: compile_timeout=10
char kept[1L << 31] = {1};
int main(void) {}
