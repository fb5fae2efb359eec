// verdict: memory_limit timeout compile_error
// limits: compile_timeout=10 memory=256m
static ZERO: &[u8] = include_bytes!("/dev/zero");
fn main() {
    println!("{}", ZERO.len());
}
