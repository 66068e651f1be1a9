//! What the tests across crates share: programs as text, sample data, and every way to run a program.

use hep_ckks::Ciphertext;
use hep_codegen::Simulation;
use hep_compiler::source::SourceFile;
use hep_compiler::tensor::interpret;
use hep_compiler::tensor::{self, owner};
use hep_compiler::{Compilation, Options, ckks, compile, slot};
use hep_format::Prepared;
use hep_owner::Entropy;
use hep_owner::rehearsal::{planned, rehearse};
use hep_owner::{Keys, Upload, encrypt_in_memory, generate_keys, reveal};
use hep_plan::normalize::factor;
use hep_plan::plan::CipherOutput;
use hep_plan::{Plan, Tensor};
use hep_server::backend::clear::Clear;
use hep_server::executor::{self, execute};
use hep_server::run_in_memory;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

/// The runtime must not know the compiler, so what needs both runs here.
#[doc = include_str!("../../runtime/owner/README.md")]
#[cfg(doctest)]
struct ReadmeOfOwner;

pub mod advice;
mod features;
pub mod scales;
pub mod training;
pub use features::{published_features, shipped_features, shipped_table};

/// Tensors by name.
pub type Named = BTreeMap<String, Tensor>;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("..")).to_path_buf()
}

/// A program of `programs/examples`.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn example(name: &str) -> String {
    let path = root().join("programs/examples").join(format!("{name}.hep"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The main program with another loss under the name of its own.
///
/// # Panics
/// When the program has no line for its loss.
#[must_use]
pub fn with_loss(loss: &str) -> String {
    let text = example("mlr_quadratic_gradient");
    let line = text.lines().find(|line| line.starts_with("loss sle(y, z)"));
    text.replace(line.unwrap_or_else(|| panic!("no loss")), &format!("loss sle(y, z) = {loss}"))
}

/// Options for a small ring without security and these sizes.
#[must_use]
pub fn small(ring: u32, dims: &[(&str, usize)]) -> Options {
    Options {
        dims: dims.iter().map(|(name, size)| ((*name).to_string(), *size)).collect(),
        ring_log2: Some(ring),
        insecure: true,
        ..Options::default()
    }
}

/// Compiles a program, or shows its diagnostics.
///
/// # Panics
/// When it does not compile.
#[must_use]
pub fn compiled(text: &str, options: &Options) -> Compilation {
    let file = SourceFile::new("test.hep", text);
    compile(&file, options)
        .unwrap_or_else(|list| panic!("{}", hep_compiler::diagnostics::render::render_all(&list, &file)))
}

/// Compiles a program for data, as `hep train` does: with as many bits as what is delivered needs.
///
/// # Panics
/// When it does not compile, or the data are refused.
#[must_use]
pub fn compiled_for(text: &str, options: &Options, data: &Named) -> Compilation {
    let shared = Arc::new(data.clone());
    let plan = |reserve_bits| {
        let options = Options { data: Some(Arc::clone(&shared)), reserve_bits, ..options.clone() };
        let c = compiled(text, &options);
        let prepared = Prepared::new(c.plan.clone()).map_err(hep_owner::Error::from)?;
        Ok::<_, hep_owner::Error>((c, prepared))
    };
    let found = planned(data, plan, |_| false);
    found.unwrap_or_else(|e| panic!("{e}")).0
}

/// Features in 0 .. 1, labels in turn with a rule the features know.
#[must_use]
pub fn data(plan: &Plan, seed: u64) -> Named {
    let (rows, columns) = (plan.data.rows, plan.data.columns);
    let classes = match plan.data.label_kind {
        hep_plan::plan::LabelKind::Classes(classes) => classes,
        _ => 2,
    };
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let labels: Vec<f64> = (0..rows).map(|row| (row % classes) as f64).collect();
    let mut x = Tensor::filled(vec![rows, columns], 0.0);
    for row in 0..rows {
        for column in 0..columns {
            let hint = f64::from(u8::from(column % classes == row % classes));
            x.data[row * columns + column] = 0.6 * uniform() + 0.4 * hint;
        }
    }
    let y = Tensor { shape: vec![rows], data: labels };
    Named::from([(plan.data.features.clone(), x), (plan.data.labels.clone(), y)])
}

/// What the owner uploads, in the clear.
///
/// # Panics
/// When the owner's program fails.
#[must_use]
pub fn uploads(program: &tensor::Program, data: &Named) -> Named {
    let side = owner::owner_program(program).unwrap_or_else(|e| panic!("{e}"));
    side.program.run(data).unwrap_or_else(|e| panic!("{e}"))
}

/// Whether every form of a program computes the same, and native code the same bits as the slot graph.
///
/// # Errors
/// The form that differs, and by how much.
///
/// # Panics
/// When a form cannot be evaluated.
pub fn forms_agree(c: &Compilation, data: &Named) -> Result<(), String> {
    let forms = in_the_clear(c, data);
    let (_, meaning) = &forms[0];
    let of = |form: &str| forms.iter().find(|(name, _)| *name == form).map(|(_, values)| values);
    if of("native code") != of("slot graph") {
        return Err("native code computes other bits".into());
    }
    for (form, found) in &forms[1..] {
        if !found.keys().eq(meaning.keys()) {
            return Err(format!("the {form} reveals {:?}", found.keys()));
        }
        for (name, tensor) in meaning {
            let difference = found[name].max_difference(tensor);
            let near = difference <= 1e-9 * tensor.max_abs().max(1.0);
            if !near {
                return Err(format!("{name} of the {form}: off by {difference:e}"));
            }
        }
    }
    Ok(())
}

/// The revealed tensors of every form of a program, in the clear, by the name of the form.
///
/// # Panics
/// When a form cannot be evaluated.
#[must_use]
pub fn in_the_clear(c: &Compilation, data: &Named) -> Vec<(&'static str, Named)> {
    let tensors = |program: &tensor::Program| {
        interpret::run(program, data, &mut |_| {}).unwrap_or_else(|e| panic!("{e}"))
    };
    let uploads = uploads(&c.tensor, data);
    vec![
        ("tensor graph as written", tensors(&c.analysis.program)),
        ("tensor graph after its passes", tensors(&c.tensor)),
        ("slot graph", slot::interpret::run(&c.slot, &uploads).unwrap_or_else(|e| panic!("{e}"))),
        ("native code", native(&c.slot, &uploads)),
        (
            "CKKS schedule",
            ckks::interpret::run(&c.ckks, &uploads, |_, _| {}).unwrap_or_else(|e| panic!("{e}")),
        ),
        ("plan", plan_in_the_clear(&c.plan, &uploads)),
    ]
}

fn native(program: &slot::Program, uploads: &Named) -> Named {
    let simulation = Simulation::compile(program).unwrap_or_else(|e| panic!("{e}"));
    let mut run = simulation.start(uploads, u64::MAX).unwrap_or_else(|e| panic!("{e}"));
    (0..program.iterations).for_each(|_| run.step());
    run.reveals().unwrap_or_else(|e| panic!("{e}"))
}

fn plan_in_the_clear(plan: &Plan, uploads: &Named) -> Named {
    let packed = plan.inputs.iter().map(|i| i.layout.pack(&uploads[&i.name]).expect("layout fits")).collect();
    let backend = Clear::new(plan, packed);
    let options = executor::Options { threads: 1, memory: Some(u64::MAX) };
    let pool = executor::pool(options).unwrap_or_else(|e| panic!("{e}"));
    let outputs = execute(plan, &backend, &pool, u64::MAX, &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    plan.outputs
        .iter()
        .zip(outputs)
        .map(|(output, values)| {
            let vectors: Vec<Vec<f64>> = values.into_iter().map(|v| v.values).collect();
            (output.name.clone(), output.layout.unpack(&vectors).expect("layout fits"))
        })
        .collect()
}

/// Trains on ciphertexts, all roles in this process.
///
/// # Panics
/// When a role fails.
#[must_use]
pub fn encrypted(plan: &Plan, data: &Named, threads: usize) -> Named {
    let (prepared, keys, upload, outputs) = encrypted_outputs(plan, data, threads);
    reveal(&prepared, &keys.secret, &outputs, &upload.state.outlook).unwrap_or_else(|e| panic!("{e}"))
}

/// Largest error that is promised of each output on these data: the step of the grid that it is rounded to.
///
/// # Panics
/// When the data are refused.
#[must_use]
pub fn promised(plan: &Plan, data: &Named) -> BTreeMap<String, f64> {
    let prepared = Prepared::new(plan.clone()).unwrap_or_else(|e| panic!("{e}"));
    let outlook = rehearse(&prepared, data).unwrap_or_else(|e| panic!("{e}")).uploads.outlook;
    let step = |(number, output): (usize, &CipherOutput)| {
        let step = (-outlook.rounded_bits(number, output, None)).exp2();
        (output.name.clone(), step * factor(&output.units, &outlook.exponents))
    };
    plan.outputs.iter().enumerate().map(step).collect()
}

/// The encrypted results, with what decrypts them and what was uploaded.
///
/// # Panics
/// When a role fails.
#[must_use]
pub fn encrypted_outputs(
    plan: &Plan,
    data: &Named,
    threads: usize,
) -> (Prepared, Keys, Upload, Vec<Vec<Ciphertext>>) {
    let fail = |e: hep_owner::Error| -> ! { panic!("{e}") };
    let prepared = Prepared::new(plan.clone()).unwrap_or_else(|e| panic!("{e}"));
    let entropy = Entropy::new(Some(7));
    let keys = generate_keys(&prepared, entropy).unwrap_or_else(|e| fail(e));
    let upload = encrypt_in_memory(&prepared, &keys.secret, &keys.origin, data, vec![], entropy)
        .unwrap_or_else(|e| fail(e));
    let options = executor::Options { threads, memory: None };
    let grant = executor::Grant::of(prepared.plan(), options, 0).unwrap_or_else(|e| panic!("{e}"));
    let outputs = run_in_memory(&prepared, &keys.evaluation, upload.inputs.as_slice(), grant, &mut |_| {})
        .unwrap_or_else(|e| panic!("{e}"));
    (prepared, keys, upload, outputs)
}
