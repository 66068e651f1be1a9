//! Public numbers as parts of scales: c·a is the ciphertext of a with its scale divided by c, and −a costs no product either.
//!
//! Such a product takes no level and no plaintext, but the scale that a product with a public vector could have chosen is
//! fixed. Where a sum then has no scale for its terms, or a scale would be too far from the nominal one, the numbers
//! before it are multiplied as vectors again, one after the other, until everything fits.

use super::conflict::{ScaleConflict, ScheduleError, Search};
use super::correction::corrected;
use super::graph::{ConstantId, Op, Program};
use super::unroll::{Node, Unrolled};
use super::unscaled::{Site, Unscaled};
use hep_plan::{Constant, Factor, PerRun, Table, Tables};
use hep_tensor::dag::{NodeId, Rewrite};
use std::collections::{BTreeMap, BTreeSet};

/// Most numbers that are taken out of scales again before all are.
const ATTEMPTS: usize = 64;
/// Numbers further from 1 than this power of two are no part of a scale; of those that differ between runs, numbers that are farther
/// apart.
const FARTHEST: f64 = 16.0;

/// The cheapest of the schedules that `place` finds. Where there is none because sums have no scale for their terms,
/// these are corrected by products with `ones`.
pub(super) fn cheapest(
    unrolled: &Unrolled,
    numbers: bool,
    ones: ConstantId,
    place: impl Fn(&Unscaled, Search) -> Result<Program, ScaleConflict>,
) -> Result<Program, ScheduleError> {
    match uncorrected(unrolled, numbers, |straight| place(straight, Search::First)) {
        Err(error @ ScheduleError::Scale { .. }) => {
            let products = BTreeSet::new();
            let foldings = if numbers { vec![Some(&products), None] } else { vec![None] };
            let all = foldings.into_iter().map(|products| {
                corrected(fold(unrolled, products), ones, |straight| place(straight, Search::All))
            });
            let (found, failed): (Vec<_>, Vec<_>) = all.partition(Result::is_ok);
            let best = found.into_iter().flatten().min_by_key(price);
            let deep = failed.into_iter().filter_map(Result::err).map(ScheduleError::from);
            best.ok_or_else(|| deep.last().unwrap_or(error))
        }
        other => other,
    }
}

/// The cheapest of the schedules that `place` finds.
fn uncorrected(
    unrolled: &Unrolled,
    numbers: bool,
    place: impl Fn(&Unscaled) -> Result<Program, ScaleConflict>,
) -> Result<Program, ScheduleError> {
    let mut products = BTreeSet::new();
    let mut found = None;
    for _ in 0..if numbers { ATTEMPTS } else { 0 } {
        let folded = fold(unrolled, Some(&products));
        if folded.sites.is_empty() {
            break;
        }
        let culprit = match place(&folded) {
            Ok(program) => {
                found = Some(program);
                break;
            }
            // Products with vectors are no less deep.
            Err(ScaleConflict::Other(error @ ScheduleError::Deep(_))) => return Err(error),
            Err(misfit) => folded.culprit(&misfit),
        };
        let Some(site) = culprit else { break };
        products.insert(site);
    }
    let plain = place(&fold(unrolled, None)).map_err(ScheduleError::from);
    match (found, plain) {
        (Some(found), Ok(plain)) => Ok(if price(&found) <= price(&plain) { found } else { plain }),
        (Some(found), Err(_)) => Ok(found),
        (None, plain) => plain,
    }
}

/// Levels, products with public vectors, rescales.
fn price(program: &Program) -> (u32, usize, usize) {
    let graph = &program.graph;
    let terms = |id: NodeId| match &graph.node(id).op {
        Op::SumMulPlain(constants) => constants.len(),
        _ => 0,
    };
    let rescales = graph.ids().filter(|id| matches!(graph.node(*id).op, Op::Rescale));
    (program.depth, graph.ids().map(terms).sum(), rescales.count())
}

impl Unscaled {
    /// The number to blame where scales do not fit: the last before a sum, or what moves a scale most.
    fn culprit(&self, misfit: &ScaleConflict) -> Option<Site> {
        match misfit {
            ScaleConflict::Sums { first, .. } => {
                let before = self.graph.reachable([first.at]);
                self.sites.iter().rfind(|(id, _)| before[id.index()]).map(|(_, site)| *site)
            }
            ScaleConflict::Drift { scale, .. } => {
                let bits: BTreeMap<PerRun<Factor>, f64> = scale.numbers(&self.tables).into_iter().collect();
                let moves = |id: &NodeId| match &self.graph.node(*id).op {
                    Op::SetScale(number) => bits.get(number).map(|bits| bits.abs()),
                    _ => None,
                };
                let moving = self.sites.iter().filter_map(|(id, site)| Some((moves(id)?, site)));
                moving.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, site)| *site)
            }
            ScaleConflict::Other(_) => None,
        }
    }
}

/// The program with numbers in scales, but for those that shall be products; with `None` all are.
fn fold(unrolled: &Unrolled, products: Option<&BTreeSet<Site>>) -> Unscaled {
    let source = &unrolled.graph;
    let folded = Rewrite::of_parts(source, &unrolled.parts);
    let mut folding = Folding { folded, sites: BTreeMap::new(), tables: unrolled.tables.clone() };
    let entries = entries(unrolled);
    while let Some(id) = folding.folded.advance() {
        let node = source.node(id);
        let operands = folding.folded.operands(id);
        let mut numbers = Vec::new();
        if let (Op::SumMulPlain(constants), Some(products), false) = (&node.op, products, entries[id.index()]) {
            let number =
                |at: usize| number(unrolled, constants[at]).filter(|_| !products.contains(&(id, at)));
            numbers = (0..constants.len()).map(number).collect();
        }
        let new = if numbers.iter().any(Option::is_some) {
            folding.sum(id, node, &operands, &numbers)
        } else {
            folding.push(node.clone(), operands)
        };
        folding.folded.became(id, new);
    }
    let Folding { folded, sites, tables } = folding;
    Unscaled::folded(folded, unrolled, tables, sites)
}

/// Products that values go into refreshes through: their scales are not those of their operands.
fn entries(unrolled: &Unrolled) -> Vec<bool> {
    let graph = &unrolled.graph;
    let mut entries = vec![false; graph.len()];
    for id in graph.ids().filter(|id| matches!(graph.node(*id).op, Op::Refresh { .. })) {
        graph.operands(id).iter().for_each(|operand| entries[operand.index()] = true);
    }
    entries
}

/// Arithmetic with numbers in scales, as far as it is made.
struct Folding<'a> {
    folded: Rewrite<'a, Node>,
    sites: BTreeMap<NodeId, Site>,
    tables: Tables,
}

/// A public number: its sign, which is the same in all runs, and its size.
#[derive(Clone)]
struct Number {
    negative: bool,
    size: Size,
}

#[derive(Clone)]
enum Size {
    Always(f64),
    OfRun(Vec<f64>),
}

/// Whether a node is a sum of products with numbers only, which may take no level.
pub(super) fn may_be_free(unrolled: &Unrolled, id: NodeId) -> bool {
    match &unrolled.graph.node(id).op {
        Op::SumMulPlain(constants) => constants.iter().all(|c| number(unrolled, *c).is_some()),
        _ => false,
    }
}

/// The number that a constant holds in every slot, if scales may have it.
fn number(unrolled: &Unrolled, constant: ConstantId) -> Option<Number> {
    let near = |value: f64| value.is_finite() && value != 0.0 && value.abs().log2().abs() <= FARTHEST;
    match &unrolled.constants[constant.0 as usize] {
        Constant::Fixed(vector) => {
            let value = vector.as_splat().filter(|value| near(*value))?;
            Some(Number { negative: value < 0.0, size: Size::Always(value.abs()) })
        }
        Constant::Sum(terms) => {
            let terms: Vec<(f64, &[f64])> = terms
                .iter()
                .map(|(vector, table)| Some((vector.as_splat()?, unrolled.tables.numbers(*table)?)))
                .collect::<Option<_>>()?;
            let runs = terms.iter().map(|(_, numbers)| numbers.len()).max()?;
            let of = |run: usize| terms.iter().map(|(value, numbers)| value * numbers[run % numbers.len()]).sum();
            let values: Vec<f64> = (0..runs).map(of).collect();
            let negative = *values.first()? < 0.0;
            let sound = |value: &f64| value.is_finite() && *value != 0.0 && (*value < 0.0) == negative;
            let bits = || values.iter().map(|value| value.abs().log2());
            let (least, most) = (bits().fold(f64::INFINITY, f64::min), bits().fold(f64::NEG_INFINITY, f64::max));
            let fits = values.iter().all(sound)
                && most - least <= FARTHEST
                && ((least + most) / 2.0).abs() <= FARTHEST + FARTHEST / 2.0;
            fits.then(|| Number { negative, size: Size::OfRun(values.iter().map(|value| value.abs()).collect()) })
        }
    }
}

impl Folding<'_> {
    fn push(&mut self, node: Node, operands: Vec<NodeId>) -> NodeId {
        self.folded.graph.push(node, operands)
    }

    /// Σ cᵢ·aᵢ: what are no numbers in one product, the others added.
    fn sum(&mut self, id: NodeId, node: &Node, operands: &[NodeId], numbers: &[Option<Number>]) -> NodeId {
        let Op::SumMulPlain(constants) = &node.op else {
            return self.push(node.clone(), operands.to_vec());
        };
        let rest: Vec<usize> = (0..numbers.len()).filter(|at| numbers[*at].is_none()).collect();
        let mut sum = (!rest.is_empty()).then(|| {
            let op = Op::SumMulPlain(rest.iter().map(|at| constants[*at]).collect());
            let kept = rest.iter().map(|at| operands[*at]).collect();
            self.push(Node { op, ..node.clone() }, kept)
        });
        let mut signed: Vec<(usize, &Number)> =
            numbers.iter().enumerate().filter_map(|(at, number)| Some((at, number.as_ref()?))).collect();
        // A sum that begins with a positive term needs no negation.
        signed.sort_by_key(|(at, number)| (number.negative, *at));
        for (at, number) in signed {
            let size = self.reread((id, at), node, operands[at], number);
            let mut push = |op, operands| {
                let new = self.push(Node { op, ..node.clone() }, operands);
                self.sites.entry(new).or_insert((id, at));
                new
            };
            sum = Some(match (sum, number.negative) {
                (None, false) => size,
                (None, true) => push(Op::Negate, vec![size]),
                (Some(sum), false) => push(Op::Add, vec![sum, size]),
                (Some(sum), true) => push(Op::Sub, vec![sum, size]),
            });
        }
        sum.unwrap_or(operands[0])
    }

    fn reread(&mut self, site: Site, node: &Node, operand: NodeId, number: &Number) -> NodeId {
        let factor = match &number.size {
            Size::Always(size) if *size == 1.0 => return operand,
            Size::Always(size) => PerRun::Always(Factor::of(*size)),
            Size::OfRun(sizes) => PerRun::Table(self.tables.add(Table::Numbers(sizes.clone()))),
        };
        let new = self.push(Node { op: Op::SetScale(factor), ..node.clone() }, vec![operand]);
        self.sites.insert(new, site);
        new
    }
}
