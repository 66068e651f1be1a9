use super::{fewer, help};
use crate::refusals::Shortage;
use crate::{Options, Patience, analyze};
use hep_tensor::source::SourceFile;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A program whose loop ends at a dimension.
const PROGRAM: &str = "\
program lr
use losses.nll
dim n = 64  dim f = 8  dim T = 40
owner X0 : real[n, f] in 0 .. 1
owner y : class[n, 2]
secret X : real[n, f] = X0
secret Y : bit[n] = y
let score(w) = X @ w
approx sigmoid on -8 .. 8 degree 7 by least_squares
train {
  var w : real[f] = 0
  for t in 1 .. T { w = w - 0.1 * grad(nll, Y, score, at = w) / n }
}
reveal w
predict score(w)
";

const LEVELS: Shortage = Shortage::Levels { most: 54, iteration: 5 };

/// What is proposed where `fits` says which programs have a plan.
fn proposed(
    text: &str,
    options: &Options,
    shortage: Shortage,
    fits: impl Fn(&SourceFile, &Options, u32) -> Result<(), Shortage>,
) -> Option<String> {
    let source = SourceFile::new("lr.hep", text);
    help(&source, options, shortage, &Patience::default(), &mut |source, options| {
        let program = analyze(source, options).map_err(|_| Shortage::Other)?;
        fits(source, options, program.program.train.iterations).map(|()| program.warnings.len())
    })
}

fn up_to(most: u32) -> impl Fn(&SourceFile, &Options, u32) -> Result<(), Shortage> {
    move |_, _, iterations| if iterations <= most { Ok(()) } else { Err(LEVELS) }
}

#[test]
fn the_most_iterations_are_found() {
    for most in [1, 2, 7, 10, 11, 12, 25, 39] {
        let found = proposed(PROGRAM, &Options::default(), LEVELS, up_to(most)).unwrap();
        let plural = if most == 1 { "iteration fits" } else { "iterations fit" };
        assert!(found.starts_with(&format!("at most {most} {plural}: ⟨size = T={most}⟩")), "{most}: {found}");
    }
}

/// Time that ends early makes the number smaller, and the words say so.
#[test]
fn the_most_iterations_are_not_said_where_time_ends() {
    let source = SourceFile::new("lr.hep", PROGRAM);
    let mut ended = [false; 2];
    for tries in 1..16 {
        let left = Arc::new(AtomicUsize::new(tries));
        let patience = {
            let left = left.clone();
            Patience::while_it(move || left.load(Relaxed) > 0)
        };
        let found = help(&source, &Options::default(), LEVELS, &patience, &mut |source, options| {
            let program = analyze(source, options).map_err(|_| Shortage::Other)?;
            left.store(left.load(Relaxed).saturating_sub(1), Relaxed);
            // What is tried when time is over lacks this and that.
            up_to(22)(source, options, program.program.train.iterations).map(|()| program.warnings.len())
        });
        let Some(found) = found.filter(|found| found.contains("iteration")) else { continue };
        let is_most = found.starts_with("at most 22 iterations fit");
        assert!(is_most || found.starts_with("at least "), "{tries}: {found}");
        ended[usize::from(is_most)] = true;
    }
    assert_eq!(ended, [true; 2], "early, and never");
}

/// The same for whoever judges by something else than a plan.
#[test]
fn fewer_iterations_do() {
    let source = SourceFile::new("lr.hep", PROGRAM);
    let most = |most: u32| {
        let mut does = |source: &SourceFile, options: &Options| {
            analyze(source, options).is_ok_and(|analysis| analysis.program.train.iterations <= most)
        };
        fewer(&source, &Options::default(), &mut does)
    };
    assert_eq!(most(7).as_deref(), Some("at most 7 iterations fit: ⟨size = T=7⟩"));
    assert_eq!(most(0), None);
}

#[test]
fn a_loop_to_a_number_is_written_anew() {
    let text = PROGRAM.replace("1 .. T", "1 .. 40");
    let found = proposed(&text, &Options::default(), LEVELS, up_to(9)).unwrap();
    assert!(found.starts_with("at most 9 iterations fit: `for t in 1 .. 9`"), "{found}");
}

#[test]
fn what_does_not_work_is_not_proposed() {
    let never = |_: &SourceFile, _: &Options, _| Err(LEVELS);
    let found = proposed(PROGRAM, &Options::default(), LEVELS, never).unwrap();
    assert_eq!(found, "none of these helps: fewer iterations, polynomials of lower degree, two of them");
}

#[test]
fn degrees_are_lowered_in_the_line_itself() {
    let lower = |source: &SourceFile, _: &Options, _| {
        if source.text.contains("degree 3") { Ok(()) } else { Err(LEVELS) }
    };
    let found = proposed(PROGRAM, &Options::default(), LEVELS, lower).unwrap();
    assert_eq!(
        found,
        "approximate by polynomials of degree 3: `approx sigmoid on -8 .. 8 degree 3 by least_squares`"
    );
}

#[test]
fn budgets_are_raised_until_they_do() {
    let options = Options { key_budget: 1_000_000, ..Options::default() };
    let needs = |_: &SourceFile, options: &Options, _| match options.key_budget {
        0..53_000_000 => Err(Shortage::Keys { needed: 52_400_000 }),
        53_000_000..67_500_000 => Err(Shortage::Keys { needed: 67_400_000 }),
        _ => Ok(()),
    };
    let found = proposed(PROGRAM, &options, Shortage::Keys { needed: 52_400_000 }, needs).unwrap();
    assert!(found.starts_with("allow larger keys: ⟨key budget = 68MB⟩"), "{found}");
}

/// A refusal for want of memory comes with a plan that takes so much.
#[test]
fn the_least_memory_is_known_without_a_trial() {
    let source = SourceFile::new("lr.hep", PROGRAM);
    let options = Options { memory: Some(1_000_000), ..Options::default() };
    let over = Patience::while_it(|| false);
    let mut never = |_: &SourceFile, _: &Options| panic!("a trial after all patience");
    let found = help(&source, &options, Shortage::Memory { needed: 387_900_001 }, &over, &mut never);
    assert_eq!(found.as_deref(), Some("allow more memory: ⟨memory = 388MB⟩"));
}

#[test]
fn what_there_was_no_time_to_try_is_not_mentioned() {
    let source = SourceFile::new("lr.hep", PROGRAM);
    let over = Patience::while_it(|| false);
    let mut never = |_: &SourceFile, _: &Options| panic!("a trial after all patience");
    let found = help(&source, &Options::default(), LEVELS, &over, &mut never);
    assert_eq!(found.as_deref(), Some("nothing that helps was found in the time there is to look for it"));
}

/// Trials end anywhere, as a clock would end them.
#[test]
fn more_time_only_finds_more_iterations() {
    let source = SourceFile::new("lr.hep", PROGRAM);
    let within = |trials: usize| {
        let left = Arc::new(AtomicUsize::new(trials));
        let seen = left.clone();
        let patience = Patience::while_it(move || seen.load(Relaxed) > 0);
        help(&source, &Options::default(), LEVELS, &patience, &mut |source, options| {
            left.fetch_sub(1, Relaxed);
            let program = analyze(source, options).map_err(|_| Shortage::Other)?;
            let iterations = program.program.train.iterations;
            if iterations <= 9 { Ok(program.warnings.len()) } else { Err(LEVELS) }
        })
    };
    let counts: Vec<u32> = (1..8)
        .map(|trials| {
            let found = within(trials).unwrap();
            let (_, size) = found.split_once("⟨size = T=").unwrap();
            size.split('⟩').next().unwrap().parse().unwrap()
        })
        .collect();
    assert_eq!(counts.first(), Some(&1), "{counts:?}");
    assert!(counts.is_sorted() && counts.last() == Some(&9), "{counts:?}");
}

/// Fewer iterations alone are not enough, and polynomials of a lower degree are not: both are.
#[test]
fn two_changes_are_tried_where_one_is_not_enough() {
    let both = |source: &SourceFile, _: &Options, iterations| {
        if source.text.contains("degree 3") && iterations <= 5 { Ok(()) } else { Err(LEVELS) }
    };
    let found = proposed(PROGRAM, &Options::default(), LEVELS, both).unwrap();
    assert_eq!(
        found,
        "approximate by polynomials of degree 3: `approx sigmoid on -8 .. 8 degree 3 by least_squares`, and then: at most 5 \
         iterations fit: ⟨size = T=5⟩"
    );
}

/// One iteration leaves too few bits, and fewer bits are not enough for all iterations.
#[test]
fn fewer_iterations_and_fewer_bits() {
    let options = Options { precision_bits: 30.0, ..Options::default() };
    let both = |_: &SourceFile, options: &Options, iterations| match iterations {
        1 if options.precision_bits <= 22.0 => Ok(()),
        1 => Err(Shortage::Precision { found: 22.4 }),
        _ => Err(LEVELS),
    };
    let found = proposed(PROGRAM, &options, LEVELS, both).unwrap();
    assert_eq!(found, "train for one iteration, ⟨size = T=1⟩, and then: ask for less: ⟨precision = 22⟩");
}

/// Larger rings take long to try and seldom are more precise: what else there is comes before them, and where that is enough they
/// are not tried at all.
#[test]
fn rings_come_last_where_bits_are_missing() {
    let source = SourceFile::new("lr.hep", PROGRAM);
    let options = Options { ring_log2: Some(13), precision_bits: 30.0, ..Options::default() };
    let tried = |most: u32| {
        let mut rings = Vec::new();
        let found = help(
            &source,
            &options,
            Shortage::Precision { found: 20.5 },
            &Patience::default(),
            &mut |source, options| {
                rings.push(options.ring_log2);
                let program = analyze(source, options).map_err(|_| Shortage::Other)?;
                if options.precision_bits <= 20.0 || program.program.train.iterations <= most {
                    Ok(program.warnings.len())
                } else {
                    Err(Shortage::Precision { found: 20.5 })
                }
            },
        );
        (rings, found.unwrap())
    };
    for most in [0, 9] {
        let (rings, found) = tried(most);
        assert!(found.contains("⟨precision = 20⟩"), "{found}");
        let first = rings.iter().position(|ring| *ring != Some(13)).unwrap_or(rings.len());
        assert!(first > 1 && rings[first..].iter().all(|ring| *ring != Some(13)), "{most}: {rings:?}");
    }
}
