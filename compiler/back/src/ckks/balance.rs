//! Scales that suit the sizes of values: a value of size 2^k is carried at a scale 2^k smaller than the nominal one.
//!
//! What counts for room and precision is the product of scale and value. Free scales are moved so that the logarithms of
//! these products come as near to that of the nominal scale as the equations between scales allow, in the sense of least
//! squares over all different scales. No result and no operation changes.
//!
//! Scales stand in the plan, which the server reads. Sizes are therefore rounded up to powers of 16 before anything is
//! computed from them.

use super::graph::Program;
use super::scale::{Atom, Form, System};
use hep_plan::Magnitude;
use hep_plan::magnitude::told_bits;
use std::collections::{BTreeMap, HashMap};

/// A value whose largest slot exceeds its root mean square by more than these bits is taken for larger than the latter.
const PEAK: f64 = 4.0;
/// Sizes are bounded to powers of two with exponents of this size: beyond, no scale helps.
const FARTHEST: f64 = 400.0;
/// Weight of what no equation needs: free scales that nothing asks for stay nominal.
const RIDGE: f64 = 1e-6;
/// Steps of the conjugate gradients.
const STEPS: usize = 400;
/// Shifts are rounded to this fraction of a bit, so that they do not depend on the last bits of a sum.
const GRAIN: f64 = 1.0 / (1 << 20) as f64;

/// A scale: by how many bits its product with the value is off, and its free scales with their exponents.
struct Row {
    bits: f64,
    free: Vec<(usize, f64)>,
}

/// The relations of scales with the free ones moved; `sizes` has an entry per node.
#[must_use]
pub fn balanced(program: &Program, sizes: &[Magnitude]) -> System {
    let mut scales = program.scales.clone();
    let (atoms, rows) = rows(program, sizes);
    let shifts = least_squares(&rows, atoms.len());
    for (atom, position) in atoms {
        let shift = (shifts[position] / GRAIN).round() * GRAIN;
        if shift != 0.0 {
            scales.shift(atom, shift);
        }
    }
    scales
}

/// The size of a value in bits, rounded up; none for a value of zeros.
fn bits(size: Magnitude) -> Option<f64> {
    let largest = size.rms.log2().max(size.max.log2() - PEAK);
    (size.max > 0.0).then(|| told_bits(largest).clamp(-FARTHEST, FARTHEST))
}

fn rows(program: &Program, sizes: &[Magnitude]) -> (BTreeMap<Atom, usize>, Vec<Row>) {
    let graph = &program.graph;
    let mut positions: HashMap<&Form, usize> = HashMap::new();
    let mut largest: Vec<(Form, Option<f64>)> = Vec::new();
    for id in graph.ids() {
        let form = &graph.node(id).scale;
        let position = *positions.entry(form).or_insert_with(|| {
            largest.push((program.scales.resolve(form), None));
            largest.len() - 1
        });
        let entry = &mut largest[position].1;
        *entry = bits(sizes[id.index()]).into_iter().chain(*entry).reduce(f64::max);
    }
    let mut atoms: BTreeMap<Atom, usize> = BTreeMap::new();
    let mut rows = Vec::new();
    for (form, size) in largest {
        let Some(size) = size else { continue };
        let mut free = Vec::new();
        for (atom, exponent) in form.free() {
            let next = atoms.len();
            free.push((*atoms.entry(atom).or_insert(next), exponent));
        }
        let moved = form.offset(&program.tables, &program.refreshes);
        rows.push(Row { bits: moved + size, free });
    }
    (atoms, rows)
}

/// Shifts x of the free scales for which Σ (bits + Σ exponent·x)² is least: conjugate gradients on the normal equations.
fn least_squares(rows: &[Row], atoms: usize) -> Vec<f64> {
    let times = |x: &[f64]| -> Vec<f64> {
        let mut out: Vec<f64> = x.iter().map(|v| RIDGE * v).collect();
        for row in rows {
            let along: f64 = row.free.iter().map(|(atom, e)| e * x[*atom]).sum();
            row.free.iter().for_each(|(atom, e)| out[*atom] += e * along);
        }
        out
    };
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
    let mut rest = vec![0.0; atoms];
    for row in rows {
        row.free.iter().for_each(|(atom, e)| rest[*atom] -= e * row.bits);
    }
    let mut x = vec![0.0; atoms];
    let mut direction = rest.clone();
    let mut squares = dot(&rest, &rest);
    let enough = squares * 1e-18;
    for _ in 0..STEPS {
        if squares <= enough {
            break;
        }
        let image = times(&direction);
        let step = squares / dot(&direction, &image);
        x.iter_mut().zip(&direction).for_each(|(x, d)| *x += step * d);
        rest.iter_mut().zip(&image).for_each(|(r, i)| *r -= step * i);
        let next = dot(&rest, &rest);
        direction.iter_mut().zip(&rest).for_each(|(d, r)| *d = r + next / squares * *d);
        squares = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consistent_sizes_are_met_exactly() {
        // a of 2^8, b of 2^-4, their product of 2^4, its square of 2^8, which nothing else frees.
        let row = |bits, free: &[(usize, f64)]| Row { bits, free: free.to_vec() };
        let rows =
            [row(8.0, &[(0, 1.0)]), row(-4.0, &[(1, 1.0)]), row(4.0, &[(0, 1.0), (1, 1.0)]), row(0.0, &[])];
        let found = least_squares(&rows, 3);
        for (x, wanted) in found.iter().zip([-8.0, 4.0, 0.0]) {
            assert!((x - wanted).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn sizes_are_powers_of_sixteen() {
        let of = |rms: f64, max: f64| bits(Magnitude { rms, max });
        assert_eq!([of(1.0, 1.0), of(1.1, 3.0), of(16.0, 20.0)], [Some(0.0), Some(4.0), Some(4.0)]);
        assert_eq!([of(0.5, 8.0), of(0.5, 400.0), of(1e-3, 1e-3)], [Some(0.0), Some(8.0), Some(-8.0)]);
        assert_eq!([of(0.0, 0.0), of(f64::INFINITY, f64::INFINITY)], [None, Some(400.0)]);
    }
}
