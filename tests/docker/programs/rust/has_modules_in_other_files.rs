mod lib {
    pub mod deep;
}
mod shapes;

const NOTES: &str = include_str!("notes.txt");

fn main() {
    assert_eq!(NOTES, "noted\n");
    assert_eq!(shapes::area(3, 4) + lib::deep::MORE, 13);
    println!("ok");
}
