//! A column of ones beside a matrix, as other languages write it.

use super::rewrite::{LONGEST, arguments_end, expression, split};
use super::{is_word_byte, libraries};
use hep_tensor::source::Span;

/// What opens tensors that stand side by side.
const OPENED: [&str; 6] = ["c_[", "hstack(", "column_stack(", "concatenate(", "append(", "cat("];

/// Tensors side by side that start here, and what they are where one is a column of ones.
pub(super) fn beside(text: &str, at: usize) -> Option<(Span, String)> {
    let rest = text.get(at..)?;
    let library = rest.bytes().take_while(|b| is_word_byte(*b)).count();
    let function = rest.get(library..)?.strip_prefix('.')?;
    let opened = OPENED.iter().find(|opened| function.starts_with(**opened))?;
    let inside = function.strip_prefix(*opened)?;
    let end = closing(inside)?;
    let length = library + 1 + opened.len() + end + 1;
    let written = with_ones(inside.get(..end)?)?;
    libraries::is_library(rest.get(..library)?).then(|| (Span::new(at, at + length), written))
}

/// `bias(X)` for parts of which one is a column of ones and the other X.
pub(super) fn with_ones(inside: &str) -> Option<String> {
    let inside = inside.trim();
    let listed = inside.strip_prefix(['[', '(']).and_then(|list| list.get(..closing(list)?));
    let parts = split(listed.unwrap_or(inside));
    let parts = parts.into_iter().filter(|part| !part.starts_with("axis") && !part.starts_with("dim"));
    let (ones, others): (Vec<&str>, Vec<&str>) = parts.partition(|part| is_ones(part));
    let ([_], [matrix]) = (ones.as_slice(), others.as_slice()) else { return None };
    let is_whole = expression(matrix).is_some_and(|read| read.len() == matrix.len());
    is_whole.then(|| format!("bias({matrix})"))
}

fn is_ones(part: &str) -> bool {
    let (library, call) = part.split_once('.').unwrap_or(("np", part));
    part == "1" || (libraries::is_library(library) && call.starts_with("ones("))
}

/// Where the bracket ends that is open before the text, of whatever kind.
fn closing(text: &str) -> Option<usize> {
    // Brackets of one kind end like those of the other.
    let same: String = text.chars().take(LONGEST).map(|c| if c == ']' { ')' } else { c }).collect();
    let same = same.replace('[', "(");
    arguments_end(&same)
}
