//! Random programs and settings without a plan, and whoever follows a message to the letter.

use crate::scales::Random;
use hep_compiler::diagnostics::Diagnostic;
use hep_compiler::optimization::Optimizations;
use hep_compiler::source::{SourceFile, Span};
use hep_compiler::{Options, analyze};
use hep_plan::params::Security;
use hep_plan::setting::{Mark, Setting, spelled};

/// A program with settings.
#[derive(Clone, Debug)]
pub struct Case {
    /// The program.
    pub text: String,
    /// The settings.
    pub options: Options,
}

/// A random case, which most often has no plan: too deep, too precise, too wide, or with too little memory, or with something that
/// ciphertexts do not have: a function, a quotient, a value of the owner. Most force a small ring, which is soon tried; the others
/// take their time.
#[must_use]
pub fn case(seed: u64) -> Case {
    let mut random = Random::new(seed);
    let mut options = Options {
        ring_log2: (random.below(8) > 0).then(|| 12 + random.below(3) as u32),
        security: Security::CLAIMS[[0, 0, 0, 0, 1, 2][random.below(6)]],
        ..Options::default()
    };
    let (n, f, mut iterations) = (16 << random.below(3), 3 + random.below(12), 1 + random.below(2));
    let (mut mistaken, mut classes) = (false, 3 + random.below(6));
    match random.below(8) {
        0 | 1 if options.ring_log2.is_some() => iterations = 2 + random.below(12),
        0 | 1 => iterations = 9 + random.below(40),
        2 => options.precision_bits = (24 + random.below(16)) as f64,
        3 => options.key_budget = 1_000_000 << random.below(6),
        4 => options.memory = Some(20_000_000 << random.below(4)),
        5 | 6 => mistaken = true,
        // More classes than a ring has slots that is forced.
        _ => {
            options.ring_log2 = Some(12);
            classes = 2049 + random.below(1500);
        }
    }
    let text = match random.below(5) {
        _ if mistaken => {
            options.ring_log2 = None;
            mistake(&mut random, n, f, iterations)
        }
        _ if classes > 2048 => many_classes(&mut random, (n, f, classes), iterations),
        0 => network(&mut random, n, f, iterations),
        1 => many_classes(&mut random, (n, f, classes), iterations),
        2 => regression(&mut random, n, f, iterations),
        _ => logistic(&mut random, n, f, iterations),
    };
    Case { text, options }
}

/// The loop's head, whose end is a dimension or a number.
fn head(random: &mut Random, iterations: usize) -> (String, String) {
    match random.below(3) {
        0 => (String::new(), format!("for t in 1 .. {iterations}")),
        _ => (format!("dim T = {iterations}"), "for t in 1 .. T".into()),
    }
}

fn logistic(random: &mut Random, n: usize, f: usize, iterations: usize) -> String {
    let (dim, head) = head(random, iterations);
    let degree = random.choice(&["3", "5", "7", "15"]);
    let (variable, body) = match random.below(2) {
        0 => ("", "w = w - 0.1 * grad(nll, Y, score, at = w) / n"),
        _ => (
            "var v : real[d] = 0",
            "let m = v - 1 / (t + 1) * grad(nll, Y, score, at = v) / n\n    w, v = m, 1.2 * m - 0.2 * w",
        ),
    };
    format!(
        "program logistic\nuse preprocessing.standardise\nuse losses.nll\ndim n = {n}  dim f = {f}  dim d = f + 1  {dim}\n\
         owner X0 : real[n, f]\nowner y : class[n, 2]\nsecret X : real[n, d] = bias(standardise(X0))\n\
         secret Y : bit[n] = y\nlet score(w) = X @ w\n\
         approx sigmoid on -8 .. 8 degree {degree} by least_squares\n\
         train {{\n  var w : real[d] = 0\n  {variable}\n  {head} {{\n    {body}\n  }}\n}}\nreveal w\npredict score(w)\n"
    )
}

/// What ciphertexts do not have, of what training computes and of what the owner has.
const MISTAKES: [(&str, &str); 12] = [
    ("w - 0.1 * G / n", "w - 0.1 * G / sqrt(sum(G ** 2) + 1)"),
    ("w - 0.1 * G / n", "w - 0.1 * G / n / (1 + sum(w ** 2))"),
    ("w - 0.1 * G / n", "w - 0.1 * (G / n + 0.01 * w / sqrt(w ** 2 + 0.1))"),
    ("w - 0.1 * G / n", "w - 0.1 * (G / n + 0.01 * tanh(w))"),
    ("w - 0.1 * G / n", "w - 0.1 * (G / n + 0.01 * abs(w))"),
    ("w - 0.1 * G / n", "w - 0.1 * G / n + 0.001 * exp(w)"),
    ("w - 0.1 * G / n", "w - 0.1 / n * X.T @ relu(X @ w - Y)"),
    ("w - 0.1 * G / n", "w - 0.1 / n * X.T @ (X @ w - sqrt(Y))"),
    ("w - 0.1 * G / n", "w - 0.1 / n * X.T @ ((X @ w - Y) / V)"),
    ("w - 0.1 * G / n", "w - 0.1 * G / n - 0.01 * mean(X0, over = n) * w"),
    ("predict score(w)", "predict X0 @ w"),
    ("G = grad(squared, Y, score, at = w)", "G = X0.T @ (X @ w - Y)"),
];

fn mistake(random: &mut Random, n: usize, f: usize, iterations: usize) -> String {
    let (dim, head) = head(random, iterations);
    let (right, wrong) = MISTAKES[random.below(MISTAKES.len())];
    let text = format!(
        "program mistaken\nuse losses.squared\ndim n = {n}  dim f = {f}  {dim}\n\
         owner X0 : real[n, f] in -1 .. 1\nowner y : real[n] in 0.5 .. 1\nsecret X : real[n, f] = X0\nsecret Y : real[n] = y\n\
         secret V : real[n] = 1 + y ** 2\nlet score(w) = X @ w\n\
         train {{\n  var w : real[f] = 0\n  {head} {{\n    let G = grad(squared, Y, score, at = w)\n    \
         w = w - 0.1 * G / n\n  }}\n}}\nreveal w\npredict score(w)\n"
    );
    assert!(text.contains(right), "{right}");
    text.replace(right, wrong)
}

fn many_classes(random: &mut Random, (n, f, classes): (usize, usize, usize), iterations: usize) -> String {
    let (dim, head) = head(random, iterations);
    let degree = random.choice(&["3", "7"]);
    format!(
        "program many\nuse preprocessing.centre\nuse losses.bce\ndim n = {n}  dim f = {f}  dim d = f + 1  dim c = {classes}  {dim}\n\
         owner X0 : real[n, f] in 0 .. 1\nowner y : class[n, c]\nsecret X : real[n, d] = bias(centre(X0))\n\
         secret Y : onehot[n, c] = one_hot(y)\nlet score(W) = X @ W.T\n\
         approx sigmoid on -8 .. 8 degree {degree} by minimax\n\
         train {{\n  var W : real[c, d] = 0\n  {head} {{\n    W = W - 1 / d * grad(bce, Y, score, at = W) / n\n  }}\n}}\n\
         reveal W\npredict score(W)\n"
    )
}

fn regression(random: &mut Random, n: usize, f: usize, iterations: usize) -> String {
    let (dim, head) = head(random, iterations);
    let step = random.choice(&["0.01", "0.1", "50"]);
    format!(
        "program regression\nuse losses.squared\ndim n = {n}  dim f = {f}  dim d = f + 1  {dim}\n\
         owner X0 : real[n, f]\nowner y : real[n]\nsecret X : real[n, d] = bias(X0)\nsecret Y : real[n] = y\n\
         let score(w) = X @ w\n\
         train {{\n  var w : real[d] = 0\n  {head} {{\n    w = w - {step} * grad(squared, Y, score, at = w) / (n * d)\n  }}\n}}\n\
         reveal w\npredict score(w)\n"
    )
}

fn network(random: &mut Random, n: usize, f: usize, iterations: usize) -> String {
    let (dim, head) = head(random, 1 + iterations / 2);
    let degree = random.choice(&["3", "7"]);
    format!(
        "program network\nuse preprocessing.standardise\nuse losses.bce\n\
         dim n = {n}  dim f = {f}  dim d = f + 1  dim h = 4  dim c = 3  {dim}\n\
         owner X0 : real[n, f]\nowner y : class[n, c]\nsecret X : real[n, d] = bias(standardise(X0))\n\
         secret Y : onehot[n, c] = one_hot(y)\n\
         params P {{\n  W1 : real[h, d] = normal(seed = 1, deviation = 0.1)\n  W2 : real[c, h] = normal(seed = 2, deviation = 0.1)\n}}\n\
         let unit(z) = sigmoid(z) - 1/2\nlet net(P) = unit(X @ P.W1.T) @ P.W2.T\n\
         approx sigmoid on -8 .. 8 degree {degree} by least_squares\n\
         train {{\n  {head} {{\n    let G = grad(bce, Y, net, at = P)\n    P.W1, P.W2 = P.W1 - 0.1 / n * G.W1, P.W2 - 0.1 / n * G.W2\n  }}\n}}\n\
         reveal P\npredict net(P)\n"
    )
}

/// The program and the settings after each proposal of a message about a case, with its words.
///
/// # Panics
/// When a proposal says nothing that can be done.
#[must_use]
pub fn followed(message: &Diagnostic, case: &Case) -> Vec<(String, Case)> {
    let help = message.help.as_deref().unwrap_or_default();
    // What is said in general names nothing to write or to choose.
    if help.starts_with("none of these helps") || GENERAL.iter().any(|general| help.starts_with(general)) {
        return Vec::new();
    }
    let all = help.split(", or ").map(|words| {
        let mut place = message.span();
        let mut changed = case.clone();
        for step in words.split(", and then: ") {
            place = place.or_else(|| mistaken(&changed));
            changed = after(step, &changed, place.take());
        }
        (words.to_owned(), changed)
    });
    all.collect()
}

/// Helps without a line of code that stands for itself.
const GENERAL: [&str; 6] = [
    "encrypt it as well, by",
    "divide before encrypting",
    "leave the quotient out, or multiply",
    "nothing here computes",
    "compute it from the owner's value",
    "a polynomial may stand for it",
];

/// Where the first error of a case is.
fn mistaken(case: &Case) -> Option<Span> {
    analyze(&source(case), &case.options).err()?.first()?.span()
}

fn after(words: &str, case: &Case, place: Option<Span>) -> Case {
    let mut case = case.clone();
    let words = &spelled(words, |mark| match mark {
        Mark::Set(Setting::Size, size) => format!("`-p {}`", size.unwrap_or_default()),
        Mark::Set(setting, None) => format!("`{}`", setting.name()),
        Mark::Set(setting, Some(value)) => format!("`{}= {value}`", setting.name().replace(' ', "-")),
        Mark::Ask(request, _) => request.name().to_owned(),
    });
    let quoted: Vec<&str> = words.split('`').skip(1).step_by(2).collect();
    assert!(!quoted.is_empty(), "nothing to do: {words}");
    if let Some(text) = rewritten(words, &quoted, &case.text, place) {
        case.text = text;
        return case;
    }
    for quoted in quoted {
        match quoted.split_once(' ') {
            None if words.contains("leave `ring` out") && quoted == "ring" => case.options.ring_log2 = None,
            None if words.contains("leave `without` out") && quoted == "without" => {
                case.options.optimizations = Optimizations::default()
            }
            None if words.contains("take a smaller") || words.contains("of the loop over") => {}
            Some(("ring=", ring)) => case.options.ring_log2 = ring.parse().ok(),
            Some(("precision=", bits)) => case.options.precision_bits = number(bits),
            Some(("key-budget=", budget)) => case.options.key_budget = bytes(budget),
            Some(("memory=", budget)) => case.options.memory = Some(bytes(budget)),
            Some(("security=", "128")) => case.options.security = Security::default(),
            Some(("-p", size)) => {
                let (name, size) = size.split_once('=').unwrap_or_else(|| panic!("{words}"));
                case.options.dims.retain(|(known, _)| known != name);
                case.options.dims.push((name.to_owned(), number(size) as usize));
            }
            Some(("for", _)) => {
                case.text =
                    replaced(&case.text, |line| line.trim_start().starts_with("for t in"), quoted, " {");
            }
            Some(("approx", rest)) => {
                let name = rest.split(' ').next().unwrap_or_default();
                let old = format!("approx {name} ");
                case.text = replaced(&case.text, |line| line.starts_with(&old), quoted, "");
            }
            Some((_, rest)) if rest.contains("grad(") => {
                let call = &quoted[quoted.find("grad(").unwrap_or(0)..];
                assert!(case.text.contains(call), "{words}");
                case.text = case.text.replace(call, quoted);
            }
            _ => panic!("nobody can do this: {words}"),
        }
    }
    case
}

/// The program with what is to be written at the place of an error, and with the items that are to be added; nothing where the words
/// are about something else.
fn rewritten(words: &str, quoted: &[&str], text: &str, place: Option<Span>) -> Option<String> {
    let Span { start, end } = place.unwrap_or_default();
    let here = |with: &str, old: &str| {
        let (before, after) = (&text[..start], &text[end..]);
        format!("{before}{}{after}", text[start..end].replace(old, with))
    };
    let product = |with: &str| {
        let before = text[..start].trim_end_matches([' ', '(']).strip_suffix('/').expect("a quotient");
        format!("{before}*{}{with}{}", &text[before.len() + 1..start], &text[end..])
    };
    let (items, changed) = match quoted {
        [name, old] if words.starts_with("write ") && words.contains("which is encrypted") => {
            (vec![], here(name, old))
        }
        [item, name, old] if words.starts_with("encrypt it as well") => (vec![*item], here(name, old)),
        [item, name, call] if words.starts_with("let the owner compute it:") => {
            assert!(text.contains(call), "{words}");
            (vec![*item], text.replace(call, name))
        }
        [item, name] if words.starts_with("let the owner compute the reciprocal") => {
            (vec![*item], product(name))
        }
        [with, items @ ..] if words.starts_with("multiply by `") => (items.to_vec(), product(with)),
        [line] if words.starts_with("add `approx ") => (vec![*line], text.to_owned()),
        [_, line] if words.starts_with("give `") => (vec![*line], text.to_owned()),
        _ => return None,
    };
    Some(changed.replace("train {", &format!("{}\ntrain {{", items.join("\n"))))
}

fn replaced(text: &str, is: impl Fn(&str) -> bool, line: &str, end: &str) -> String {
    let lines = text.lines().map(|old| if is(old) { format!("{line}{end}") } else { old.to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

/// The bytes that a message proposes for a setting.
///
/// # Panics
/// When it proposes none.
#[must_use]
pub fn proposed(message: &str, setting: Setting) -> u64 {
    let (_, rest) = message
        .split_once(&format!("⟨{} = ", setting.name()))
        .unwrap_or_else(|| panic!("no proposal: {message}"));
    bytes(rest.split('⟩').next().unwrap_or_default())
}

/// "68MB", "20.9GB".
fn bytes(text: &str) -> u64 {
    let (digits, unit) = text.split_at(text.len().saturating_sub(2));
    let factor = match unit {
        "MB" => 1e6,
        "GB" => 1e9,
        "kB" => 1e3,
        _ => panic!("{text}"),
    };
    (number(digits) * factor).round() as u64
}

/// The program as a source.
#[must_use]
pub fn source(case: &Case) -> SourceFile {
    SourceFile::new("case.hep", case.text.clone())
}
