//! What a plan from a file must satisfy beyond [`Plan::validate`], so that executing it can neither panic, hang, nor ask for
//! memory out of all proportion.

mod host;
#[cfg(test)]
mod tests;

pub use host::{Given, HostProgramError, bounded};

use hep_params::limits::MAX_LIMBS;
use hep_plan::Layout;
use hep_plan::plan::{FORMAT_VERSION, LabelKind, PlanError};
use hep_plan::reading::MAX_ITERATIONS;
use hep_plan::visible::is_hidden;
use hep_plan::{Level, Plan};

/// Largest number of elements of a tensor, 2 GiB of `f64`.
const MAX_ELEMENTS: usize = 1 << 28;
/// Largest number of axes of a tensor.
const MAX_RANK: usize = 16;
/// Largest number of classes.
const MAX_CLASSES: usize = 1 << 16;
/// Largest number of inputs, of outputs, of tensors in the owner's state, and of named dimensions.
const MAX_NAMED: usize = 1 << 10;
/// Longest name in bytes.
const MAX_NAME: usize = 1 << 10;
/// Kinds of refresh.
const MAX_REFRESHES: usize = 64;
/// Largest number of loop variables.
const MAX_CARRIED: usize = 1 << 12;
/// Largest number of ciphertexts that are uploaded, and that are sent back.
const MAX_CIPHERTEXTS: usize = 1 << 18;

/// Checks a plan that comes from elsewhere, beyond [`Plan::validate`]: executing what passes can neither panic, hang, nor ask for memory
/// out of all proportion.
///
/// # Errors
/// The first property that does not hold.
pub fn check(plan: &Plan) -> Result<(), PlanError> {
    if plan.format != FORMAT_VERSION {
        return Err(PlanError::Format { found: plan.format });
    }
    // Sizes first: `validate` computes with them.
    let problem = counts(plan).err();
    if let Some(what) = problem {
        return Err(PlanError::Malformed(what));
    }
    plan.params.validate()?;
    let problem = sizes(plan)
        .err()
        .or_else(|| numbers(plan).err())
        .or_else(|| host::check(plan).err().map(|e| e.to_string()));
    match problem {
        Some(what) => Err(PlanError::Malformed(what)),
        None => plan.validate(),
    }
}

/// Lengths of the lists that are searched once per element of others, and names.
fn counts(plan: &Plan) -> Result<(), String> {
    if plan.params.q.len() + plan.params.p.len() > MAX_LIMBS {
        return Err(format!("it has more than {} primes", MAX_LIMBS));
    }
    let server = &plan.server;
    let carried = server.repeats.as_ref().map_or(0, |repeats| repeats.carried.len());
    let entries = server.tables.0.iter().map(hep_plan::Table::len).max().unwrap_or(0);
    // A table has an entry for each run, and one for what is after the last.
    let most = MAX_ITERATIONS as usize + 1;
    let runs = server.repeats.as_ref().map_or(0, |repeats| repeats.runs as usize);
    if runs > most || server.iterations() as usize > most || entries > most || carried > MAX_CARRIED {
        return Err("its loop is longer, or hands on more, than that of any program".into());
    }
    let lists = [plan.inputs.len(), plan.outputs.len(), plan.state.len(), plan.info.dims.len()];
    let programs = [plan.owner.outputs.len(), plan.predict.outputs.len()];
    if lists.iter().chain(&programs).any(|&len| len > MAX_NAMED) {
        return Err("it has more inputs, outputs or dimensions than any program".into());
    }
    let layouts = plan.inputs.iter().map(|i| &i.layout).chain(plan.outputs.iter().map(|o| &o.layout));
    let names = plan
        .inputs
        .iter()
        .map(|i| &i.name)
        .chain(plan.outputs.iter().map(|o| &o.name))
        .chain(plan.info.dims.iter().map(|(name, _)| name))
        .chain(plan.owner.outputs.iter().chain(&plan.predict.outputs).map(|(name, _)| name))
        .chain(layouts.flat_map(|l| &l.names))
        .chain(&plan.state)
        .chain([&plan.info.name, &plan.data.features, &plan.data.labels]);
    // Names are printed: a control character could forge what a terminal shows.
    if names.into_iter().any(|name| name.len() > MAX_NAME || name.chars().any(is_hidden)) {
        return Err("one of its names is no name".into());
    }
    Ok(())
}

fn sizes(plan: &Plan) -> Result<(), String> {
    let data = &plan.data;
    if elements(&[data.rows, data.columns]).is_none() {
        return Err(format!("data of {} × {} are too large", data.rows, data.columns));
    }
    if matches!(data.label_kind, LabelKind::Classes(c) if c == 0 || c > MAX_CLASSES) {
        return Err("its number of classes makes no sense".into());
    }
    for (name, layout) in plan
        .inputs
        .iter()
        .map(|i| (&i.name, &i.layout))
        .chain(plan.outputs.iter().map(|o| (&o.name, &o.layout)))
    {
        layout_sizes(layout).map_err(|what| format!("the layout of `{name}` {what}"))?;
    }
    let returned = plan.outputs.iter().map(|o| o.layout.ciphertexts()).sum::<usize>();
    if plan.upload_ciphertexts().max(returned) > MAX_CIPHERTEXTS {
        return Err("it has more ciphertexts than any program".into());
    }
    let mut names: Vec<&str> = plan.inputs.iter().map(|i| i.name.as_str()).collect();
    names.sort_unstable();
    let mut outputs: Vec<&str> = plan.outputs.iter().map(|o| o.name.as_str()).collect();
    outputs.sort_unstable();
    if names.windows(2).chain(outputs.windows(2)).any(|pair| pair[0] == pair[1]) {
        return Err("two inputs or two outputs have the same name".into());
    }
    Ok(())
}

fn layout_sizes(layout: &Layout) -> Result<(), String> {
    if layout.shape.len() > MAX_RANK || elements(&layout.shape).is_none() || layout.shape.contains(&0) {
        return Err("has a shape that makes no sense".into());
    }
    if !layout.is_valid() {
        return Err("makes no sense".into());
    }
    // Every ciphertext begins with an element of its own, so there are no more than elements and turns.
    if layout.ciphertexts() > MAX_CIPHERTEXTS {
        return Err("has more ciphertexts than any program".into());
    }
    Ok(())
}

fn numbers(plan: &Plan) -> Result<(), String> {
    let top = plan.params.max_level();
    let level_ok = |level: Level| level <= top;
    if plan.inputs.iter().any(|i| !(level_ok(i.level) && i.scale.0.is_finite() && i.scale.0 > 0.0)) {
        return Err("an input's level or scale makes no sense".into());
    }
    if plan.server.values.iter().any(|v| !v.scale.0.is_finite()) {
        return Err("a value's scale is not finite".into());
    }
    if plan.outputs.iter().any(|o| !o.precision_bits.is_finite()) {
        return Err("an output's precision is not finite".into());
    }
    if plan.params.refresh.len() > MAX_REFRESHES {
        return Err("it has more kinds of refresh than any program".into());
    }
    let rotations = plan.keys.rotations();
    let mut steps = rotations.map(|(step, _)| step);
    if !steps.all(|step| !step.is_zero() && (step.0 as usize) < plan.params.slots())
        || !plan.keys.iter().all(|(_, level)| level_ok(level))
        || !plan.keys.is_ordered()
    {
        return Err("its list of keys makes no sense".into());
    }
    Ok(())
}

/// Product of the extents unless it is too large. An extent of 0 does not excuse others: strides are products too.
fn elements(shape: &[usize]) -> Option<usize> {
    let bound = shape.iter().try_fold(1usize, |p, &e| p.checked_mul(e.max(1)));
    bound.filter(|&n| n <= MAX_ELEMENTS).map(|_| shape.iter().product())
}
