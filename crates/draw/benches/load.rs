//! What a scenario costs natively, from its code to the text of its picture:
//! `cargo bench -p fencepost-draw --bench load [code…]`.

mod stages;

use std::sync::LazyLock;
use std::time::Instant;

use crate::stages::{LARGE, Stages, lessons};

static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn now() -> f64 {
    BEGUN.elapsed().as_secs_f64() * 1e3
}

fn main() {
    let given: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .collect();
    let known = lessons().chain(LARGE.iter().copied()).map(String::from);
    let codes = if given.is_empty() {
        known.collect()
    } else {
        given
    };
    for code in codes {
        println!("{}", Stages::of(&code, now).line(&code));
    }
}
