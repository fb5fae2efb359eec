use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

fn main() {
    let counts = Arc::new(Mutex::new(HashMap::new()));
    let (sender, receiver) = mpsc::channel();
    let threads: Vec<_> = (0..8u32)
        .map(|number| {
            let (counts, sender) = (Arc::clone(&counts), sender.clone());
            thread::spawn(move || {
                *counts.lock().unwrap().entry(number % 2).or_insert(0) += number;
                sender.send(number).unwrap();
            })
        })
        .collect();
    drop(sender);
    let seen: HashSet<u32> = receiver.into_iter().collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let sorted: BTreeMap<u32, u32> = counts.lock().unwrap().clone().into_iter().collect();
    assert_eq!(sorted.values().copied().collect::<Vec<_>>(), [12, 16]);
    println!("{}", if seen.len() == 8 { "ok" } else { "no" });
}
