//! Mutants of what people write or bring along: tables, archives, models, programs. Whatever the bytes, no panic, and an
//! answer soon; what they say is other input.

use crate::data::{LabelColumn, LoadOptions, load};
use crate::model::{Model, Usage};
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, analyze};
use hep_plan::Tensor;
use hep_plan::host::{HostOp, HostProgram};
use hep_plan::plan::{DataSpec, LabelKind};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest time that a file may take, by far.
const PATIENCE: Duration = Duration::from_secs(10);
/// Mutants of each kind of file in the ordinary run.
const MUTANTS: usize = 300;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len);
        start..(start + 1 + self.below(40)).min(len)
    }
}

/// Flips, truncations, repeated and moved ranges, parts of another file, bytes that mean something.
fn mutant(bytes: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    const MEANINGFUL: &[u8] = b"\0\n\r,;\"'(){}[]-+eE.09 \t\xff\xef\xbb\xbf";
    let mut mutant = bytes.to_vec();
    for _ in 0..=random.below(3) {
        if mutant.is_empty() {
            break;
        }
        let at = random.below(mutant.len());
        match random.below(7) {
            0 => mutant[at] ^= 1 << random.below(8),
            1 => mutant[at] = MEANINGFUL[random.below(MEANINGFUL.len())],
            2 => mutant.insert(at, MEANINGFUL[random.below(MEANINGFUL.len())]),
            3 => mutant.truncate(at),
            4 => drop(mutant.drain(random.range(mutant.len()))),
            5 => {
                let part = mutant[random.range(mutant.len())].to_vec();
                mutant.splice(at..at, part);
            }
            _ => {
                let part = other[random.range(other.len())].to_vec();
                mutant.splice(at..(at + part.len()).min(mutant.len()), part);
            }
        }
    }
    mutant
}

/// Reads every mutant; says how many were read as something.
fn smoke(name: &str, seed: u64, mutants: usize, sources: &[Vec<u8>], read: &mut dyn FnMut(&[u8]) -> bool) {
    let mut random = Random(seed);
    assert!(sources.iter().all(|source| read(source)), "{name}: the original is refused");
    let mut accepted = 0;
    for number in 0..mutants {
        let (source, other) = (&sources[number % sources.len()], &sources[random.below(sources.len())]);
        let bytes = mutant(source, other, &mut random);
        let started = Instant::now();
        accepted += usize::from(read(&bytes));
        let shown = String::from_utf8_lossy(&bytes);
        assert!(started.elapsed() < PATIENCE, "{name} {number} took {:?}: {shown}", started.elapsed());
    }
    println!("{name}: {accepted} of {mutants} mutants are read");
}

/// A reader of bytes by way of a file with this name.
fn through<'a>(
    folder: &'a Path,
    name: &str,
    read: impl Fn(&Path) -> bool + 'a,
) -> impl FnMut(&[u8]) -> bool + 'a {
    let path = folder.join(name);
    move |bytes| {
        fs::write(&path, bytes).unwrap();
        read(&path)
    }
}

fn tables() -> Vec<Vec<u8>> {
    let row =
        |i: usize| format!("{},{:.3},{},1e-{}\n", ["cat", "dog", "owl"][i % 3], i as f64 / 7.0, i * i, i % 9);
    let body: String = (0..24).map(row).collect();
    let quoted = body.replace("cat", "\"c,a\"\"t\"").replace('\n', "\r\n");
    vec![format!("kind,a,b,c\n{body}").into_bytes(), body.into_bytes(), quoted.into_bytes()]
}

fn tensor(shape: &[usize]) -> Tensor {
    let count = shape.iter().product();
    Tensor { shape: shape.to_vec(), data: (0..count).map(|i: usize| (i % 5) as f64 / 3.0).collect() }
}

fn model(folder: &Path) -> Vec<u8> {
    let mut predict = HostProgram::default();
    let (x, w) =
        (predict.push(HostOp::Input("X0".into()), vec![]), predict.push(HostOp::Input("W".into()), vec![]));
    let contract = HostOp::Contract { left: vec![0, 1], right: vec![2, 1], sum: 1, out: vec![0, 2] };
    let scores = predict.push(contract, vec![x, w]);
    predict.outputs = vec![("scores".into(), scores)];
    let data = DataSpec {
        features: "X0".into(),
        labels: "y".into(),
        rows: 6,
        columns: 4,
        label_kind: LabelKind::Classes(3),
    };
    let usage = Usage {
        program: "mlr".into(),
        data,
        predict,
        plan: "0".repeat(32),
        insecure: true,
        columns: None,
        diverges: None,
    };
    let model = Model {
        usage,
        revealed: BTreeMap::from([("W".to_string(), tensor(&[3, 4]))]),
        state: BTreeMap::from([("mean(X0, over = n)".to_string(), tensor(&[4]))]),
        classes: ["cat", "dog", "owl"].map(String::from).to_vec(),
    };
    let path = folder.join("original.npz");
    model.bytes(&path).unwrap()
}

fn archives(folder: &Path) -> Vec<Vec<u8>> {
    let arrays = |names: [&str; 2]| {
        let path = folder.join("original.npz");
        let classes = Tensor { shape: vec![6], data: vec![0.0, 1.0, 2.0, 0.0, 1.0, 2.0] };
        let (x, y) = (tensor(&[6, 4]), classes);
        let named = BTreeMap::from([(names[0].to_string(), x), (names[1].to_string(), y)]);
        crate::data::model::tensor_bytes(&path, &named).unwrap()
    };
    vec![arrays(["x", "y"]), arrays(["xtrain", "ytrain"])]
}

fn programs() -> Vec<Vec<u8>> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs/examples");
    let read = |name: &str| fs::read(examples.join(format!("{name}.hep"))).unwrap();
    ["mlr_quadratic_gradient", "lr_nesterov", "mlr_focal", "nn_mini_batches"].map(read).to_vec()
}

fn all_kinds(mutants: usize, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let table = |path: &Path| {
        let labels = [LabelColumn::First, LabelColumn::Last, LabelColumn::None];
        let options = labels.map(|label| LoadOptions { label, ..LoadOptions::default() });
        let read = options.map(|options| load(path, &options).is_ok());
        read[0]
    };
    smoke("data.csv", seed, mutants, &tables(), &mut through(folder, "data.csv", table));
    let archive = |path: &Path| load(path, &LoadOptions::default()).is_ok();
    smoke("data.npz", seed, mutants, &archives(folder), &mut through(folder, "data.npz", archive));
    let used = |path: &Path| {
        // What is read is also used, on rows of the model's width.
        Model::load(path).is_ok_and(|model| model.decide(&tensor(&[2, 4])).is_ok())
    };
    smoke("model.npz", seed, mutants, &[model(folder)], &mut through(folder, "model.npz", used));
    smoke("program.hep", seed, mutants, &programs(), &mut |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        analyze(&SourceFile::new("program.hep", text.to_string()), &Options::default()).is_ok()
    });
}

#[test]
fn mutants_are_read_or_refused() {
    all_kinds(MUTANTS, 20_261_129);
}

/// For a machine with time: `cargo test --release -p hep-cli mutants -- --ignored`.
#[test]
#[ignore = "takes long"]
fn many_mutants_are_read_or_refused() {
    for seed in 0..20 {
        all_kinds(2000, seed);
    }
}
