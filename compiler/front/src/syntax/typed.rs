//! Types for names that have none, made of the dimensions of the program. Each is tried before somebody is told of it.

use super::ast::{ExprKind, File, For, Item, Over, Statement};
use super::foreign::{is_in, line_of};
use super::walk::{statements, training};
use super::words::is_keyword;
use crate::diagnostics::{Edit, Proposal};
use hep_tensor::source::Span;

/// Types of one name that are tried.
const MOST: usize = 16;
/// Longest line that is repeated, in bytes.
const LONGEST: usize = 200;

/// The dimensions of a program, as far as its text tells them.
#[derive(Default)]
struct Dims<'t> {
    /// That of the samples.
    rows: Option<&'t str>,
    /// The others, those of tensors first.
    others: Vec<&'t str>,
}

impl<'t> Dims<'t> {
    fn of(text: &'t str) -> Self {
        let mut dims = Self::default();
        let (mut in_tensors, mut elsewhere) = (Vec::new(), Vec::new());
        for line in text.lines().map(|line| line.split('#').next().unwrap_or("")) {
            let mut sizes = line.split('[').skip(1).filter_map(|rest| rest.split(']').next());
            if let Some(sizes) = sizes.next().filter(|_| line.contains(':')) {
                let mut sizes = sizes.split(',').map(str::trim);
                if line.trim_start().starts_with("owner") || line.trim_start().starts_with("secret") {
                    dims.rows = dims.rows.or(sizes.clone().next());
                }
                in_tensors.extend(&mut sizes);
            }
            let mut words = words(line);
            while let Some(word) = words.next() {
                if word == "dim" {
                    elsewhere.extend(words.next());
                }
            }
        }
        dims.rows = dims.rows.or(elsewhere.first().copied());
        let known = in_tensors.into_iter().filter(|dim| elsewhere.contains(dim)).collect::<Vec<_>>();
        for dim in known.into_iter().chain(elsewhere.iter().copied()) {
            if Some(dim) != dims.rows && !dims.others.contains(&dim) {
                dims.others.push(dim);
            }
        }
        dims
    }

    /// Types of a variable, and of what is known when compiling.
    fn of_variables(&self) -> Vec<String> {
        let singles = self.others.iter().map(|dim| format!("real[{dim}]"));
        let pairs = self.others.iter().flat_map(|a| {
            let others = self.others.iter().filter(move |b| *b != a);
            others.map(move |b| format!("real[{a}, {b}]"))
        });
        singles.chain(std::iter::once("real".to_owned())).chain(pairs).collect()
    }

    /// Types of what the owner reads, or encrypts.
    fn of_samples(&self, keyword: &str, value: &str) -> Vec<String> {
        let Some(n) = self.rows else { return vec![] };
        let with =
            |kind: &str| self.others.iter().map(|dim| format!("{kind}[{n}, {dim}]")).collect::<Vec<_>>();
        let mut types = Vec::new();
        if keyword == "owner" {
            types.push(format!("class[{n}, 2]"));
            types.extend(with("class"));
        } else if value.contains("one_hot") {
            types.extend(with("onehot"));
        } else {
            types.push(format!("bit[{n}]"));
        }
        types.extend(with("real"));
        types.push(format!("real[{n}]"));
        types
    }

    fn of_kind(&self, keyword: &str, value: &str) -> Vec<String> {
        let mut types = match keyword {
            "owner" | "secret" => self.of_samples(keyword, value),
            "public" => {
                let single = std::iter::once("real".to_owned());
                single.chain(self.of_variables().into_iter().filter(|ty| ty != "real")).collect()
            }
            _ => self.of_variables(),
        };
        types.truncate(MOST);
        types
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// The item or the statement of a place with each type that its name may have, where it has none; what stands between the name and
/// its value is no type.
#[must_use]
pub fn written(text: &str, at: usize) -> Vec<Proposal> {
    let (start, line) = line_of(text, at);
    let line = line.split('#').next().unwrap_or("").trim_end();
    let keyword = line.split_whitespace().next().unwrap_or("");
    let rest = line.get(keyword.len()..).unwrap_or("");
    let before = keyword.len() + rest.len() - rest.trim_start().len();
    let name = words(rest).next().unwrap_or("");
    let is_kind = matches!(keyword, "var" | "owner" | "public" | "secret") && is_in(text, at, keyword);
    if !is_kind || line.len() > LONGEST || is_keyword(name) || !rest.trim_start().starts_with(name) {
        return vec![];
    }
    let end = before + name.len();
    let value = line.get(end..).and_then(|rest| rest.find('=').and_then(|at| rest.get(at..))).unwrap_or("");
    let types = Dims::of(text).of_kind(keyword, value);
    let proposals = types.into_iter().map(|ty| {
        let value = if keyword == "var" { number(value).unwrap_or(value) } else { value };
        let whole = format!("{keyword} {name} : {ty} {value}").trim_end().to_owned();
        let words = format!("say what it is: write `{whole}`");
        Proposal { words, edits: vec![Edit::Replace(Span::new(start, start + line.len()), whole)] }
    });
    proposals.collect()
}

/// Types of a variable of the training in a program with these dimensions, that of the samples aside.
#[must_use]
pub fn of_variables(others: Vec<&str>) -> Vec<String> {
    let mut types = Dims { rows: None, others }.of_variables();
    types.truncate(MOST);
    types
}

/// The dimensions that a variable of the training may have: those that have a size and are those of nothing else, then those of the
/// owner's data and of what is encrypted, the last first; that of the samples and those that count iterations aside.
#[must_use]
pub fn dims_of_variables(file: &File) -> Vec<&str> {
    let (mut rows, mut found) = (None, Vec::new());
    for item in &file.items {
        let (Item::Owner(d) | Item::Secret(d)) = item else { continue };
        for (at, dim) in d.ty.dims.iter().enumerate() {
            let ExprKind::Name(dim) = &dim.kind else { continue };
            match at {
                0 => rows = rows.or(Some(dim.as_str())),
                _ if !found.contains(&dim.as_str()) => found.push(dim.as_str()),
                _ => {}
            }
        }
    }
    // The dimension of what is encrypted comes last.
    found.reverse();
    let body = training(file).map_or(&[][..], |train| &train.body);
    let counts = |name: &str| {
        statements(body).into_iter().any(|statement| match statement {
            Statement::For(For { over: Over::Range(range), .. }) => {
                matches!(&range.high.kind, ExprKind::Name(end) if end == name)
            }
            _ => false,
        })
    };
    let sizes = file.items.iter().filter_map(|item| match item {
        Item::Dim(dim) => Some(dim.name.name.as_str()),
        _ => None,
    });
    let mut alone: Vec<&str> = sizes.filter(|name| !found.contains(name) && !counts(name)).collect();
    alone.extend(found);
    alone.retain(|dim| Some(*dim) != rows);
    alone
}

/// What fills a tensor elsewhere as the number it is here.
fn number(value: &str) -> Option<&'static str> {
    let (function, _) = value.strip_prefix('=')?.trim().split_once('(')?;
    match function.rsplit('.').next()? {
        "zeros" | "zeros_like" => Some("= 0"),
        "ones" | "ones_like" => Some("= 1"),
        _ => None,
    }
}
