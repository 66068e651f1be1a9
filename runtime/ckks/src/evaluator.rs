//! Computation on ciphertexts.

mod combination;
mod complex;
mod linear;
mod linear_transform;
mod product;
mod rescale;
mod rotate;
mod rotation_sums;
mod switch;

pub use combination::Combination;
pub use linear_transform::{Diagonal, LinearTransform};

use crate::ciphertext::Ciphertext;
use crate::context::Context;
use crate::encryption::{check_ciphertext, check_plaintext};
use crate::error::CkksError;
use crate::keys::EvaluationKeys;
use crate::plaintext::Plaintext;
use crate::poly::Poly;

/// Scales of summands may differ by this relative amount.
///
/// Scales are tracked exactly, so equal scales that were computed in different orders differ by a few 1e-16 only. A difference of
/// 1e-9 in scale is an error of 1e-9 relative to the message.
pub const SCALE_TOLERANCE: f64 = 1e-9;

/// Homomorphic operations, with the keys they need. Operands are never modified.
///
/// ```
/// use hep_ckks::{
///     Context, EvaluationKeys, Evaluator, ParamsBuilder, SecretKey, SwitchingKey, decrypt, encrypt_secret,
/// };
/// use rand_chacha::ChaCha20Rng;
/// use rand_core::SeedableRng;
///
/// // A ring that protects nothing, for a quick example.
/// let ctx = Context::new_insecure(ParamsBuilder::new(6).depth(2).build_insecure()?)?;
/// let mut rng = ChaCha20Rng::from_seed([1; 32]);
/// let secret = SecretKey::generate(&ctx, &mut rng);
/// let mut keys = EvaluationKeys::default();
/// keys.galois.insert(ctx.rotation(1), SwitchingKey::rotation(&ctx, &secret, 1, 2, &mut rng)?);
/// let ev = Evaluator::new(&ctx, &keys);
///
/// let scale = 2f64.powi(40);
/// let x = encrypt_secret(&ctx, &secret, &ctx.encode(&[1.0, 2.0, 3.0], scale, 2)?, &mut rng)?;
/// let half = ctx.encode(&vec![0.5; ctx.slots()], scale, 2)?;
/// let scaled = ev.rescale(&ev.sum_mul_plain(&[(&x, &half)])?)?;
/// let turned = ev.rotate(&scaled, 1)?;
/// assert_eq!(turned.level(), 1);
/// // Operands must have one level: nothing is dropped unasked.
/// assert!(ev.add(&x, &turned).is_err());
/// let sum = ev.add(&scaled, &turned)?;
/// let slots = ctx.decode(&decrypt(&ctx, &secret, &sum)?);
/// assert!(slots.iter().zip([1.5, 2.5, 1.5]).all(|(found, meant)| (found - meant).abs() < 1e-6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Evaluator<'a> {
    ctx: &'a Context,
    keys: &'a EvaluationKeys,
}

impl<'a> Evaluator<'a> {
    /// An evaluator for ciphertexts of `ctx`.
    pub fn new(ctx: &'a Context, keys: &'a EvaluationKeys) -> Self {
        Self { ctx, keys }
    }

    /// The context.
    pub fn context(&self) -> &'a Context {
        self.ctx
    }

    /// The keys.
    pub fn keys(&self) -> &'a EvaluationKeys {
        self.keys
    }

    pub(crate) fn check(&self, operation: &'static str, ciphertext: &Ciphertext) -> Result<(), CkksError> {
        check_ciphertext(operation, self.ctx, ciphertext)
    }

    fn check_plain(&self, operation: &'static str, plaintext: &Plaintext) -> Result<(), CkksError> {
        check_plaintext(operation, self.ctx, plaintext)
    }
}

pub(crate) fn same_level(operation: &'static str, left: usize, right: usize) -> Result<(), CkksError> {
    if left == right { Ok(()) } else { Err(CkksError::LevelMismatch { operation, left, right }) }
}

/// Refuses operands below `level`; those above lend their lower limbs.
fn reaches(operation: &'static str, level: usize, operand: usize) -> Result<(), CkksError> {
    if operand >= level { Ok(()) } else { same_level(operation, level, operand) }
}

fn same_scale(operation: &'static str, left: f64, right: f64) -> Result<(), CkksError> {
    let close = (left - right).abs() <= SCALE_TOLERANCE * left.abs().max(right.abs());
    if close { Ok(()) } else { Err(CkksError::ScaleMismatch { operation, left, right }) }
}

/// Both parts of a ciphertext that has two.
pub(crate) fn two_parts<'c>(operation: &'static str, a: &'c Ciphertext) -> Result<&'c [Poly; 2], CkksError> {
    let found = a.parts.len();
    <&[Poly; 2]>::try_from(&a.parts[..]).map_err(|_| CkksError::PartCount { operation, expected: "2", found })
}
