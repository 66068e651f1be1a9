//! Differences for people: changed lines with those around them, section by section, cut where it gets long.

use super::{Changes, Difference, Line};
use anstyle::{AnsiColor, Style};
use hep_plan::visible::visible;
use serde_json::{Value, json};
use std::fmt::{self, Write};

/// Lines kept around a change.
const AROUND: usize = 2;

const GONE: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();
const MOVED: Style = AnsiColor::Cyan.on_default();
const TITLE: Style = Style::new().bold();

/// How much is shown.
struct Limits {
    /// Changed lines of all sections.
    all: usize,
    /// Changed lines of one section.
    section: usize,
    /// Columns.
    columns: usize,
    /// Whether lines that only moved are shown.
    moved: bool,
}

const SHORT: Limits = Limits { all: 80, section: 16, columns: 160, moved: false };
const FULL: Limits = Limits { all: usize::MAX, section: usize::MAX, columns: usize::MAX, moved: true };

/// The differences as text with colors: all of it, or as much as a person reads.
pub fn text(differences: &[Difference], full: bool) -> String {
    let limits = if full { FULL } else { SHORT };
    let mut out = String::new();
    let (mut left, mut hidden) = (limits.all, 0);
    for difference in differences {
        let _ = writeln!(out, "{TITLE}{}{TITLE:#}: {}", visible(&difference.title), difference.changes());
        let changed = changed(difference, &limits);
        let shown = changed.len().min(left).min(limits.section);
        lines(&mut out, difference, &changed[..shown], limits.columns);
        if 0 < shown && shown < changed.len() {
            let _ = writeln!(out, "    ⋮ {} more", changed.len() - shown);
        }
        left -= shown;
        hidden += changed.len() - shown;
    }
    if hidden > 0 {
        let _ = writeln!(out, "… {hidden} changed lines are not shown: --full shows all");
    }
    out
}

/// The differences for machines.
pub fn json(differences: &[Difference]) -> Vec<Value> {
    let entry = |difference: &Difference| {
        let (mut gone, mut new, mut moved) = (vec![], vec![], vec![]);
        for line in &difference.lines {
            match line {
                Line::Same(_) => {}
                Line::Moved(from, line) => moved.push(json!({ "from": from, "line": line })),
                Line::Gone(line) => gone.push(line),
                Line::New(line) => new.push(line),
            }
        }
        json!({ "title": difference.title, "gone": gone, "new": new, "moved": moved })
    };
    differences.iter().map(entry).collect()
}

/// Positions of the lines that are shown as changes.
fn changed(difference: &Difference, limits: &Limits) -> Vec<usize> {
    let is_changed = |line: &Line| match line {
        Line::Same(_) => false,
        Line::Moved(..) => limits.moved,
        Line::Gone(_) | Line::New(_) => true,
    };
    let lines = difference.lines.iter().enumerate();
    lines.filter(|(_, line)| is_changed(line)).map(|(at, _)| at).collect()
}

/// Prints these changed lines with those around them.
fn lines(out: &mut String, difference: &Difference, changed: &[usize], columns: usize) {
    let lines = &difference.lines;
    let mut next = 0;
    for (position, &at) in changed.iter().enumerate() {
        let from = at.saturating_sub(AROUND).max(next);
        if from > next {
            let _ = writeln!(out, "    ⋮");
        }
        // The line after the last one shown may be a change that is not.
        let is_context = |line: &&Line| matches!(line, Line::Same(_) | Line::Moved(..));
        let after = lines[at + 1..].iter().take(AROUND).take_while(is_context).count();
        let to = changed.get(position + 1).copied().unwrap_or(lines.len()).min(at + 1 + after);
        for line in &lines[from..to] {
            let (sign, style, text, note) = match line {
                Line::Same(text) => (' ', Style::new(), text, String::new()),
                Line::Moved(place, text) => ('~', MOVED, text, format!("  was {}", visible(place))),
                Line::Gone(text) => ('-', GONE, text, String::new()),
                Line::New(text) => ('+', NEW, text, String::new()),
            };
            let _ = writeln!(out, "  {style}{sign} {}{note}{style:#}", cut(text, columns));
        }
        next = to;
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Changes { gone, new, moved } = *self;
        let mut parts = Vec::new();
        for (count, what) in [(gone, "gone"), (new, "new"), (moved, "at another level or scale")] {
            match count {
                0 => {}
                1 => parts.push(format!("1 line {what}")),
                _ => parts.push(format!("{count} lines {what}")),
            }
        }
        write!(f, "{}", parts.join(", "))
    }
}

/// A line that fits a terminal; results come first and operands in the middle, so that the end is kept as well.
fn cut(text: &str, widest: usize) -> String {
    let text = &visible(text);
    let count = text.chars().count();
    if count <= widest {
        return text.to_string();
    }
    let (head, tail) = (widest * 2 / 3, widest / 3 - 3);
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(count - tail).collect();
    format!("{head} … {tail}")
}
