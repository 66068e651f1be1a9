//! The nearest known name.

/// Longest name that is compared: the comparison is quadratic, and nobody misspells longer ones.
const LONGEST: usize = 64;

/// The candidate closest to `word`: at most a third of its letters differ, or only their case.
/// Ties go to the first candidate.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    let allowed = if length <= 2 { 1 } else { length.div_ceil(3) };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate.chars().count() > LONGEST || candidate == word {
            continue;
        }
        let distance = if candidate.eq_ignore_ascii_case(word) { 0 } else { distance(word, candidate) };
        // A single letter replaced by another is no misspelling but a different name.
        let similar = distance < length.max(candidate.chars().count());
        if similar && distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbors.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = vec![];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let differs = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + differs);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_misspellings_and_nothing_else() {
        assert_eq!(nearest("lss", ["let", "loss"]), Some("loss"));
        assert_eq!(nearest("aprox", ["approx", "program"]), Some("approx"));
        assert_eq!(nearest("Sigmoid", ["sigmoid"]), Some("sigmoid"));
        assert_eq!(nearest("pbulic", ["public"]), Some("public"));
        assert_eq!(nearest("momentum", ["loss", "dim"]), None);
        assert_eq!(nearest("x", ["z"]), None);
        assert_eq!(nearest(&"a".repeat(1000), ["aa"]), None);
    }
}
