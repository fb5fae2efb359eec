// verdict: memory_limit timeout
// limits: compile_timeout=5 memory=256m
#define A(x) x x x x x x x x x x
#define B(x) A(A(x))
#define C(x) B(B(x))
#define D(x) C(C(x))
#define E(x) D(D(x))
int main(void) { E(;) }
