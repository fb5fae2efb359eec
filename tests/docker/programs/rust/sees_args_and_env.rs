use std::env;

fn main() {
    let mut words: Vec<String> = env::args().skip(1).collect();
    words.push(env::var("GREETING").unwrap());
    println!("{}", words.join("|"));
}
