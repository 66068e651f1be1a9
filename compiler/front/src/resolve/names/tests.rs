//! Names are looked at for suggestions a bounded number of times, however many are unknown.

use super::checked;
use crate::syntax;
use hep_tensor::source::SourceFile;
use std::fmt::Write;

/// Most names that are looked at in all.
const MOST: usize = 200_000;

#[test]
fn unknown_names_are_looked_for_in_bounded_work() {
    const COUNT: usize = 6_000;
    let mut text = "program x\n".to_owned();
    (0..COUNT).for_each(|i| _ = writeln!(text, "let a{i} = b{i}"));
    let file = syntax::parse(&SourceFile::new("x.hep", &*text)).expect("it parses");
    let names = checked(&file, &[]);
    assert!(names.errors.len() >= COUNT, "{} errors", names.errors.len());
    assert!((1..=MOST).contains(&names.looked_at), "{} names are looked at", names.looked_at);
}
