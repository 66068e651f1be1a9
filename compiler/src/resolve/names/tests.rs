//! Names are looked at for suggestions a bounded number of times, however many are unknown.

use super::checked;
use crate::source::SourceFile;
use crate::syntax;
use std::fmt::Write;

/// Most names that are looked at in all.
const MOST: usize = 200_000;

#[test]
fn unknown_names_are_looked_for_in_bounded_work() {
    const COUNT: usize = 6_000;
    {
        let mut text = "program x\n".to_owned();
        (0..COUNT).for_each(|i| _ = write!(text, "{}", line.replace('I', &i.to_string())));
        let file = syntax::parse(&SourceFile::new("x.hep", &*text)).expect("it parses");
        let names = checked(&file, &[]);
        assert!(names.errors.len() >= COUNT, "{line}");
        assert!(names.looked_at <= MOST, "{line}: {}", names.looked_at);
        assert!(names.looked_at > 0, "{line}");
    }
}
