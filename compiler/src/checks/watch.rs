//! A run in the clear on the owner's data, watched: scores, losses, loop variables, and numbers that are none.

use hep_plan::host::HostOp;
use hep_plan::plan::LabelKind;
use hep_plan::ranges::{Outside, enforce};
use hep_plan::tensor::Tensor;
use hep_plan::visible::visible;
use hep_tensor::Program;
use hep_tensor::dag::NodeId;
use hep_tensor::interpret::{InterpretError, Interpreter};
use hep_tensor::owner::declared_ranges;
use hep_tensor::ranges::RangeReport;
use hep_tensor::region::{Region, regions};
use std::collections::BTreeMap;

/// Data of an owner.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Features and labels, under their names in the program.
    pub inputs: &'a BTreeMap<String, Tensor>,
    /// Names of the features, where the file has them; else empty.
    pub names: &'a [String],
    /// The line of the file for each row, where the file has lines; else empty.
    pub lines: &'a [u64],
}

impl Sample<'_> {
    /// A row, counted from 0, as messages call it: where it is in the file, if that is known.
    #[must_use]
    pub fn row(&self, row: usize) -> String {
        self.lines
            .get(row)
            .map_or_else(|| format!("row {}", row + 1), |line| format!("line {line} of the file"))
    }

    /// A feature, counted from 0, as messages call it.
    #[must_use]
    pub fn feature(&self, column: usize) -> String {
        let Some(name) = self.names.get(column) else { return format!("feature {}", column + 1) };
        // Names come from files: a line of a terminal, and nothing that it would obey.
        let short: String = name.chars().take(40).collect();
        format!("feature {} (`{}`)", column + 1, visible(&short))
    }
}

/// The first value of a run that is no finite number; what it is made of is finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// Its node.
    pub node: NodeId,
    /// Iteration, from 1; 0 before the loop, one past the last after it.
    pub iteration: u32,
    /// Where in the tensor.
    pub index: Vec<usize>,
    /// NaN or an infinity.
    pub value: f64,
}

/// What was seen of a training in the clear.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// What every check saw in every iteration.
    pub ranges: Vec<RangeReport>,
    /// Loss per sample of the model before training, before the last iteration, and after it: with the exact functions, where
    /// the program has a loss and predicts.
    pub losses: Option<[f64; 3]>,
    /// Largest absolute element of each loop variable, by name, after each iteration.
    pub sizes: Vec<(String, Vec<f64>)>,
    /// What ended the run early.
    pub lost: Option<Lost>,
}

/// Runs the program on the owner's data, up to the first value that is no finite number.
///
/// # Errors
/// Inputs that are missing or do not fit; operations that fail on these numbers.
pub fn watch(program: &Program, inputs: &BTreeMap<String, Tensor>) -> Result<Watched, InterpretError> {
    let mut run = Run::new(program, inputs)?;
    let mut seen = Watched { sizes: run.names(), ..Watched::default() };
    seen.lost = run.lost(Region::Before, 0);
    let last = program.train.iterations;
    let mut losses = vec![if seen.lost.is_none() { run.loss(inputs)? } else { None }];
    for iteration in 1..=last {
        if seen.lost.is_some() {
            return Ok(seen);
        }
        let step = run.interpreter.step()?;
        for ((_, sizes), variable) in seen.sizes.iter_mut().zip(step.carried) {
            sizes.push(variable.data.iter().fold(0.0, |largest: f64, v| largest.max(v.abs())));
        }
        seen.ranges.extend(run.reports(Region::Body, iteration)?);
        seen.lost = run.lost(Region::Body, iteration);
        if iteration + 1 >= last && seen.lost.is_none() {
            losses.push(run.loss(inputs)?);
        }
    }
    if seen.lost.is_none() {
        run.interpreter.finish()?;
        seen.ranges.extend(run.reports(Region::After, 0)?);
        seen.lost = run.lost(Region::After, last + 1);
    }
    seen.losses = match losses.as_slice() {
        [Some(first), Some(last)] => Some([*first, *first, *last]),
        [Some(first), Some(before), Some(last)] => Some([*first, *before, *last]),
        _ => None,
    };
    Ok(seen)
}

/// Loss per sample of the model before training, with the exact functions; `None` where there is no loss or no prediction.
///
/// # Errors
/// Inputs that are missing or do not fit; operations that fail on these numbers.
pub fn loss_before(
    program: &Program,
    inputs: &BTreeMap<String, Tensor>,
) -> Result<Option<f64>, InterpretError> {
    Run::new(program, inputs)?.loss(inputs)
}

/// What the owner makes of the data before anything is encrypted.
#[derive(Clone, Debug, PartialEq)]
pub enum Prepared {
    /// Every number is finite and in its declared range.
    Sound,
    /// A value is no finite number.
    Lost(Lost),
    /// An element is outside of its declared range.
    Outside(Outside),
}

/// Looks at the owner's data and at what is prepared of them.
///
/// # Errors
/// Inputs that are missing or do not fit; operations that fail on these numbers.
pub fn prepare(program: &Program, inputs: &BTreeMap<String, Tensor>) -> Result<Prepared, InterpretError> {
    let ranges = declared_ranges(program);
    if let Err(outside) = enforce(&ranges, inputs) {
        return Ok(Prepared::Outside(outside));
    }
    let run = Run::new(program, inputs)?;
    if let Some(lost) = run.lost(Region::Before, 0) {
        return Ok(Prepared::Lost(lost));
    }
    let uploads = program.graph.ids().filter_map(|id| match &program.graph.node(id).op {
        hep_tensor::graph::Op::Encrypt { name } => Some((name.clone(), run.interpreter.value(id)?.clone())),
        _ => None,
    });
    // Copies only of what has a declared range.
    let uploads = uploads.filter(|(name, _)| ranges.iter().any(|range| range.name == *name)).collect();
    Ok(enforce(&ranges, &uploads).map_or_else(Prepared::Outside, |()| Prepared::Sound))
}

struct Run<'p> {
    program: &'p Program,
    regions: Vec<Region>,
    interpreter: Interpreter<'p>,
}

impl<'p> Run<'p> {
    fn new(program: &'p Program, inputs: &BTreeMap<String, Tensor>) -> Result<Self, InterpretError> {
        Ok(Self { program, regions: regions(program), interpreter: Interpreter::new(program, inputs)? })
    }

    fn names(&self) -> Vec<(String, Vec<f64>)> {
        self.program.train.carried.iter().map(|variable| (variable.name.clone(), Vec::new())).collect()
    }

    /// The first value of a region that is no finite number: operands come before what is made of them.
    fn lost(&self, region: Region, iteration: u32) -> Option<Lost> {
        let mut nodes = self.program.graph.ids().filter(|id| self.regions[id.index()] == region);
        nodes.find_map(|node| {
            let value = self.interpreter.value(node)?;
            let at = value.not_finite()?;
            Some(Lost { node, iteration, index: value.index(at), value: value.data[at] })
        })
    }

    /// What the checks of the loop, or all others, see.
    fn reports(&self, region: Region, iteration: u32) -> Result<Vec<RangeReport>, InterpretError> {
        let inside = region == Region::Body;
        let checks = self.program.checks.iter().enumerate();
        let own = checks.filter(|(_, check)| (self.regions[check.score.index()] == Region::Body) == inside);
        own.map(|(index, check)| {
            let scores = self.interpreter.value(check.score).ok_or(InterpretError::NoValue(check.score))?;
            Ok(RangeReport::of(index, check, iteration, &scores.data))
        })
        .collect()
    }

    /// Loss per sample of the loop variables as they are.
    fn loss(&mut self, inputs: &BTreeMap<String, Tensor>) -> Result<Option<f64>, InterpretError> {
        let (Some(loss), Some(predict)) = (&self.program.loss, self.program.predict) else { return Ok(None) };
        self.interpreter.finish()?;
        let Some(labels) = inputs.get(&self.program.data.labels) else { return Ok(None) };
        let labels = match self.program.data.label_kind {
            LabelKind::Classes(classes) => HostOp::OneHot { classes }.apply(&[labels]).ok(),
            LabelKind::Binary | LabelKind::Real => Some(labels.clone()),
        };
        let (Some(z), Some(y)) = (self.interpreter.value(predict), labels) else { return Ok(None) };
        let rows = inputs.get(&self.program.data.labels).map_or(1, |labels| labels.data.len().max(1));
        let given = BTreeMap::from([("y".to_string(), y), ("z".to_string(), z.clone())]);
        // Scores that do not fit the labels have no loss.
        let found = loss.run(&given).ok().and_then(|mut found| found.remove("loss"));
        Ok(found.map(|loss| loss.data.iter().sum::<f64>() / rows as f64))
    }
}
