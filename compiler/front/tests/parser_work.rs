//! The parser's work grows with the length of the text and with nothing else, whatever is nested in what and whether
//! or not it is closed. Work is counted in calls of grammar rules; the limit holds for the whole process, so that this
//! file has one test.

use hep_front::syntax;
use hep_tensor::source::SourceFile;
use std::num::NonZeroUsize;

/// Calls of rules for one byte.
const CALLS_PER_BYTE: usize = 100;

/// Nested pieces of a program: before, opened so many times, in the middle, closed as many times, after.
const NESTED: [[&str; 5]; 14] = [
    ["train { ", "for t in 1 .. T { ", "w = 1", " }", " }"],
    ["train { ", "for t in 1 .. T {\n let a = (b\n", "w = 1", " }", " }"],
    ["train { ", "for t of 1 .. T { ", "w = 1", " }", " }"],
    ["train { ", "for t in rows(X { ", "w = 1", " }", " }"],
    ["", "train { ", "w = 1", " }", ""],
    ["", "params P { ", "w : real = 0", " }", ""],
    ["let a = ", "(", "1", ")", ""],
    ["let a = ", "f(", "1", ")", ""],
    ["let a = ", "f(at = ", "?", ")", ""],
    ["let a = ", "b[1, ", "1", "]", ""],
    ["let a = ", "((b[f(", "?", ")]))", ""],
    ["let f(", "x : real[", "n", "]", ") = 1"],
    ["approx sigmoid on ", "(", "1", ")", " .. 8"],
    ["", "{ ( [ ", "dim", " ] ) }", ""],
];

/// Flat pieces, repeated.
const FLAT: [[&str; 3]; 16] = [
    ["let a = ", "- ", "1"],
    ["let a = ", "- ", ""],
    ["let a = ", "2 ** ", "1"],
    ["let a = b", ".T", ""],
    ["let a = ", "b, ", "1"],
    ["train { ", "a, ", "}"],
    ["train { ", "a.b.", "c }"],
    ["train { ", "# ( { [ comment\n", "w = 1 }"],
    ["train { ", "w = \n\n\n", "}"],
    ["", ") let = ", ""],
    ["", "( dim { ", ""],
    ["", "} train { ", ""],
    ["", "\"text\" ", ""],
    ["", "lss ", ""],
    ["", "let if x then ", ""],
    ["train { ", "if a == 1 { w -= 1; } ", "}"],
];

#[test]
fn work_is_linear_in_the_text() {
    let mut texts = vec![];
    for [before, open, middle, close, after] in NESTED {
        for depth in [20, 60, 200, 10_000] {
            for closed in [depth, depth / 2, 1, 0] {
                let (open, close) = (open.repeat(depth), close.repeat(closed));
                texts.push(format!("program p\n{before}{open}{middle}{close}{after}\nreveal w\n"));
            }
        }
    }
    for [before, piece, after] in FLAT {
        texts.push(format!("program p\n{before}{}{after}\nreveal w\n", piece.repeat(20_000)));
    }
    for text in texts {
        let calls = CALLS_PER_BYTE * text.len();
        pest::set_call_limit(NonZeroUsize::new(calls));
        let errors = syntax::parse(&SourceFile::new("t.hep", &*text)).err().unwrap_or_default();
        let given_up = errors.iter().find(|error| error.title == "this is not a hep program");
        let start: String = text.chars().take(60).collect();
        assert!(given_up.is_none(), "more than {calls} calls: {start}");
    }
}
