// verdict: compile_error output_limit
#include __FILE__
int main(void) {}
