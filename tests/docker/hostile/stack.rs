// verdict: runtime_error
fn deeper(number: u64) -> u64 {
    let here = [number; 512];
    let first = unsafe { std::ptr::read_volatile(&here[0]) };
    deeper(first + 1) + unsafe { std::ptr::read_volatile(&here[1]) }
}

fn main() {
    println!("{}", deeper(1));
}
