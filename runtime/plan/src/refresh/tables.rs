//! The memory of the tables of a refresh.

use hep_params::refresh::Factor;
use hep_params::{Packing, Params, RefreshShape};

/// Primes that the products of the raise are exact modulo.
const EXACT: usize = 3;

/// Bytes of all diagonals of a refresh. Those of a factor repeat after the length of its largest butterflies, and of a vector that repeats
/// after n slots 2n residues are kept for each prime.
#[must_use]
pub fn table_bytes(shape: &RefreshShape, params: &Params) -> u64 {
    let top = params.q.len().saturating_sub(1);
    let residues =
        |factor: &Factor, primes: usize| factor.diagonals() * primes * 2 * (factor.stride << factor.layers);
    let low = shape.s2c_factors().into_iter().enumerate();
    let low = low
        .map(|(number, factor)| residues(&factor, shape.bottom() + 1 - number + shape.low_special(params)));
    let factors = shape.c2s_factors();
    let up = factors.iter().enumerate().map(|(number, factor)| {
        if number == 0 {
            return residues(factor, EXACT);
        }
        // The last factor puts the second vector behind the first.
        let last = number + 1 == factors.len() && shape.packing == Packing::SideBySide;
        let longer = if last { 2 * shape.slots() / (factor.stride << factor.layers) } else { 1 };
        residues(factor, top + 2 - number + params.p.len()) * longer
    });
    8 * (low.sum::<usize>() + up.sum::<usize>()) as u64
}
