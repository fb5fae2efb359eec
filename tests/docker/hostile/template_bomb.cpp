// verdict: memory_limit timeout
// limits: compile_timeout=5 memory=256m
template <int N, int M> struct Bomb {
    typename Bomb<N - 1, 2 * M>::type left;
    typename Bomb<N - 1, 2 * M + 1>::type right;
    using type = Bomb;
};
template <int M> struct Bomb<0, M> {
    using type = char;
};
int main() { Bomb<24, 0> bomb; }
