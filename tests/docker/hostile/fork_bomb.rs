// verdict: timeout
// limits: timeout=1
use std::process::Command;

fn main() {
    loop {
        let _ = Command::new("sleep").arg("60").spawn();
    }
}
