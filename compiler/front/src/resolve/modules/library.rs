//! The modules of a source, read when they are first used.

use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::resolve::names::{self, Kind};
use crate::syntax::{self, ast};
use ast::{Ident, Item, Use};
use hep_tensor::source::library::{is_absolute, loss_meant};
use hep_tensor::source::{SourceFile, Span};
use std::collections::BTreeMap;

/// Most modules inside each other: bounds the stack.
const MAX_DEPTH: usize = 32;

/// Where a definition is: unique among all modules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub module: String,
    pub item: String,
}

impl Origin {
    /// A name that no text can contain.
    pub fn qualified(&self) -> String {
        format!("{}.{}", self.module, self.item)
    }
}

/// Used names: what they stand for, and where they are used.
pub(super) type Names = BTreeMap<String, (Origin, Span)>;

/// Names that a file defines, where and as what.
pub(super) type Own<'a> = BTreeMap<&'a str, (Span, Kind)>;

/// A module.
#[derive(Debug)]
pub(super) struct Module {
    pub name: String,
    pub file: ast::File,
    /// What its names stand for: its own definitions and those it uses.
    pub scope: BTreeMap<String, Origin>,
}

/// All modules that were used so far.
pub(super) struct Library<'s> {
    source: &'s SourceFile,
    /// Those a module uses come before it.
    modules: Vec<Module>,
    /// Modules with errors, and names that are no module.
    broken: Vec<String>,
    /// Modules that are being read, each with the place that uses it.
    path: Vec<(String, Span)>,
    pub errors: Vec<Diagnostic>,
}

impl<'s> Library<'s> {
    pub fn new(source: &'s SourceFile) -> Self {
        Self { source, modules: vec![], broken: vec![], path: vec![], errors: vec![] }
    }

    /// Modules after those they use.
    pub fn in_order(&self) -> &[Module] {
        &self.modules
    }

    /// A definition and its module.
    pub fn item(&self, origin: &Origin) -> Option<(&Module, &Item)> {
        let module = self.get(&origin.module)?;
        let item = module.file.items.iter().find(|item| names_of(item).any(|name| name == origin.item))?;
        Some((module, item))
    }

    /// What a definition is.
    pub fn kind(&self, origin: &Origin) -> Option<Kind> {
        let (module, _) = self.item(origin)?;
        definitions(&module.file.items).get(origin.item.as_str()).map(|(_, kind)| *kind)
    }

    /// Reads a module that nothing in the text asks for; errors in its own text are reported.
    pub fn find(&mut self, name: &str) -> bool {
        self.source.module(name).is_some()
            && self.load(&Ident { name: name.to_owned(), span: Span::default() })
    }

    /// What the `use` items of a file bring into it. `own` are the names it defines itself.
    pub fn names(&mut self, items: &[Item], own: &Own<'_>) -> Names {
        let mut names = Names::new();
        for used in items {
            let Item::Use(used) = used else { continue };
            if !self.load(&used.module) {
                continue;
            }
            for item in self.used_items(used) {
                let at = used.item.as_ref().map_or(used.span, |item| item.span);
                let origin = Origin { module: used.module.name.clone(), item: item.clone() };
                if let Some((first, _)) = own.get(item.as_str()) {
                    let definition = names::without(items, *first).map(|edit| Proposal {
                        words: format!("leave the definition of `{item}` out: the library has it"),
                        edits: vec![edit],
                    });
                    let others = definition.into_iter().chain(used.item.as_ref().map(|_| Proposal {
                        words: format!(
                            "leave `use {}.{item}` out: what is defined here serves",
                            used.module.name
                        ),
                        edits: vec![Edit::Replace(used.span, String::new())],
                    }));
                    self.errors.push(clash(&item, at, *first, "defined here").proposing(others));
                } else if let Some((known, first)) = names.get(&item) {
                    if *known != origin {
                        self.errors.push(clash(&item, at, *first, "used here as well"));
                    }
                } else {
                    names.insert(item, (origin, at));
                }
            }
        }
        names
    }

    /// The items that a `use` names.
    fn used_items(&mut self, used: &Use) -> Vec<String> {
        let Some(module) = self.get(&used.module.name) else { return vec![] };
        let known: Vec<&str> = module.file.items.iter().flat_map(names_of).collect();
        let Some(item) = &used.item else { return known.into_iter().map(str::to_owned).collect() };
        if known.contains(&item.name.as_str()) {
            return vec![item.name.clone()];
        }
        let elsewhere = loss_meant(&item.name);
        let meant = elsewhere.filter(|(module, loss)| *module == used.module.name && known.contains(loss));
        let near =
            meant.map(|(_, loss)| loss).or_else(|| suggest::nearest(&item.name, known.iter().copied()));
        let did_you_mean = |near: &str| match is_absolute(&item.name) && meant.is_some() {
            true => format!(
                "the slope of an absolute error jumps, and no polynomial does: take the squared error, `use {}.{near}`.",
                used.module.name
            ),
            false => format!("did you mean `use {}.{near}`?", used.module.name),
        };
        // What is used by its old name is written by the new one.
        let renamed = |near: &str| match meant {
            Some(_) => format!(" Write `{near}` for `{}` below it", item.name),
            None => String::new(),
        };
        let help = match (near, item.name.as_str()) {
            (_, "hep") => {
                Some(format!("a module is named without the ending of its file: `use {}`", used.module.name))
            }
            _ => near.map(|near| format!("{}{}", did_you_mean(near), renamed(near))),
        };
        let error =
            Diagnostic::error(codes::UNKNOWN_ITEM, format!("`{}` has no `{}`", used.module.name, item.name))
                .at(item.span, format!("it has {}", list(&known)))
                .maybe_help(help);
        let meant = near.map(|near| Proposal {
            words: format!("{}{}", did_you_mean(near), renamed(near)),
            edits: vec![Edit::Replace(item.span, near.to_owned())],
        });
        self.errors.push(error.proposing(meant));
        vec![]
    }

    fn get(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// Reads a module and those it uses, unless that has been done. Whether there is one without errors.
    fn load(&mut self, name: &Ident) -> bool {
        if self.get(&name.name).is_some() {
            return true;
        }
        if self.broken.contains(&name.name) {
            return false;
        }
        let errors = self.errors.len();
        let module = self.read(name);
        match module {
            Some(module) if self.errors.len() == errors => self.modules.push(module),
            _ => self.broken.push(name.name.clone()),
        }
        self.errors.len() == errors
    }

    fn read(&mut self, name: &Ident) -> Option<Module> {
        if let Some(start) = self.path.iter().position(|(open, _)| *open == name.name) {
            let circle = self.path.iter().skip(start).map(|(module, _)| module.as_str());
            let circle: Vec<&str> = circle.chain([name.name.as_str()]).collect();
            let error =
                Diagnostic::error(codes::CYCLE, format!("modules in a circle: {}", circle.join(" → ")))
                    .at(name.span, format!("`{}` is being read", name.name))
                    .help("move what both need into a third module");
            self.errors.push(error);
            return None;
        }
        if self.path.len() >= MAX_DEPTH {
            let error = Diagnostic::error(codes::CYCLE, "modules use each other too deeply");
            self.errors.push(error.at(name.span, format!("{MAX_DEPTH} modules inside each other")));
            return None;
        }
        let Some(part) = self.source.module(&name.name) else {
            self.errors.push(self.unknown(name));
            return None;
        };
        let file = match syntax::parse_module(part) {
            Ok(file) => file,
            Err(errors) => {
                // A file that is no module is also wrong where it is used.
                let is_header = |error: &Diagnostic| [codes::HEADER, codes::BAD_MODULE].contains(&error.code);
                let used = name.span != Span::default();
                self.errors.extend(errors.into_iter().map(|error| {
                    if used && is_header(&error) { error.and(name.span, "used here") } else { error }
                }));
                return None;
            }
        };
        if file.name.name != name.name {
            let title = format!("the module in `{}` calls itself `{}`", part.file, file.name.name);
            let error = Diagnostic::error(codes::BAD_MODULE, title).at(file.name.span, "another name");
            self.errors.push(error.help(format!("write `module {}`", name.name)));
        }
        self.errors.extend(file.items.iter().filter_map(misplaced));
        self.path.push((name.name.clone(), name.span));
        let own = definitions(&file.items);
        let used = self.names(&file.items, &own);
        self.path.pop();
        let known: Vec<(Ident, Kind)> = used
            .iter()
            .filter_map(|(name, (origin, span))| {
                Some((Ident { name: name.clone(), span: *span }, self.kind(origin)?))
            })
            .collect();
        self.errors.extend(names::check(&file, &known));
        let own = own
            .keys()
            .map(|item| ((*item).to_owned(), Origin { module: name.name.clone(), item: (*item).to_owned() }));
        let scope = own.chain(used.into_iter().map(|(name, (origin, _))| (name, origin))).collect();
        Some(Module { name: name.name.clone(), file, scope })
    }

    fn unknown(&self, name: &Ident) -> Diagnostic {
        let known = self.source.module_names();
        let near = suggest::nearest(&name.name, known.iter().copied());
        Diagnostic::error(codes::UNKNOWN_MODULE, format!("there is no module `{}`", name.name))
            .at(name.span, format!("known are {}", list(&known)))
            .maybe_help(near.map(|near| format!("did you mean `{near}`?")))
            .note(format!("neither `{}.hep` beside the program nor the library has it", name.name))
    }
}

fn clash(name: &str, at: Span, first: Span, label: &str) -> Diagnostic {
    Diagnostic::error(codes::USE_CLASH, format!("`{name}` would be two things"))
        .at(at, format!("brings `{name}`"))
        .and(first, label)
        .help("use only the items that are needed, as `use module.item`, or rename what is defined here")
}

/// The error for an item that no module holds.
fn misplaced(item: &Item) -> Option<Diagnostic> {
    let (what, span) = match item {
        Item::Function(_) | Item::Loss(_) | Item::Let(_) | Item::Use(_) => return None,
        Item::Dim(b) => ("`dim`", b.name.span),
        Item::Owner(d) => ("`owner`", d.span),
        Item::Public(d) => ("`public`", d.span),
        Item::Secret(d) => ("`secret`", d.span),
        Item::Approx(a) => ("`approx`", a.span),
        Item::Train(t) => ("`train`", t.span),
        Item::Reveal(names) => ("`reveal`", names.first()?.span),
        Item::Predict(e) => ("`predict`", e.span),
        Item::Params(p) => ("a record of parameters", p.span),
        Item::Pack(p) => ("`pack`", p.span),
    };
    let error = Diagnostic::error(codes::BAD_MODULE, format!("{what} cannot be part of a module"));
    let help = "move it to the program; a module holds functions, losses, constants and `use`";
    Some(error.at(span, "belongs to a program").help(help))
}

/// Names that items define.
pub(super) fn definitions(items: &[Item]) -> Own<'_> {
    let mut own = Own::new();
    for item in items {
        for (name, kind) in defined(item) {
            own.entry(name.name.as_str()).or_insert((name.span, kind));
        }
    }
    own
}

fn defined(item: &Item) -> Vec<(&Ident, Kind)> {
    match item {
        Item::Function(f) => vec![(&f.name, Kind::Function)],
        Item::Loss(f) => vec![(&f.name, Kind::Loss)],
        Item::Let(l) => l.names.iter().map(|name| (name, Kind::Value)).collect(),
        Item::Dim(b) => vec![(&b.name, Kind::Value)],
        Item::Owner(d) | Item::Public(d) | Item::Secret(d) => vec![(&d.name, Kind::Value)],
        Item::Params(p) => vec![(&p.name, Kind::Value)],
        Item::Train(t) => block(&t.body),
        Item::Approx(_) | Item::Reveal(_) | Item::Predict(_) | Item::Use(_) | Item::Pack(_) => vec![],
    }
}

fn block(body: &[ast::Statement]) -> Vec<(&Ident, Kind)> {
    let mut names = vec![];
    for statement in body {
        match statement {
            ast::Statement::Var(d) => names.push((&d.name, Kind::Value)),
            ast::Statement::Let(l) => names.extend(l.names.iter().map(|name| (name, Kind::Value))),
            ast::Statement::For(f) => {
                names.push((&f.index, Kind::Value));
                names.extend(block(&f.body));
            }
            ast::Statement::Assign(_) | ast::Statement::Unsupported(_) => {}
        }
    }
    names
}

/// Names that an item of a module defines.
pub(super) fn names_of(item: &Item) -> impl Iterator<Item = &str> {
    defined(item).into_iter().map(|(name, _)| name.name.as_str())
}

fn list(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        names => names.join(", "),
    }
}
