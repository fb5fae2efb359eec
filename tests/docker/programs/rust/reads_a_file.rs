use std::fs;

fn main() {
    let read = |name| fs::read_to_string(name).unwrap().trim().to_string();
    println!("{} {}", read("notes.txt"), read("data/deep.txt"));
}
