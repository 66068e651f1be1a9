//! Follows helps to the letter, as somebody does who knows nothing of the language.

use super::changed;
use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience, analyze, compile};

/// What helps say to do.
const VERBS: [&str; 5] = ["write", "declare", "add", "leave", "take"];

/// Asserts that a program with a mistake has errors whose helps, followed one after the other, lead to a plan. Returns the helps.
pub fn leads_on(program: &str, mistakes: &[(&str, &str)]) -> String {
    let text = changed(program, mistakes);
    let source = SourceFile::new("p.hep", &*text);
    let errors = analyzed(&source, &Options::default(), &Patience::default()).err();
    let errors = errors.unwrap_or_else(|| panic!("no error in\n{text}"));
    let (mut said, mut followed) = (Vec::new(), Program::of(&text));
    for error in errors.into_iter().filter(Diagnostic::is_error) {
        let help = error.help.clone().unwrap_or_else(|| panic!("no help for {}\n{text}", error.title));
        followed.wrong = error.span().map_or(0, |span| text[..span.start].matches('\n').count());
        followed.column = error
            .span()
            .map_or(0, |span| span.start - text[..span.start].rfind('\n').map_or(0, |end| end + 1));
        followed.spelling = error.span().map_or("", |span| &text[span.start..span.end]).to_owned();
        followed.error = error.title;
        help.split(", and then: ").for_each(|step| followed.follow(step));
        said.push(help);
    }
    let (said, followed) = (said.join("\n"), followed.text());
    if let Err(errors) = compile(&SourceFile::new("p.hep", &*followed), &Options::default()) {
        let titles: Vec<String> = errors.into_iter().map(|error| error.title).collect();
        panic!("{said}\nleads to\n{followed}\n{titles:#?}");
    }
    said
}

/// A program that is being mended.
struct Program {
    /// Lines with their numbers in the program as it was.
    lines: Vec<(Option<usize>, String)>,
    /// The line of the error, what is wrong in it, and its title.
    wrong: usize,
    column: usize,
    spelling: String,
    error: String,
}

impl Program {
    fn of(text: &str) -> Self {
        let lines = text.lines().enumerate().map(|(at, line)| (Some(at), line.to_owned())).collect();
        Self { lines, wrong: 0, column: 0, spelling: String::new(), error: String::new() }
    }

    fn text(&self) -> String {
        self.lines.iter().map(|(_, line)| format!("{line}\n")).collect()
    }

    /// The place of the line that is wrong.
    fn at(&self) -> usize {
        self.lines.iter().position(|(number, _)| *number == Some(self.wrong)).unwrap_or_default()
    }

    fn insert_before(&mut self, start: &str, code: &str) {
        let at = self.lines.iter().position(|(_, line)| line.trim_start().starts_with(start)).unwrap_or(0);
        self.lines.insert(at, (None, code.to_owned()));
    }

    fn insert_behind(&mut self, start: &str, code: &str) {
        let at = self.lines.iter().position(|(_, line)| line.trim_start().starts_with(start)).unwrap_or(0);
        self.lines.insert(at + 1, (None, code.to_owned()));
    }

    /// One step of a help.
    fn follow(&mut self, step: &str) {
        let parts: Vec<&str> = step.split('`').collect();
        let (mut verb, mut at) = ("", 1);
        while at < parts.len() {
            let (before, code) = (parts[at - 1], parts[at]);
            let (behind, next) =
                (parts.get(at + 1).copied().unwrap_or(""), parts.get(at + 2).copied().unwrap_or(""));
            let mut words = before.split(|c: char| !c.is_ascii_alphabetic());
            verb = if before.contains(';') { "" } else { verb };
            verb = words.rfind(|word| VERBS.contains(word)).unwrap_or(verb);
            at += 2;
            if before.contains("leave it out here") {
                let line = self.at();
                self.lines.remove(line);
            }
            match verb {
                "write" if behind.trim() == "for the field" => {
                    self.replace(&format!(".{next}"), &format!(".{code}"));
                    at += 2;
                }
                "write" if behind.trim() == "for its" => {
                    let let_ = code.replacen("loss", "let", 1);
                    let line = self.lines.iter_mut().find(|(_, line)| head(line) == head(&let_));
                    line.unwrap_or_else(|| panic!("no `{let_}`")).1 = code.to_owned();
                    at += 2;
                }
                "write" if behind.trim_end().ends_with("for") && !next.is_empty() => {
                    self.replace(next, code);
                    at += 2;
                }
                "add" if behind.starts_with(" below the first line") => self.insert_behind("program", code),
                "add" if behind.starts_with(" at the beginning") => {
                    self.insert_behind("train {", code);
                    at += 2;
                }
                "add" if behind.starts_with(" behind the range") => {
                    let line = self.at();
                    self.lines[line].1 += &format!(" {code}");
                }
                // An item stands before what needs it.
                "add" if code.starts_with("dim ") => self.insert_before("owner", code),
                "add" => self.insert_before("train {", code),
                "leave" if before.contains("the definition out") => {
                    let line = self.at();
                    self.lines.remove(line);
                }
                "leave" => {
                    let start = code.trim_end_matches('.').trim_end();
                    self.lines
                        .retain(|(_, line)| !line.trim_start().starts_with(start) || line.starts_with(' '));
                    if code.ends_with("...") {
                        self.lines.retain(|(_, line)| !line.trim_start().starts_with(start));
                    }
                }
                "write" | "declare" | "take" => self.written(code),
                _ => {}
            }
        }
    }

    /// Another text in place of what is there as words of their own: in the wrong line, or else anywhere.
    fn replace(&mut self, old: &str, new: &str) {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        let found = |line: &str| {
            line.match_indices(old).map(|(at, _)| at).find(|at| {
                let (before, after) =
                    (line[..*at].chars().next_back(), line[at + old.len()..].chars().next());
                !(is_word(old.chars().next()) && is_word(before)
                    || is_word(old.chars().next_back()) && is_word(after))
            })
        };
        let wrong = self.at();
        let places = std::iter::once(wrong).chain(0..self.lines.len());
        for line in places {
            if let Some(at) = found(&self.lines[line].1) {
                return self.lines[line].1.replace_range(at..at + old.len(), new);
            }
        }
    }

    /// A line of the program with the same beginning, or else the smallest part of the wrong line without which the error is gone.
    fn written(&mut self, code: &str) {
        let same = self.lines.iter().position(|(_, line)| !head(code).is_empty() && head(line) == head(code));
        if let Some(at) = same {
            let line = &self.lines[at].1;
            let indented = line[..line.len() - line.trim_start().len()].to_owned();
            let brace = if line.trim_end().ends_with('{') && !code.ends_with('{') { " {" } else { "" };
            self.lines[at].1 = format!("{indented}{code}{brace}");
            return;
        }
        // A declaration without its keyword keeps its value.
        if let Some((name, ty)) = code.split_once(" : ") {
            let start = format!("var {name} :");
            if let Some((_, line)) =
                self.lines.iter_mut().find(|(_, line)| line.trim_start().starts_with(&start))
            {
                let value = line.split_once('=').map_or("0", |(_, value)| value.trim()).to_owned();
                *line = format!("  {start} {ty} = {value}");
                return;
            }
        }
        let wrong = self.at();
        let line = self.lines[wrong].1.clone();
        // The first value of a variable is one of the variable.
        if head(code).split(' ').nth(1).is_some_and(|name| name == head(&line)) {
            self.lines[wrong].1 = code.to_owned();
            return;
        }
        let is_here = line.get(self.column..).is_some_and(|rest| rest.starts_with(&self.spelling));
        let at = if is_here { self.column } else { line.find(&self.spelling).unwrap_or(0) };
        let ends = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        let is_cut = |at: usize| {
            at == 0 || at == line.len() || line[..at].ends_with(ends) || line[at..].starts_with(ends)
        };
        let cuts: Vec<usize> =
            (0..=line.len()).filter(|at| line.is_char_boundary(*at) && is_cut(*at)).collect();
        let mut regions: Vec<(usize, usize)> = Vec::new();
        for start in cuts.iter().filter(|start| **start <= at) {
            regions.extend(
                cuts.iter().filter(|end| **end >= at + self.spelling.len()).map(|end| (*start, *end)),
            );
        }
        regions.sort_by_key(|(start, end)| (end - start, *start));
        let words = format!("{line} {code}");
        let words: Vec<&str> = words.split(ends).collect();
        for (start, end) in regions {
            self.lines[wrong].1 = format!("{}{code}{}", &line[..start], &line[end..]);
            // A word that is neither in the program nor in the help is made of two.
            if self.lines[wrong].1.split(ends).any(|word| !words.contains(&word)) {
                continue;
            }
            let errors = analyze(&SourceFile::new("p.hep", self.text()), &Options::default()).err();
            let is_there = |error: &Diagnostic| error.title == self.error || error.code.starts_with("H010");
            if !errors.unwrap_or_default().iter().any(is_there) {
                return;
            }
        }
        panic!("`{code}` does not fit into {line}");
    }
}

/// How a line begins that declares, defines, assigns or counts.
fn head(line: &str) -> String {
    let line = line.trim();
    let word = line.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    let keywords =
        ["var", "let", "loss", "owner", "secret", "public", "dim", "approx", "for", "predict", "reveal"];
    let assigned = line
        .split_once(" = ")
        .filter(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'));
    match (keywords.contains(&word), assigned) {
        (true, _) => {
            let rest = line[word.len()..].trim_start();
            let name = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("");
            format!("{word} {name}")
        }
        (false, Some((name, _))) => name.to_owned(),
        _ => String::new(),
    }
}
