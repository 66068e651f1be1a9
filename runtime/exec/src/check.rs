//! What a plan from a file must satisfy beyond [`Plan::validate`], so that executing it can neither panic, hang, nor ask for
//! memory out of all proportion.

use hep_plan::host::{HostOp, HostProgram};
use hep_plan::layout::{Layout, Role};
use hep_plan::plan::{FORMAT_VERSION, LabelKind, PlanError};
use hep_plan::server::Op;
use hep_plan::{Level, Plan};

/// Largest number of elements of a tensor, 2 GiB of `f64`.
const MAX_ELEMENTS: usize = 1 << 28;
/// Largest number of axes of a tensor.
const MAX_RANK: usize = 16;
/// Largest number of classes.
const MAX_CLASSES: usize = 1 << 16;

/// Checks a plan.
pub(crate) fn check(plan: &Plan) -> Result<(), PlanError> {
    if plan.format != FORMAT_VERSION {
        return Err(PlanError::Format { found: plan.format });
    }
    plan.params.validate()?;
    // Sizes first: `validate` computes with them.
    let problem = sizes(plan).err().or_else(|| numbers(plan).err());
    match problem {
        Some(what) => Err(PlanError::Malformed(what)),
        None => plan.validate().and_then(|()| instructions(plan).map_err(PlanError::Malformed)),
    }
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
    let mut names: Vec<&str> = plan.inputs.iter().map(|i| i.name.as_str()).collect();
    names.sort_unstable();
    let mut outputs: Vec<&str> = plan.outputs.iter().map(|o| o.name.as_str()).collect();
    outputs.sort_unstable();
    if names.windows(2).chain(outputs.windows(2)).any(|pair| pair[0] == pair[1]) {
        return Err("two inputs or two outputs have the same name".into());
    }
    host_sizes(&plan.owner)?;
    host_sizes(&plan.predict)
}

fn layout_sizes(layout: &Layout) -> Result<(), String> {
    if layout.shape.len() > MAX_RANK || elements(&layout.shape).is_none() || layout.shape.contains(&0) {
        return Err("has a shape that makes no sense".into());
    }
    if !layout.is_valid() {
        return Err("makes no sense".into());
    }
    if layout.dims.iter().any(|d| matches!(d.role, Role::Axis { stride, .. } if stride > MAX_ELEMENTS)) {
        return Err("has a stride that makes no sense".into());
    }
    let blocks = layout.blocks.map_or(Some(1), |b| {
        // The last block must hold something, which also bounds the number of ciphertexts by the tensor's size.
        let begins = (b.count - 1).checked_mul(b.size)?;
        (begins < layout.shape[b.axis] && b.size <= MAX_ELEMENTS).then_some(b.count)
    });
    if blocks.is_none() { Err("has more ciphertexts than data".into()) } else { Ok(()) }
}

fn host_sizes(program: &HostProgram) -> Result<(), String> {
    for node in &program.nodes {
        let fits = match &node.op {
            HostOp::Constant(tensor) => elements(&tensor.shape) == Some(tensor.data.len()),
            HostOp::OneHot { classes } => (1..=MAX_CLASSES).contains(classes),
            HostOp::Binary { left, right, rank, .. } => {
                *rank <= MAX_RANK && left.len().max(right.len()) <= MAX_RANK
            }
            HostOp::Contract { left, right, out, .. } => {
                left.len().max(right.len()).max(out.len()) <= MAX_RANK
            }
            HostOp::Permute(order) => order.len() <= MAX_RANK,
            _ => true,
        };
        if !fits {
            return Err(format!("the owner's operation `{}` makes no sense", node.op.name()));
        }
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
    let rotations = &plan.keys.rotations;
    let steps_ok = rotations
        .iter()
        .all(|(step, level)| !step.is_zero() && (step.0 as usize) < plan.params.slots() && level_ok(*level));
    if !steps_ok
        || rotations.windows(2).any(|pair| pair[0].0 >= pair[1].0)
        || !plan.keys.relinearization.is_none_or(level_ok)
    {
        return Err("its list of keys makes no sense".into());
    }
    // Counts are kept per iteration.
    let iterations = plan.info.iterations;
    if iterations as usize > plan.server.instrs.len()
        || plan.server.instrs.iter().any(|i| i.iteration > iterations)
    {
        return Err("its iterations and its instructions do not fit together".into());
    }
    Ok(())
}

fn instructions(plan: &Plan) -> Result<(), String> {
    for (position, instr) in plan.server.instrs.iter().enumerate() {
        let results = match &instr.op {
            Op::Rotate { steps, .. } => steps.len(),
            _ => 1,
        };
        if instr.outputs.len() != results {
            return Err(format!(
                "instruction {position} ({}) has {} results",
                instr.op.name(),
                instr.outputs.len()
            ));
        }
    }
    Ok(())
}

/// Product of the extents unless it is too large.
fn elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |p, &e| p.checked_mul(e)).filter(|&n| n <= MAX_ELEMENTS)
}
