//! What stands for a value of the owner at the server.

use super::ast::{Expr, File, Item};
use super::print::expression;

/// The secret that is made of an expression as it is.
#[must_use]
pub fn secret_of<'f>(file: &'f File, written: &Expr) -> Option<&'f str> {
    // Printed expressions have the same brackets whatever the text has.
    let value = expression(written);
    file.items.iter().find_map(|item| match item {
        Item::Secret(d) if d.value.as_ref().is_some_and(|known| expression(known) == value) => {
            Some(d.name.name.as_str())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_tensor::source::SourceFile;

    #[test]
    fn brackets_make_no_difference() {
        let text = "program p dim n = 4 owner X0 : real[n] secret X : real[n] = (X0 + 1) secret Z : real[n] = X0 + 1 * X0";
        let file = crate::syntax::parse(&SourceFile::new("p.hep", text)).expect("a program");
        let value = |name: &str| {
            file.items.iter().find_map(|item| match item {
                Item::Secret(d) if d.name.name == name => d.value.as_ref(),
                _ => None,
            })
        };
        assert_eq!(value("X").and_then(|value| secret_of(&file, value)), Some("X"));
        assert_eq!(value("Z").and_then(|value| secret_of(&file, value)), Some("Z"));
    }
}
