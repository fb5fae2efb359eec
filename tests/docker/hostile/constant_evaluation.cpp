// verdict: compile_error timeout memory_limit
// limits: compile_timeout=5
constexpr unsigned long spin(unsigned long n) {
    unsigned long sum = 0;
    for (unsigned long i = 0; i < n; i++)
        for (unsigned long j = 0; j < n; j++) sum += i ^ j;
    return sum;
}
constexpr unsigned long result = spin(1UL << 40);
int main() { return result; }
