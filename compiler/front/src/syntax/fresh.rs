//! Names that a program does not have yet.

use super::ast::File;
use super::print::print;

/// The name that a value made of `like` may get: `X` of `X0`, and longer ones where that is taken.
#[must_use]
pub fn fresh(file: &File, like: &str) -> String {
    let short = like.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    self::like(file, &if short.is_empty() || short == like { format!("{like}_") } else { short.to_owned() })
}

/// A name, or a longer one where it is taken.
#[must_use]
pub fn like(file: &File, name: &str) -> String {
    let text = print(file);
    let taken =
        |name: &str| text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name);
    let mut name = name.to_owned();
    while taken(&name) {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::fresh;
    use hep_tensor::source::SourceFile;

    #[test]
    fn names_are_new() {
        let parsed = |text: &str| crate::syntax::parse(&SourceFile::new("p.hep", text)).expect("a program");
        let file =
            parsed("program p dim n = 4 owner X0 : real[n, n] owner Y0 : real[n] secret Y : real[n] = Y0");
        assert_eq!(["X0", "Y0", "n"].map(|like| fresh(&file, like)), ["X", "Y_", "n_"]);
    }
}
