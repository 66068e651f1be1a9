//! A digit of key switching.

use std::ops::Range;

use hep_ring::ntt::LastLayer;
use hep_ring::{BaseExtender, Modulus, NttTable, RingError};

/// Consecutive primes q_first … q_last, and how residues modulo their product D extend to all primes.
#[derive(Debug)]
pub(crate) struct Digit {
    limbs: Range<usize>,
    extender: BaseExtender,
    /// Inverse transforms that multiply by the factors of `extender`.
    last_layers: Vec<LastLayer>,
}

impl Digit {
    /// The digit of some limbs among the primes of all tables.
    pub(crate) fn new(tables: &[NttTable], limbs: Range<usize>) -> Result<Self, RingError> {
        let moduli: Vec<Modulus> = tables.iter().map(|table| *table.modulus()).collect();
        let extender = BaseExtender::new(&moduli[limbs.clone()], &moduli)?;
        let last_layers = tables[limbs.clone()]
            .iter()
            .enumerate()
            .map(|(i, table)| table.last_layer(extender.source_factor(i)))
            .collect();
        Ok(Self { limbs, extender, last_layers })
    }

    /// Its limbs.
    pub(crate) fn limbs(&self) -> Range<usize> {
        self.limbs.clone()
    }

    /// From its limbs to all primes, by index.
    pub(crate) fn extender(&self) -> &BaseExtender {
        &self.extender
    }

    /// What the inverse transform of limb i of Q ends with.
    pub(crate) fn last_layer(&self, i: usize) -> &LastLayer {
        &self.last_layers[i - self.limbs.start]
    }
}
