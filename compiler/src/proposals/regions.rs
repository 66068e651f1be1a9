//! Parts of a text that a line may take the place of.

use hep_front::syntax::words::is_keyword;
use hep_tensor::source::Span;

/// Where the lines end that stand further right than the line of a place.
pub(super) fn block_end(text: &str, at: usize) -> usize {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.get(start..).unwrap_or("").split_inclusive('\n');
    let Some(first) = lines.next() else { return at };
    let (mut from, mut end) = (start + first.len(), start + first.trim_end().len());
    for line in lines {
        if !line.trim().is_empty() {
            if indent(line) <= indent(first) {
                break;
            }
            end = from + line.trim_end().len();
        }
        from += line.len();
    }
    end
}

/// Whether a formula needs brackets in the place of a region: it is an operand of what binds more than it does.
pub(super) fn needs_brackets(text: &str, region: Span, code: &str) -> bool {
    const BLANKS: [char; 3] = [' ', '\t', '\n'];
    let before = text.get(..region.start).unwrap_or("").trim_end_matches(BLANKS);
    let after = text.get(region.end..).unwrap_or("").trim_start_matches(BLANKS);
    let operators = operators(code);
    let has = |marks: &[char]| operators.contains(marks);
    let is_base = after.starts_with(['.', '[']) || after.starts_with("**");
    let is_summand = before.ends_with('-') || after.starts_with(['*', '/', '@']);
    (is_base || before.ends_with('/')) && !operators.is_empty()
        || before.ends_with('@') && has(&['+', '-', '*', '/'])
        || before.ends_with('*') && has(&['+', '-', '@'])
        || is_summand && has(&['+', '-'])
}

/// The operators outside of the brackets of a formula; nothing of what is no formula.
fn operators(code: &str) -> String {
    let mut depth = 0_i32;
    let mut found = String::new();
    for c in code.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '=' | '{' if depth == 0 => return String::new(),
            '+' | '-' | '*' | '/' | '@' if depth == 0 => found.push(c),
            _ => {}
        }
    }
    if code.contains("..") { String::new() } else { found }
}

/// Whether a code in the place of a region makes no word with what is around it.
pub(super) fn stands_alone(text: &str, region: Span, code: &str) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let before = text.get(..region.start).and_then(|text| text.chars().next_back());
    let after = text.get(region.end..).and_then(|text| text.chars().next());
    // What a line starts with stands in it once.
    let line = text.get(..region.start).and_then(|text| text.rsplit('\n').next()).unwrap_or("");
    let first = code.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    let starts =
        is_keyword(first) && line.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == first);
    let follows = is_word(before) || before == Some('.');
    // What ends a line stands in it once as well.
    let rest = text.get(region.end..).unwrap_or("").split(['\n', '#', ')', ',']).next().unwrap_or("").trim();
    let ends = rest.starts_with(['*', '/', '+', '-', '@']) && code.ends_with(rest);
    let joins_before = follows && is_word(code.chars().next());
    let joins_after = is_word(code.chars().next_back()) && is_word(after);
    !(starts || ends || joins_before || joins_after)
}

/// What a spelling may belong to: the smallest first.
pub(super) fn regions(text: &str, at: Span) -> Vec<Span> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (before, after) = (text.get(..at.start).unwrap_or(""), text.get(at.end..).unwrap_or(""));
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let blanks = |from: usize| {
        let rest = text.get(from..).unwrap_or("");
        from + rest.len() - rest.trim_start_matches([' ', '\t', '{', '(']).len()
    };
    let word = before.trim_end_matches([' ', '\t']).trim_end_matches(|c| is_word(c) || c == '.').len();
    let mut starts = vec![at.start, blanks(word), blanks(line)];
    // What stands before the point is a call or a formula in brackets.
    let called = text.get(line..word).and_then(|before| opening(before.strip_suffix(')')?));
    starts.extend(called.map(|open| {
        let before = text.get(line..line + open).unwrap_or("");
        line + before.trim_end_matches(|c| is_word(c) || c == '.').len()
    }));
    // A word that starts an item or a statement within the line.
    let items = ["let ", "var ", "secret ", "public ", "owner ", "for ", "use ", "const ", "predict "];
    let inside = text.get(line..at.start).unwrap_or("");
    starts.extend(items.iter().filter_map(|item| inside.rfind(item)).map(|offset| line + offset));
    let rest = after.split(['\n', '#']).next().unwrap_or("");
    let whole = rest.trim_end().len();
    let mut ends = vec![at.end];
    // The call around it.
    if let Some(open) = opening(inside) {
        let name = inside.get(..open).unwrap_or("").trim_end_matches(|c| is_word(c) || c == '.').len();
        starts.push(line + name);
        let call = text.get(line + open..at.end + whole).and_then(closing);
        ends.extend(call.map(|end| line + open + end));
    }
    ends.extend([",", ")"].iter().filter_map(|mark| rest.find(mark)).map(|end| at.end + end));
    ends.extend(closing(text.get(at.start..at.end + whole).unwrap_or("")).map(|end| at.start + end));
    ends.extend(rest.rfind('}').map(|end| at.end + rest.get(..end).unwrap_or("").trim_end().len()));
    ends.push(at.end + whole);
    // A header of one line, and what is below it.
    if rest.trim_end().ends_with(':') {
        let below = after.get(rest.len()..).unwrap_or("").trim_start();
        let first = after.len() - below.len();
        ends.push(at.end + first + below.lines().next().unwrap_or("").trim_end().len());
    }
    let mut found: Vec<Span> = Vec::new();
    for end in ends {
        found.extend(starts.iter().filter(|start| **start < end).map(|start| Span::new(*start, end)));
    }
    found.sort_by_key(|region| (region.end - region.start, region.start));
    found.dedup();
    found
}

/// The last bracket that is not closed.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' | ']' => depth += 1,
            '(' if depth == 0 => return Some(at),
            '(' | '[' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Behind the bracket that closes the first one.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
