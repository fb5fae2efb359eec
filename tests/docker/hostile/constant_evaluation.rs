// verdict: compile_error timeout
// limits: compile_timeout=5
const fn spin() -> u64 {
    let mut n: u64 = 0;
    while n < 1 << 50 {
        n += 1;
    }
    n
}
const SPUN: u64 = spin();
fn main() {
    println!("{}", SPUN);
}
