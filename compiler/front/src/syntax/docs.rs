//! `##` comments: documentation of a file and of its items.

/// Lines of the comment at the head of a file.
pub(super) fn head(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
    lines.filter_map(doc).collect()
}

/// Lines of the comment above the line with this byte.
#[must_use]
pub fn above(text: &str, at: usize) -> Vec<String> {
    let before = text.get(..at).unwrap_or("");
    let above = before.rfind('\n').and_then(|end| before.get(..end)).unwrap_or("");
    let mut lines: Vec<String> = above.lines().rev().map(str::trim).map_while(doc).collect();
    lines.reverse();
    lines
}

fn doc(line: &str) -> Option<String> {
    line.strip_prefix("##").map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_belong_to_what_stands_below() {
        let text = "## a\n# no\n## b\nprogram p\n## c\n\n## d\n  ## e\nlet x = 1\nlet y = 2";
        assert_eq!(head(text), ["a", "b"]);
        let at = |word: &str| text.find(word).unwrap();
        assert_eq!(above(text, at("x")), ["d", "e"]);
        assert_eq!(above(text, at("y")), Vec::<String>::new());
        assert_eq!(above("x", 0), Vec::<String>::new());
    }
}
