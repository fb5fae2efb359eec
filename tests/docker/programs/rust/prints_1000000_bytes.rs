fn main() {
    for number in 0..10000 {
        println!("{:099}", number);
    }
}
