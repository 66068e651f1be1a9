//! The texts of the standard library, `programs/std`.

/// Name and text of each module, in the order of the documentation.
pub const MODULES: [(&str, &str); 1] = [("losses", include_str!("../../../programs/std/losses.hep"))];
