record Point(int x, int y) {}

int twice(int number) {
    return 2 * number;
}

void main() {
    IO.println(twice(new Point(1, 2).y()) == 4 ? "ok" : "no");
}
