//! The texts of the standard library, `programs/std`.

/// Name and text of each module, in the order of the documentation.
pub const MODULES: [(&str, &str); 4] = [
    ("losses", include_str!("../../../programs/std/losses.hep")),
    ("optimizers", include_str!("../../../programs/std/optimizers.hep")),
    ("preprocessing", include_str!("../../../programs/std/preprocessing.hep")),
    ("metrics", include_str!("../../../programs/std/metrics.hep")),
];
