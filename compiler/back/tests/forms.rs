//! Passes on schedules, from text files: `forms/PASS/*.txt` hold what each pass makes of a schedule, and what is expected of it.
//!
//! ```text
//! # Why it is so.
//! pass double_hoisting
//!
//! ckks …
//!
//! expect hoisted_products 2, divisions 3, meaning unchanged
//!
//! ckks …
//! ```
//!
//! Several passes follow each other with commas between them. Counted are operations by their names in the text, and `rotations`,
//! `divisions` (by the special modulus or by a prime) and `keys`. With `FORMS=write` what passes make is written into the files.

use hep_back::ckks::passes::keys::{self, ladder};
use hep_back::ckks::passes::{
    Lifetime, Prices, double_hoisting, fuse_rescale, radix4, relinearize, rematerialize, rotate_sum,
};
use hep_back::ckks::print::print;
use hep_back::ckks::read::read;
use hep_back::ckks::unroll::{self, Unrolled};
use hep_back::ckks::verify::verify;
use hep_back::ckks::{Program, interpret};
use hep_plan::cost::CostTable;
use hep_plan::isa::Switch;
use hep_plan::params::{Params, Security};
use hep_plan::{Parts, Tensor, primes::nearest};
use hep_tensor::dag::Dag;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file.
struct Case {
    /// Remark and passes.
    head: String,
    passes: Vec<String>,
    before: String,
    expect: String,
    after: String,
}

impl Case {
    fn of(text: &str) -> Self {
        let (head, rest) = text.split_once("\nckks ").expect("a schedule");
        let (before, rest) = rest.split_once("\nexpect ").expect("`expect`");
        let (expect, after) = rest.split_once('\n').expect("a schedule after `expect`");
        let passes = head.lines().find_map(|line| line.strip_prefix("pass ")).expect("`pass`");
        Self {
            head: head.into(),
            passes: passes.split(", ").map(String::from).collect(),
            before: format!("ckks {}\n", before.trim_end()),
            expect: expect.into(),
            after: after.trim_start().into(),
        }
    }

    fn text(&self) -> String {
        let Self { head, before, expect, after, .. } = self;
        format!("{head}\n{before}\nexpect {expect}\n\n{after}")
    }
}

fn run(pass: &str, program: &Program) -> Program {
    let ring = CostTable::shipped().ring(15);
    let prices = |merged| Prices { ring: &ring, digit_limbs: 2, merged };
    match pass {
        "double_hoisting" => double_hoisting(program).unwrap_or_else(|| program.clone()),
        "fuse_rescale" => fuse_rescale(program),
        "radix4" => radix4(program),
        "relinearize" => relinearize(program, prices(true)),
        "relinearize before rescales" => relinearize(program, prices(false)),
        "rematerialize by iteration" => rematerialized(program, Lifetime::Iteration),
        "rematerialize by operation" => rematerialized(program, Lifetime::Operation),
        "rotate_sum" => rotate_sum(program).unwrap_or_else(|| program.clone()),
        _ => {
            let count = pass.strip_prefix("keys of ").expect("a pass").parse().expect("a number of keys");
            with_keys(program, count)
        }
    }
}

/// The fastest schedule with so many keys of rotations.
fn with_keys(program: &Program, count: usize) -> Program {
    let log_n = program.slots.ilog2() + 1;
    let q = nearest(40, log_n, program.depth as usize + 1, &[]).expect("enough primes");
    let p = nearest(45, log_n, 1, &q).expect("enough primes");
    let params = Params { log_n, q, p, digit_limbs: 1, security: Security::Insecure };
    let prices = keys::Prices { params: &params, ring: &CostTable::shipped().ring(log_n) };
    let rungs = ladder(program, prices);
    let composed = rungs.iter().map(|rung| rung.composed(program).map_or(program.clone(), |c| c.program));
    composed.into_iter().find(|composed| counted(composed, "keys") <= count).expect("so few keys")
}

/// The pass is before levels and scales: all are the same here.
fn rematerialized(program: &Program, lifetime: Lifetime) -> Program {
    let graph = &program.graph;
    let mut unplaced = Dag::new();
    for id in graph.ids() {
        let node = graph.node(id).clone();
        let node = unroll::Node { op: node.op, of_uploads: node.of_uploads, origin: node.origin };
        unplaced.push(node, graph.operands(id).to_vec());
    }
    let outputs = program.outputs.iter().map(|output| output.values.clone()).collect();
    let (parts, constants) = (program.parts.clone(), program.constants.clone());
    let made = rematerialize(Unrolled { graph: unplaced, parts, constants, outputs }, lifetime);
    let mut changed = Program { graph: Dag::new(), parts: Parts::default(), ..program.clone() };
    let like = graph.node(graph.ids().next().expect("a node"));
    for id in made.graph.ids() {
        let unroll::Node { op, of_uploads, origin } = made.graph.node(id).clone();
        let node = hep_back::ckks::graph::Node { op, of_uploads, origin, ..like.clone() };
        changed.graph.push(node, made.graph.operands(id).to_vec());
    }
    changed.parts = made.parts;
    changed.outputs.iter_mut().zip(made.outputs).for_each(|(output, values)| output.values = values);
    changed
}

fn counted(program: &Program, what: &str) -> usize {
    let graph = &program.graph;
    let ops = || graph.ids().map(|id| (&graph.node(id).op, graph.operands(id)));
    match what {
        "rotations" => ops().flat_map(|(op, on)| op.rotations(on)).map(|(_, count)| count as usize).sum(),
        "divisions" => ops().filter(|(op, _)| op.row().switch != Switch::None || op.rescales()).count(),
        "keys" => ops()
            .flat_map(|(op, _)| op.turns())
            .filter(|t| !t.1.is_zero())
            .map(|t| t.1)
            .collect::<BTreeSet<_>>()
            .len(),
        name => ops().filter(|(op, _)| op.name() == name).count(),
    }
}

fn meaning(program: &Program) -> BTreeMap<String, Tensor> {
    let number = |upload: usize, at: usize| ((at * (2 * upload + 3) + upload) % 13) as f64 - 4.0;
    let uploads = program.uploads.iter().enumerate().map(|(upload, of)| {
        let shape = of.layout.shape.clone();
        let numbers = (0..shape.iter().product()).map(|at| number(upload, at)).collect();
        (of.name.clone(), Tensor::new(shape, numbers).expect("as many numbers"))
    });
    interpret::run(program, &uploads.collect(), |_, _| {}).expect("all uploads are there")
}

fn alike(a: &Program, b: &Program) -> bool {
    let (a, b) = (meaning(a), meaning(b));
    let near = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-9 * (1.0 + x.abs());
    a.len() == b.len() && a.iter().all(|(name, a)| a.data.iter().zip(&b[name].data).all(near))
}

/// What a file says that is not so.
fn wrong(path: &Path, case: &mut Case) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut said = |what: String| wrong.push(format!("{}: {what}", path.display()));
    let before = match read(&case.before) {
        Ok(before) => before,
        Err(error) => {
            said(format!("before: {error}"));
            return wrong;
        }
    };
    let after = case.passes.iter().fold(before.clone(), |program, pass| run(pass, &program));
    // What has no levels yet is not sound.
    if !case.passes.iter().any(|pass| pass.starts_with("rematerialize")) {
        for (when, program) in [("before", &before), ("after", &after)] {
            verify(program).into_iter().for_each(|what| said(format!("{when}: {what}")));
        }
    }
    if wrong.is_empty() {
        for expected in case.expect.split(", ") {
            let (what, wanted) = expected.split_once(' ').expect("a name and what is expected");
            let found = match what {
                "meaning" if alike(&before, &after) => "unchanged".into(),
                "meaning" => "changed".into(),
                _ => counted(&after, what).to_string(),
            };
            if found != wanted {
                wrong.push(format!("{}: expected {what} {wanted}, found {found}", path.display()));
            }
        }
        if !case.expect.contains("meaning unchanged") {
            wrong.push(format!("{}: expects nothing of the meaning", path.display()));
        }
    }
    let texts = [(&mut case.before, &before), (&mut case.after, &after)];
    for (text, program) in texts {
        let printed = print(program);
        if *text != printed {
            wrong.push(format!("{}: other text\n{printed}", path.display()));
            *text = printed;
        }
        assert_eq!(read(text).map(|again| print(&again)).as_ref(), Ok(&*text), "{}", path.display());
    }
    wrong
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

#[test]
fn passes_do_what_the_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms");
    let write = std::env::var("FORMS").is_ok_and(|what| what == "write");
    let (mut found, mut by_pass) = (Vec::new(), BTreeMap::<String, usize>::new());
    for path in files(&folder) {
        let text = fs::read_to_string(&path).expect("a text");
        let mut case = Case::of(&text);
        for pass in &case.passes {
            *by_pass.entry(pass.split(' ').next().unwrap_or_default().into()).or_default() += 1;
        }
        found.extend(wrong(path.strip_prefix(&folder).expect("in the folder"), &mut case));
        if write {
            fs::write(&path, case.text()).expect("written");
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(by_pass.len() == 7 && by_pass.values().all(|cases| *cases >= 2), "{by_pass:?}");
}

/// What a text is read as is printed and looked at; what it is not read as is an error.
fn sturdy(text: &str) {
    if let Ok(program) = read(text) {
        let _ = verify(&program);
        let printed = print(&program);
        assert_eq!(read(&printed).map(|again| print(&again)), Ok(printed));
    }
}

#[test]
fn texts_that_are_cut_or_changed_never_panic() {
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms")) {
        let text = Case::of(&fs::read_to_string(&path).expect("a text")).after;
        for (at, char) in text.char_indices() {
            sturdy(&text[..at]);
            let change = ["", "9", "-", " ", "[", "%", "·", "\n", "×0", "18446744073709551616"][at % 10];
            sturdy(&format!("{}{change}{}", &text[..at], &text[at + char.len_utf8()..]));
            sturdy(&format!("{}{change}{}", &text[..at], &text[at..]));
        }
        let lines: Vec<&str> = text.lines().collect();
        for at in 0..lines.len() {
            let mut other = lines.clone();
            let line = other.remove(at);
            sturdy(&other.join("\n"));
            other.insert((at * 7) % lines.len(), line);
            sturdy(&other.join("\n"));
        }
    }
}

#[test]
fn errors_name_the_line_and_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms");
    let text = fs::read_to_string(folder.join("fuse_rescale/one_division.txt")).expect("a text");
    let text = Case::of(&text).after;
    for (from, to, message) in [
        ("ckks ", "slots ", "line 1: expected `ckks `, found"),
        (
            "4 slots",
            "5 slots",
            "line 1: expected a power of two of slots, found `5 slots, depth 1, 0 iterations`",
        ),
        ("[n:4·1]\nscale", "[n:8·1]\nscale", "line 2: expected a layout of this shape, found `[n:8·1]`"),
        ("%0*%0", "%0*%1", "line 8: expected `%` with a number below 1, found `%1`"),
        ("= relinearize_rescale", "= relinearise", "line 9: expected an operation, found `relinearise %1`"),
        ("@1 S2", "@2 S2", "line 9: expected `@` with a number below 2, found `@2 S2 t0`"),
        ("@1 S2", "@1 S3", "line 9: expected `S` with a number below 3, found `S3 t0`"),
        ("prologue\n", "", "line 6: expected the end, found"),
        ("prologue", "iteration 1", "line 6: expected a number below 1, found `1`"),
    ] {
        let found = read(&text.replacen(from, to, 1)).expect_err(message).to_string();
        assert!(found.starts_with(message), "{found}");
    }
}
