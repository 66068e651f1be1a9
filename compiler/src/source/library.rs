//! The texts of the standard library, `programs/std`.

/// Name and text of each module, in the order of the documentation.
pub const MODULES: [(&str, &str); 2] = [
    ("losses", include_str!("../../../programs/std/losses.hep")),
    ("preprocessing", include_str!("../../../programs/std/preprocessing.hep")),
];
