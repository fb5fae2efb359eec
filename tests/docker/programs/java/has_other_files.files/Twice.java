class Twice {
    static int of(int number) { return 2 * number; }
}
