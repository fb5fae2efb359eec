// verdict: timeout memory_limit compile_error
// limits: compile_timeout=5 memory=256m
fn double<T: Clone>(value: T) -> (T, T) {
    (value.clone(), value)
}
fn main() {
    let b = double(double(double(double(double(double(double(double(1u8))))))));
    let c = double(double(double(double(double(double(double(double(b))))))));
    let d = double(double(double(double(double(double(double(double(c))))))));
    println!("{}", std::mem::size_of_val(&d));
}
