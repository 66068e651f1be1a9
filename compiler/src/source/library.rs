//! The texts of the standard library, `programs/std`.

/// Name and text of each module, in the order of the documentation.
pub const MODULES: [(&str, &str); 4] = [
    ("losses", include_str!("../../../programs/std/losses.hep")),
    ("optimizers", include_str!("../../../programs/std/optimizers.hep")),
    ("preprocessing", include_str!("../../../programs/std/preprocessing.hep")),
    ("metrics", include_str!("../../../programs/std/metrics.hep")),
];

/// The module of the library that defines this name.
#[must_use]
pub fn module_of(name: &str) -> Option<&'static str> {
    definitions().find(|(_, known)| *known == name).map(|(module, _)| module)
}

/// Every definition of the library with its module, by the lines that begin with it.
pub fn definitions() -> impl Iterator<Item = (&'static str, &'static str)> {
    let defined = |line: &'static str| {
        let rest = line.strip_prefix("let ").or_else(|| line.strip_prefix("loss "))?;
        rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().filter(|name| !name.is_empty())
    };
    MODULES
        .into_iter()
        .flat_map(move |(module, text)| text.lines().filter_map(defined).map(move |name| (module, name)))
}
