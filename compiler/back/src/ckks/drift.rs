//! Keeps scales with public numbers in them near the nominal one.
//!
//! Numbers in scales move them; a scale that is far off costs precision, or room in the modulus. Free scales that no equation
//! needed are moved so that the squares of all moves have the least sum: x ← x²/2 keeps the scale q/2 for ever, where a
//! first scale of q would be off by twice as many bits in every iteration.

use super::graph::{Node, Op, Refreshes};
use super::scale::{Atom, Drift, Form, System};
use hep_plan::Tables;
use hep_tensor as tensor;
use hep_tensor::dag::Dag;
use std::collections::{BTreeMap, HashMap};

/// Most bits by which numbers may move a scale, in the middle of all runs.
const MOST: f64 = 8.0;
/// Most bits from there to the runs of a loop that move it farthest: in a long training steps become very small.
const APART: f64 = 12.0;
/// Rounds of the Gauss–Seidel iteration.
const ROUNDS: usize = 24;
/// Shifts are rounded to this fraction of a bit, so that they do not depend on the last bits of logarithms.
const GRAIN: f64 = 1.0 / (1 << 24) as f64;

/// A scale: the bits by which its numbers move it, and its free scales with their exponents.
struct Row {
    bits: f64,
    /// Bits from there to those of the runs that move it farthest.
    apart: f64,
    free: Vec<(usize, f64)>,
}

/// Moves free scales, and gives the first scale that stays too far off, with what it is for.
pub(super) fn center_scales(
    graph: &Dag<Node>,
    scales: &mut System,
    (tables, refreshes): (&Tables, &Refreshes),
) -> Option<(Form, tensor::NodeId)> {
    let moves = |op: &Op| matches!(op, Op::SetScale(_) | Op::Refresh { .. });
    if !graph.ids().any(|id| moves(&graph.node(id).op)) {
        return None;
    }
    let forms: Vec<Form> = graph.ids().map(|id| scales.resolve(&graph.node(id).scale)).collect();
    let mut atoms: BTreeMap<Atom, usize> = BTreeMap::new();
    let drift = |form: &Form| form.drift(tables, refreshes);
    for form in forms.iter().filter(|form| drift(form) != Drift { bits: 0.0, apart: 0.0 }) {
        for (atom, _) in form.free() {
            let next = atoms.len();
            atoms.entry(atom).or_insert(next);
        }
    }
    let mut positions: HashMap<&Form, usize> = HashMap::new();
    let mut rows: Vec<Row> = Vec::new();
    let row_of: Vec<usize> = forms
        .iter()
        .map(|form| {
            *positions.entry(form).or_insert_with(|| {
                let free = form.free().filter_map(|(atom, e)| Some((*atoms.get(&atom)?, e)));
                let Drift { bits, apart } = drift(form);
                rows.push(Row { bits, apart, free: free.collect() });
                rows.len() - 1
            })
        })
        .collect();
    let shifts = least_squares(&mut rows, atoms.len());
    for (atom, position) in &atoms {
        if shifts[*position] != 0.0 {
            scales.shift(*atom, shifts[*position]);
        }
    }
    let is_far = |row: &Row| row.bits.abs() > MOST || row.apart > APART;
    let far = graph.ids().find(|id| is_far(&rows[row_of[id.index()]]))?;
    Some((forms[far.index()].clone(), graph.node(far).origin))
}

/// Shifts of the free scales that make the sum of squares least; the rows are moved by them.
fn least_squares(rows: &mut [Row], atoms: usize) -> Vec<f64> {
    let mut occurs: Vec<Vec<(usize, f64)>> = vec![Vec::new(); atoms];
    for (number, row) in rows.iter().enumerate() {
        row.free.iter().for_each(|(atom, exponent)| occurs[*atom].push((number, *exponent)));
    }
    let mut shifts = vec![0.0; atoms];
    let mut move_by = |shifts: &mut [f64], atom: usize, by: f64| {
        shifts[atom] += by;
        occurs[atom].iter().for_each(|(row, exponent)| rows[*row].bits += exponent * by);
        occurs[atom].iter().fold((0.0, 0.0), |(bits, squares), (row, exponent)| {
            (bits + exponent * rows[*row].bits, squares + exponent * exponent)
        })
    };
    for _ in 0..ROUNDS {
        for atom in 0..atoms {
            let (bits, squares) = move_by(&mut shifts, atom, 0.0);
            move_by(&mut shifts, atom, -bits / squares);
        }
    }
    for atom in 0..atoms {
        let rounded = (shifts[atom] / GRAIN).round() * GRAIN;
        let by = rounded - shifts[atom];
        move_by(&mut shifts, atom, by);
    }
    shifts
}
