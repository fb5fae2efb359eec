// verdict: compile_error
macro_rules! deeper {
    ($($t:tt)*) => { deeper!($($t)* x) };
}
fn main() {
    deeper!(x);
}
