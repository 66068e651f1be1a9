//! The texts of the standard library, `programs/std`.

/// Name and text of each module, in the order of the documentation.
pub const MODULES: [(&str, &str); 4] = [
    ("losses", include_str!("../../../../programs/std/losses.hep")),
    ("optimizers", include_str!("../../../../programs/std/optimizers.hep")),
    ("preprocessing", include_str!("../../../../programs/std/preprocessing.hep")),
    ("metrics", include_str!("../../../../programs/std/metrics.hep")),
];

/// The module of the library that defines this name.
#[must_use]
pub fn module_of(name: &str) -> Option<&'static str> {
    definitions().find(|(_, known)| *known == name).map(|(module, _)| module)
}

/// What other libraries call the losses, without underscores and in small letters, and what they are called here.
const LOSSES: [(&str, &[&str]); 6] = [
    (
        "nll",
        &[
            "log",
            "logloss",
            "logistic",
            "logisticloss",
            "nllloss",
            "loglikelihood",
            "deviance",
            "binomialdeviance",
            "binomial",
        ],
    ),
    (
        "bce",
        &[
            "ce",
            "crossentropy",
            "crossentropyloss",
            "binarycrossentropy",
            "bceloss",
            "bcewithlogits",
            "bcewithlogitsloss",
            "sigmoidcrossentropy",
            "categoricalcrossentropy",
            "sparsecategoricalcrossentropy",
            "softmaxcrossentropy",
            "softmax",
            "multinomial",
        ],
    ),
    (
        "squared",
        &[
            "l2",
            "l2loss",
            "squaredloss",
            "squarederror",
            "meansquarederror",
            "leastsquares",
            "quadratic",
            "ols",
            "sse",
            "rss",
            "mae",
            "l1",
            "l1loss",
            "meanabsoluteerror",
            "absoluteerror",
        ],
    ),
    ("mse", &["mseloss", "brier", "brierscore"]),
    ("focal", &["focalloss"]),
    ("modified_huber", &["hinge", "hingeloss", "squaredhinge", "svm"]),
];

/// The loss of the library that goes by another name elsewhere, with its module.
#[must_use]
pub fn loss_meant(name: &str) -> Option<(&'static str, &'static str)> {
    let plain = name.replace(['_', '-', ' '], "").to_lowercase();
    let (loss, _) = LOSSES.iter().find(|(_, names)| names.contains(&plain.as_str()))?;
    module_of(loss).map(|module| (module, *loss))
}

/// Whether what other libraries call so is the absolute error, which no loss of the library is.
#[must_use]
pub fn is_absolute(name: &str) -> bool {
    let plain = name.replace(['_', '-', ' '], "").to_lowercase();
    matches!(plain.as_str(), "mae" | "l1" | "l1loss" | "meanabsoluteerror" | "absoluteerror")
}

/// Whether a name is that of a loss of the library.
#[must_use]
pub fn is_loss(name: &str) -> bool {
    let line = format!("loss {name}(");
    MODULES.iter().any(|(_, text)| text.lines().any(|known| known.starts_with(&line)))
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
