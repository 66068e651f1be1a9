//! Which shapes are refused.

use thiserror::Error;

use super::{Packing, RefreshShape, SINE_BITS, SPARSE_WEIGHT};
use crate::params::{Params, Security, log2_product};
use crate::security::max_log_q_sparse;

/// Why a shape is refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RefreshError {
    /// The factors do not have the layers of a transform of that length.
    #[error(
        "{name} has {found} layers in factors {factors:?}, a transform of 2^{log_slots} slots has {log_slots}"
    )]
    Layers {
        /// `s2c` or `c2s`.
        name: &'static str,
        /// The factors.
        factors: Vec<u8>,
        /// Their sum.
        found: u32,
        /// What it must be.
        log_slots: u32,
    },
    /// Too many or too few slots for what is packed.
    #[error("{packing:?} slots of period 2^{log_slots} do not fit a ring of degree 2^{log_n}")]
    Slots {
        /// The packing.
        packing: Packing,
        /// log2 of the period.
        log_slots: u32,
        /// log2 of the ring degree.
        log_n: u32,
    },
    /// Not one number of baby steps for each factor with rotations, or more of them than diagonals.
    #[error(
        "baby steps 2^{found:?} for factors of {layers:?} layers: one number each, of at most the layers plus one"
    )]
    Babies {
        /// What is given.
        found: Vec<u8>,
        /// Layers of the factors with rotations.
        layers: Vec<u8>,
    },
    /// Not one number of keys for each factor of CoeffsToSlots but the first, or less than 2.
    #[error(
        "steps composed of {found:?} keys for {factors} factors: none, or one number each, of at least 2"
    )]
    FewKeys {
        /// What is given.
        found: Vec<u8>,
        /// Factors with steps.
        factors: usize,
    },
    /// A number that is not positive and finite, or far from what EvalMod is made for.
    #[error("{name} = {value:?} is not between {least:?} and {most:?}")]
    Number {
        /// Its field.
        name: &'static str,
        /// What is given.
        value: f64,
        /// The least.
        least: f64,
        /// The most.
        most: f64,
    },
    /// The chain is too short for the parts of a refresh.
    #[error("{found} primes, but a refresh of this shape takes {wanted} and leaves nothing below that")]
    Chain {
        /// Primes of Q.
        found: usize,
        /// The least.
        wanted: usize,
    },
    /// A prime of the chain has another size than its place asks for.
    #[error(
        "prime number {index} has {found:.1} bits, its place in the chain of a refresh asks for {wanted}"
    )]
    Prime {
        /// Its number, q_0 being 0.
        index: usize,
        /// Its size.
        found: f64,
        /// The size asked for.
        wanted: f64,
    },
    /// The sparse secret is not safe at this modulus.
    #[error(
        "a secret of weight {SPARSE_WEIGHT} under a modulus of {found:.0} bits: {} at degree 2^{log_n}",
        bound.map_or("no bound is known".to_owned(), |bound| format!("128 bits of security allow {bound:.0}"))
    )]
    Sparse {
        /// log2 of q_0·p_0.
        found: f64,
        /// log2 of the ring degree.
        log_n: u32,
        /// What is allowed.
        bound: Option<f64>,
    },
    /// The security claimed has no published bound for sparse secrets.
    #[error(
        "{0} bits of security are not claimed together with a refresh: bounds for sparse secrets are known for 128 bits only"
    )]
    Security(u32),
}

impl RefreshShape {
    /// How many of the special primes the keys at the bottom are modulo: as many as the largest digit there asks for.
    #[must_use]
    pub fn low_special(&self, params: &Params) -> usize {
        let width = params.digit_limbs.max(1) as usize;
        let low = &params.q[..params.q.len().min(self.bottom() + 1)];
        let digit = low.chunks(width).map(log2_product).fold(0.0, f64::max);
        (1..=params.p.len())
            .find(|&count| log2_product(&params.p[..count]) + 1.0 >= digit)
            .unwrap_or(params.p.len())
    }

    /// Refuses shapes that no tables can be made for under these parameters.
    ///
    /// # Errors
    /// The first property that does not hold.
    pub fn validate(&self, params: &Params) -> Result<(), RefreshError> {
        let (log_n, log_slots) = (params.log_n, self.log_slots);
        let most = match self.packing {
            Packing::Real | Packing::Pair => log_n - 1,
            Packing::SideBySide => log_n.saturating_sub(2),
        };
        if log_slots == 0 || log_slots > most {
            return Err(RefreshError::Slots { packing: self.packing, log_slots, log_n });
        }
        for (name, factors) in [("s2c", &self.s2c), ("c2s", &self.c2s)] {
            let found = factors.iter().map(|layers| u32::from(*layers)).sum();
            if found != log_slots || factors.contains(&0) {
                return Err(RefreshError::Layers { name, factors: factors.clone(), found, log_slots });
            }
        }
        let layers: Vec<u8> = self.s2c.iter().chain(self.c2s.iter().skip(1)).copied().collect();
        let fits =
            self.babies.len() == layers.len() && self.babies.iter().zip(&layers).all(|(b, l)| *b <= l + 1);
        if !fits || self.c2s.len() < 2 {
            return Err(RefreshError::Babies { found: self.babies.clone(), layers });
        }
        let (found, factors) = (&self.few_keys, self.c2s.len() - 1);
        if !found.is_empty() && (found.len() != factors || found.iter().any(|keys| *keys < 2)) {
            return Err(RefreshError::FewKeys { found: found.clone(), factors });
        }
        let numbers = [
            ("bound", self.bound, f64::MIN_POSITIVE, f64::MAX),
            ("ratio_log2", f64::from(self.ratio_log2), 6.0, 20.0),
            ("delta", self.delta, -1e-2, 1e-2),
        ];
        for (name, value, least, most) in numbers {
            if !(least..=most).contains(&value) {
                return Err(RefreshError::Number { name, value, least, most });
            }
        }
        let (found, wanted) = (params.q.len(), self.limbs());
        if found < wanted {
            return Err(RefreshError::Chain { found, wanted });
        }
        self.validate_primes(params)?;
        self.validate_security(params)
    }

    /// The sizes on which scales and the exactness of the raise rest.
    fn validate_primes(&self, params: &Params) -> Result<(), RefreshError> {
        let sine = self.sine_level(params.q.len() - 1);
        let places = self.sine_bits().into_iter().zip(sine + 1 - self.sine_limbs()..);
        let places = places.chain([(SINE_BITS, 0)]).chain([(SINE_BITS, params.q.len())]);
        for (wanted, index) in places {
            let prime = params.q.get(index).or(params.p.first()).copied().unwrap_or(2);
            let (found, wanted) = ((prime as f64).log2(), f64::from(wanted));
            if (found - wanted).abs() > 0.5 {
                return Err(RefreshError::Prime { index, found, wanted });
            }
        }
        Ok(())
    }

    /// Nothing under the sparse secret exists above q_0·p_0.
    fn validate_security(&self, params: &Params) -> Result<(), RefreshError> {
        match params.security {
            Security::Insecure => Ok(()),
            Security::Standard128 => {
                let found = log2_product(&params.q[..1]) + log2_product(&params.p[..params.p.len().min(1)]);
                let bound = max_log_q_sparse(params.log_n);
                let fits = bound.is_some_and(|bound| found <= bound);
                if fits { Ok(()) } else { Err(RefreshError::Sparse { found, log_n: params.log_n, bound }) }
            }
            other => Err(RefreshError::Security(other.bits().unwrap_or(0))),
        }
    }
}
