//! A program with its modules, in one space of offsets.

use super::{Span, library};
use std::borrow::Cow;

/// A program's text, the name it is shown under, and the modules it can use: those of the standard library, and those
/// that were found beside it.
///
/// The texts follow each other, with one byte between them that belongs to the end of the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// File name in messages; never opened here.
    pub name: String,
    /// The text.
    pub text: String,
    modules: Vec<Module>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Module {
    /// As `use` names it.
    name: Cow<'static, str>,
    /// File name in messages.
    file: Cow<'static, str>,
    text: Cow<'static, str>,
}

/// One of the texts of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// File name in messages.
    pub file: &'a str,
    /// The text.
    pub text: &'a str,
    /// Offset of its first byte.
    pub base: usize,
}

impl SourceFile {
    /// A program of this name and text, with the standard library.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let library = library::MODULES.map(|(name, text)| Module {
            name: name.into(),
            file: format!("std/{name}.hep").into(),
            text: text.into(),
        });
        Self { name: name.into(), text: text.into(), modules: library.into() }
    }

    /// The same modules with another text of the program.
    #[must_use]
    pub fn with_text(&self, text: String) -> Self {
        Self { text, ..self.clone() }
    }

    /// The same with another text in place of a span; `None` when the span is not in the program.
    #[must_use]
    pub fn replaced(&self, span: Span, text: &str) -> Option<Self> {
        let (before, after) = (self.text.get(..span.start)?, self.text.get(span.end..)?);
        Some(self.with_text(format!("{before}{text}{after}")))
    }

    /// Adds a module; it hides one of the same name in the standard library.
    pub fn add_module(&mut self, name: &str, file: String, text: String) {
        self.modules.push(Module { name: name.to_owned().into(), file: file.into(), text: text.into() });
    }

    /// The module of this name, the one that was added last.
    #[must_use]
    pub fn module(&self, name: &str) -> Option<Part<'_>> {
        let position = self.modules.iter().rposition(|module| module.name == name)?;
        self.parts().nth(position + 1)
    }

    /// Names of all modules, each once, in order.
    #[must_use]
    pub fn module_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.modules.iter().map(|module| &*module.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The program and all modules, by ascending offset.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let program = (self.name.as_str(), self.text.as_str());
        let modules = self.modules.iter().map(|module| (&*module.file, &*module.text));
        std::iter::once(program).chain(modules).scan(0, |next, (file, text)| {
            let base = *next;
            *next += text.len() + 1;
            Some(Part { file, text, base })
        })
    }

    /// The text of a span, shortened to what exists.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let part = self.parts().take_while(|part| part.base <= span.start).last();
        part.and_then(|part| part.text.get(span.start - part.base..span.end.checked_sub(part.base)?))
            .unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_follow_each_other() {
        let mut source = SourceFile::new("p.hep", "abc");
        source.add_module("losses", "here/losses.hep".into(), "module losses".into());
        let parts: Vec<Part<'_>> = source.parts().collect();
        assert_eq!((parts[0].base, parts[1].base, parts[1].file), (0, 4, "std/losses.hep"));
        let own = source.module("losses").unwrap();
        assert_eq!(own.file, "here/losses.hep");
        assert_eq!(source.slice(Span::new(own.base + 7, own.base + 13)), "losses");
        assert_eq!((source.slice(Span::new(1, 3)), source.slice(Span::new(2, 9))), ("bc", ""));
        assert_eq!(source.module("nothing"), None);
        assert_eq!(source.module_names().iter().filter(|name| **name == "losses").count(), 1);
    }
}
