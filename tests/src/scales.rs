//! Random training programs on data in any unit, for the property that no unit gives a wrong model silently.

use crate::Named;
use hep_compiler::source::SourceFile;
use hep_compiler::tensor::{self, interpret, owner};
use hep_compiler::{Analysis, Options, analyze, lower};
use hep_format::Prepared;
use hep_owner::Entropy;
use hep_owner::rehearsal::{Uploads, planned};
use hep_owner::{encrypt_rehearsed, generate_keys, reveal};
use hep_plan::Tensor;
use hep_plan::host::affine::affine;
use hep_server::executor;
use hep_server::run_in_memory;
use std::sync::Arc;

/// A program with data.
pub struct Case {
    /// The program.
    pub text: String,
    /// Features and labels.
    pub data: Named,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Trained; the largest errors of revealed tensors and of coefficients for raw features, in bits of what they are relative to.
    Trained(f64, f64),
    /// Refused before anything was encrypted, with the first line of the message.
    Refused(String),
    /// The clear twin has no finite model.
    Diverged,
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(1))
    }

    /// Between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// A whole number below another.
    pub fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }

    /// One of several.
    pub fn choice<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// 10^−6 … 10^9.
    fn unit(&mut self) -> f64 {
        10f64.powf(-6.0 + 15.0 * self.uniform())
    }
}

/// A random case. The clear twin of an `invariant` one does not depend on units: features are prepared column by column,
/// targets are squared, and the first model is zero. The others have whatever their author forgot.
#[must_use]
pub fn case(seed: u64, invariant: bool) -> Case {
    let mut random = Random::new(seed);
    let (n, f) = (8 + random.below(40), 1 + random.below(5));
    let iterations = 1 + random.below(3);
    let classes = random.below(3) == 0;
    let prepared = match invariant {
        true => random.choice(&["bias(standardise(X0))", "bias(standardise(X0))", "bias(whiten(X0))"]),
        false => {
            random.choice(&["X0", "bias(X0)", "centre(X0)", "bias(centre(X0))", "bias(standardise(X0))"])
        }
    };
    let loss = match (classes, invariant) {
        (true, _) => random.choice(&["nll", "bce", "mse"]),
        (false, true) => "squared",
        (false, false) => "squared",
    };
    let first = match invariant {
        true => "0",
        false => random.choice(&["0", "0", "0.1", "0.2 * normal(seed = 3)", "-5"]),
    };
    // Half as long a step as the curvature allows for features of unit variance; what it is for others is their affair.
    let step = match random.below(if invariant { 3 } else { 4 }) {
        3 => "0.2 * (grad(LOSS, Y, score, at = AT) / (n * d) + 0.1 * AT)".to_string(),
        0 => "B * grad(LOSS, Y, score, at = AT)".to_string(),
        1 => {
            format!("{} * grad(LOSS, Y, score, at = AT) / n", 0.05 + 0.4 * random.uniform() / (f + 1) as f64)
        }
        _ => "0.3 / (t + 1) * grad(LOSS, Y, score, at = AT) / (n * d)".to_string(),
    };
    let momentum = iterations > 1 && random.below(2) == 0;
    let body = match momentum {
        true => "let m = v - STEP\n    w, v = m, (1 - eta[t]) * m + eta[t] * w"
            .replace("STEP", &step.replace("AT", "v")),
        false => "w = w - STEP".replace("STEP", &step.replace("AT", "w")),
    };
    let variables = if momentum {
        format!("var w : real[d] = {first}\n  var v : real[d] = {first}")
    } else {
        format!("var w : real[d] = {first}")
    };
    // Without a bias the features are those of the file.
    let own = |text: String| {
        if prepared.starts_with("bias") {
            text
        } else {
            text.replace("[d]", "[f]").replace("[n, d]", "[n, f]")
        }
    };
    let (labels, secret) = if classes { ("class[n, 2]", "bit[n]") } else { ("real[n]", "real[n]") };
    let text = format!(
        "program case\nuse preprocessing.standardise\nuse preprocessing.whiten\nuse preprocessing.centre\nuse losses.squared\n\
         use losses.nll\nuse losses.bce\nuse losses.mse\n\
         use optimizers.quadratic_gradient\ndim n = {n}   dim f = {f}   dim d = f + 1   dim T = {iterations}\n\
         owner X0 : real[n, f]\nowner y : {labels}\nlet A0 = {prepared}\n\
         secret X : real[n, d] = A0\nsecret Y : {secret} = y\n\
         secret B : real[d] = quadratic_gradient(A0, 2)\npublic eta : real[T] = nesterov(T, start = 1)\n\
         let score(w) = X @ w\napprox sigmoid on -8 .. 8 degree 3 by least_squares\n\
         train {{\n  {variables}\n  for t in 1 .. T {{\n    {}\n  }}\n}}\nreveal w\npredict score(w)\n",
        body.replace("LOSS", loss)
    );
    let text = own(text);
    let columns: Vec<(f64, f64)> = (0..f)
        .map(|_| (random.unit(), if random.below(3) == 0 { 10.0 * random.normal() } else { 0.0 }))
        .collect();
    let weights: Vec<f64> = (0..f).map(|_| random.normal()).collect();
    let target = random.unit();
    let (mut x, mut y) = (Vec::with_capacity(n * f), Vec::with_capacity(n));
    for row in 0..n {
        let plain: Vec<f64> = (0..f).map(|_| random.normal()).collect();
        x.extend(plain.iter().zip(&columns).map(|(v, (unit, offset))| (v + offset) * unit));
        let score = plain.iter().zip(&weights).map(|(v, w)| v * w).sum::<f64>() + 0.3 * random.normal();
        y.push(match classes {
            // Both classes occur.
            true if row < 2 => row as f64,
            true => f64::from(u8::from(score > 0.0)),
            false => (score + 0.5) * target,
        });
    }
    let tensor = |shape: Vec<usize>, data| Tensor { shape, data };
    let data = [("X0", tensor(vec![n, f], x)), ("y", tensor(vec![n], y))];
    Case { text, data: data.into_iter().map(|(name, tensor)| (name.to_string(), tensor)).collect() }
}

/// Compiles a case for its data, rehearses it, trains it on ciphertexts, and compares what is delivered with the clear twin.
///
/// # Panics
/// When the program has errors of its own, or a role fails after the data were accepted.
#[must_use]
pub fn outcome(case: &Case, options: &Options) -> Outcome {
    let file = SourceFile::new("case.hep", case.text.clone());
    let shown = |list: &[_]| hep_compiler::diagnostics::render::render_all(list, &file);
    let analysis = analyze(&file, options).unwrap_or_else(|list| panic!("{}", shown(&list)));
    let twin = interpret::run(&analysis.program, &case.data, &mut |_| {});
    let twin = twin.ok().filter(|found| found.values().flat_map(|t| &t.data).all(|v| v.is_finite()));
    let Some(twin) = twin else { return Outcome::Diverged };
    let plan = |reserve_bits| {
        let data = Some(Arc::new(case.data.clone()));
        let options = Options { data, reserve_bits, ..options.clone() };
        let Analysis { ast, program, warnings } = analysis.clone();
        let compilation = lower(Analysis { ast, program, warnings }, &options);
        let compilation = compilation.map_err(|refusal| Refusal(shown(&[refusal.message])))?;
        let prepared = Prepared::new(compilation.plan).map_err(hep_owner::Error::from)?;
        Ok::<_, Refusal>(((), prepared))
    };
    let planned = planned(&case.data, plan, |_| false);
    let (prepared, uploads) = match planned {
        Ok(((), prepared, rehearsal)) => (prepared, rehearsal.uploads),
        Err(Refusal(text)) => return Outcome::Refused(text.lines().next().unwrap_or_default().to_string()),
    };
    let state = uploads.state.clone();
    let revealed = encrypted(&prepared, uploads).unwrap_or_else(|e| panic!("{e}\n{}", case.text));
    let (own, derived) = error_bits(&analysis.program, &prepared, &state, (&twin, &revealed), &case.data);
    Outcome::Trained(own, derived)
}

struct Refusal(String);

impl From<hep_owner::Error> for Refusal {
    fn from(error: hep_owner::Error) -> Self {
        Self(error.to_string())
    }
}

fn encrypted(prepared: &Prepared, uploads: Uploads) -> Result<Named, hep_owner::Error> {
    let entropy = Entropy::new(Some(7));
    let keys = generate_keys(prepared, entropy)?;
    let upload = encrypt_rehearsed(prepared, &keys.secret, &keys.origin, uploads, vec![], entropy)?;
    let options = executor::Options { threads: 2, memory: None };
    let grant = executor::Grant::of(prepared.plan(), options, 0)?;
    let outputs = run_in_memory(prepared, &keys.evaluation, upload.inputs.as_slice(), grant, &mut |_| {})?;
    reveal(prepared, &keys.secret, &outputs, &upload.state.outlook)
}

/// log2 of the largest error of what is delivered, relative as it is promised.
fn error_bits(
    program: &tensor::Program,
    prepared: &Prepared,
    state: &Named,
    (twin, found): (&Named, &Named),
    data: &Named,
) -> (f64, f64) {
    let relative =
        |error: f64, size: f64| if error == 0.0 { f64::NEG_INFINITY } else { (error / size).log2() };
    let mut worst = f64::NEG_INFINITY;
    for (name, exact) in twin {
        worst = worst.max(relative(found[name].max_difference(exact), exact.max_abs()));
    }
    let plan = prepared.plan();
    let values =
        |model: &Named| model.iter().chain(state).map(|(n, t)| (n.clone(), t.clone())).collect::<Named>();
    let linear = |model| affine(&plan.predict, &values(model), &plan.data.features, plan.data.columns);
    let (Some(exact), Some(found)) = (linear(twin), linear(found)) else { return (worst, worst) };
    let coefficients = found.coefficients.max_difference(&exact.coefficients);
    let derived = relative(coefficients, exact.coefficients.max_abs());
    let (predict, _) = owner::predict_program(program).ok().flatten().unwrap_or_default();
    let mut inputs = values(twin);
    inputs.extend(data.clone());
    let scores = predict.run(&inputs).ok().and_then(|mut outputs| outputs.remove("scores"));
    let size = exact.intercepts.max_abs().max(scores.map_or(0.0, |scores| scores.max_abs()));
    (worst, derived.max(relative(found.intercepts.max_difference(&exact.intercepts), size)))
}
