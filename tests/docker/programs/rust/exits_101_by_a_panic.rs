fn main() {
    panic!("at once");
}
