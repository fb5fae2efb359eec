// verdict: compile_error
template <int N> struct Deeper : Deeper<N + 1> {};
int main() { Deeper<0> forever; }
