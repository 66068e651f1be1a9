//! Random programs and settings without a plan, and whoever follows a message to the letter.

use crate::scales::Random;
use hep_compiler::Options;
use hep_compiler::optimization::Without;
use hep_compiler::source::SourceFile;
use hep_plan::params::Security;

/// A program with settings.
#[derive(Clone, Debug)]
pub struct Case {
    /// The program.
    pub text: String,
    /// The settings.
    pub options: Options,
}

/// A random case, which most often has no plan: too deep, too precise, too wide, or with too little memory. Most force a small
/// ring, which is soon tried; the others take their time.
#[must_use]
pub fn case(seed: u64) -> Case {
    let mut random = Random::new(seed);
    let mut options = Options {
        ring_log2: (random.below(8) > 0).then(|| 12 + random.below(3) as u32),
        security: Security::CLAIMS[[0, 0, 0, 0, 1, 2][random.below(6)]],
        ..Options::default()
    };
    let (mut n, mut f, mut iterations) = (16 << random.below(3), 3 + random.below(12), 1 + random.below(2));
    match random.below(6) {
        0 | 1 if options.ring_log2.is_some() => iterations = 2 + random.below(12),
        0 | 1 => iterations = 9 + random.below(40),
        2 => options.precision_bits = (24 + random.below(16)) as f64,
        3 => options.key_budget = 1_000_000 << random.below(6),
        4 => options.memory = Some(20_000_000 << random.below(4)),
        _ => (n, f) = (n << random.below(3), 1 << (9 + random.below(4))),
    }
    let text = match random.below(5) {
        0 => network(&mut random, n, f, iterations),
        1 => many_classes(&mut random, n, f, iterations),
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

fn many_classes(random: &mut Random, n: usize, f: usize, iterations: usize) -> String {
    let (dim, head) = head(random, iterations);
    let degree = random.choice(&["3", "7"]);
    let classes = 3 + random.below(6);
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

/// The program and the settings after each proposal of a help, with its words.
///
/// # Panics
/// When a proposal says nothing that can be done.
#[must_use]
pub fn followed(help: &str, case: &Case) -> Vec<(String, Case)> {
    if help.starts_with("none of these helps") {
        return Vec::new();
    }
    help.split(", or ").map(|words| (words.to_owned(), after(words, case))).collect()
}

fn after(words: &str, case: &Case) -> Case {
    let mut case = case.clone();
    let quoted: Vec<&str> = words.split('`').skip(1).step_by(2).collect();
    assert!(!quoted.is_empty(), "nothing to do: {words}");
    for quoted in quoted {
        match quoted.split_once(' ') {
            None if words.contains("leave `--ring` out") && quoted == "--ring" => {
                case.options.ring_log2 = None
            }
            None if words.contains("leave `--without` out") && quoted == "--without" => {
                case.options.without = Without::default()
            }
            None if words.contains("take a smaller") || words.contains("of the loop over") => {}
            Some(("--ring", ring)) => case.options.ring_log2 = ring.parse().ok(),
            Some(("--precision", bits)) => case.options.precision_bits = number(bits),
            Some(("--key-budget", budget)) => case.options.key_budget = bytes(budget),
            Some(("--memory", budget)) => case.options.memory = Some(bytes(budget)),
            Some(("--security", "128")) => case.options.security = Security::default(),
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

fn replaced(text: &str, is: impl Fn(&str) -> bool, line: &str, end: &str) -> String {
    let lines = text.lines().map(|old| if is(old) { format!("{line}{end}") } else { old.to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

/// The bytes that a message proposes for an option.
///
/// # Panics
/// When it proposes none.
#[must_use]
pub fn proposed(message: &str, option: &str) -> u64 {
    let (_, rest) =
        message.split_once(&format!("`{option} ")).unwrap_or_else(|| panic!("no proposal: {message}"));
    bytes(rest.split('`').next().unwrap_or_default())
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
