//! Whatever a message proposes to a program without a plan is followed to the letter, and leads to a plan. In release builds only:
//! `cargo test --release -p hep-tests --test advice`; `HEP_ADVICE=300` follows more cases.
#![cfg(not(debug_assertions))]

use hep_compiler::compile;
use hep_compiler::diagnostics::{codes, render};
use hep_tests::advice::{Case, case, followed, source};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Refused cases and those with a proposal.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    refused: usize,
    advised: usize,
}

/// What generated programs may be refused for: size, or what ciphertexts do not have.
const REASONS: [&str; 10] = [
    codes::DEPTH,
    codes::PRECISION,
    codes::KEYS,
    codes::MEMORY,
    codes::TOO_WIDE,
    codes::TOO_LARGE,
    codes::HEADROOM,
    codes::NOT_POLYNOMIAL,
    codes::SECRET_DIVISOR,
    codes::OWNER_MEETS_SECRET,
];
/// Those that many cases meet.
const FREQUENT: [&str; 8] = [
    codes::DEPTH,
    codes::PRECISION,
    codes::KEYS,
    codes::MEMORY,
    codes::TOO_WIDE,
    codes::NOT_POLYNOMIAL,
    codes::SECRET_DIVISOR,
    codes::OWNER_MEETS_SECRET,
];
/// So many.
const MANY: u64 = 300;

/// Follows every proposal for a case; its code and whether there was one, where it is refused.
fn follow(seed: u64) -> Option<(&'static str, bool)> {
    let case = case(seed);
    let messages = compile(&source(&case), &case.options).err()?;
    let shown = render::render_all(&messages, &source(&case));
    let message = &messages[0];
    assert!(REASONS.contains(&message.code), "seed {seed}: {shown}\n{}", case.text);
    let proposals = followed(message, &case);
    for (words, changed) in &proposals {
        works(changed, &format!("seed {seed}: \"{words}\" of\n{shown}\n{}", case.text));
    }
    Some((message.code, !proposals.is_empty()))
}

fn works(case: &Case, what: &str) {
    if let Err(messages) = compile(&source(case), &case.options) {
        panic!("{what}\nfails:\n{}", render::render_all(&messages, &source(case)));
    }
}

#[test]
fn proposals_work() {
    let wanted = std::env::var("HEP_ADVICE").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
    let next = AtomicU64::new(0);
    let refused = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let found: Vec<(&str, bool)> = std::thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            while refused.load(Ordering::Relaxed) < wanted {
                if let Some(one) = follow(next.fetch_add(1, Ordering::Relaxed)) {
                    refused.fetch_add(1, Ordering::Relaxed);
                    found.push(one);
                }
            }
            found
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a case failed")).collect()
    });
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for (code, advised) in found {
        let count = counts.entry(code).or_default();
        count.refused += 1;
        count.advised += usize::from(advised);
    }
    let refused: usize = counts.values().map(|count| count.refused).sum();
    let advised: usize = counts.values().map(|count| count.advised).sum();
    println!("{advised} of {refused} refused programs got a proposal: {counts:?}");
    assert!(refused as u64 >= wanted && next.load(Ordering::Relaxed) < 10 * wanted);
    assert!(wanted < MANY || FREQUENT.iter().all(|code| counts.contains_key(code)), "{counts:?}");
    assert!(5 * advised >= 4 * refused, "{advised} of {refused}: {counts:?}");
}
