//! The sparse secret of a refresh, and the two kinds of key that know it.
//!
//! Sparse-secret encapsulation (Bossuat, Troncoso-Pastoriza & Hubaux, ACNS 2022): a ciphertext is under a secret of few coefficients
//! only while its modulus is raised, where the multiples of q_0 that come with it are then small. Nothing under that secret exists above
//! the modulus q_0·p_0, where so sparse a secret is still safe.

use hep_params::refresh::SPARSE_WEIGHT;
use hep_ring::automorphism;
use hep_ring::{Buffer, sample};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::key::SecretKey;
use crate::context::{Context, Galois};
use crate::error::CkksError;
use crate::keys::{KeyForm, SwitchingKey, small_to_limb};

/// A ternary secret of weight [`SPARSE_WEIGHT`].
///
/// It lives as long as keys are made, and is overwritten with zeros then: there is no way to store it, and nothing can be encrypted
/// under it but the main secret, at level 0.
///
/// ```
/// fn moved<T: Send>() {}
/// moved::<hep_ckks::SparseSecret>();
/// ```
///
/// It is not copied, not shown, and not turned into bytes; a message is not encrypted under it, and no ciphertext is opened with it:
///
/// ```compile_fail,E0277
/// fn copied<T: Clone>() {}
/// copied::<hep_ckks::SparseSecret>();
/// ```
///
/// ```compile_fail,E0277
/// fn shown<T: std::fmt::Debug>() {}
/// shown::<hep_ckks::SparseSecret>();
/// ```
///
/// ```compile_fail,E0599
/// fn stored(sparse: &hep_ckks::SparseSecret) {
///     sparse.to_bytes();
/// }
/// ```
///
/// ```compile_fail,E0308
/// use hep_ckks::{Ciphertext, Context, SparseSecret, decrypt};
///
/// fn opened(ctx: &Context, sparse: &SparseSecret, ct: &Ciphertext) {
///     decrypt(ctx, sparse, ct).unwrap();
/// }
/// ```
pub struct SparseSecret {
    coefficients: Zeroizing<Vec<i8>>,
}

impl SparseSecret {
    /// Samples a new one.
    pub fn generate<R: CryptoRng + ?Sized>(ctx: &Context, rng: &mut R) -> Self {
        let weight = SPARSE_WEIGHT.min(ctx.degree());
        Self { coefficients: Zeroizing::new(sample::sparse(rng, ctx.degree(), weight)) }
    }
}

impl SwitchingKey {
    /// From the secret key to the sparse secret, modulo q_0·p_0: for ciphertexts at level 0.
    ///
    /// # Errors
    /// [`CkksError::OtherContext`] for a secret of another ring, or parameters without a refresh.
    pub fn to_sparse<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sk: &SecretKey,
        sparse: &SparseSecret,
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        let operation = "key to the sparse secret";
        super::switching::check(operation, ctx, sk, 0)?;
        has_refresh(operation, ctx)?;
        // q_0 and p_0 are all the primes that it is ever seen modulo as a target.
        let indices = [0, ctx.max_level() + 1];
        let target = indices.map(|index| {
            let mut limb = Zeroizing::new(Buffer::recycled(ctx.degree()));
            small_to_limb(ctx, &sparse.coefficients, index, &mut limb);
            limb
        });
        let limb = |index: usize| &target[usize::from(index != 0)][..];
        let source = |index: usize, out: &mut [u64]| out.copy_from_slice(sk.limb(index));
        Self::generate(ctx, &limb, &source, (KeyForm::Low { special: 1 }, 0), rng)
    }

    /// From the image of the sparse secret under an automorphism to the secret key, in one digit: for polynomials that are far smaller
    /// than the modulus that they are raised to.
    ///
    /// **Level:** the one that is raised to.
    ///
    /// # Errors
    /// [`CkksError::BadLevel`], or [`CkksError::OtherContext`] for a secret of another ring, or parameters without a refresh.
    pub fn from_sparse<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sparse: &SparseSecret,
        sk: &SecretKey,
        (galois, level): (Galois, usize),
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        let operation = "key from the sparse secret";
        super::switching::check(operation, ctx, sk, level)?;
        has_refresh(operation, ctx)?;
        let mut image = Zeroizing::new(vec![0; ctx.degree()]);
        automorphism::apply_to_signed(&sparse.coefficients, galois.element(), &mut image);
        let source = |index: usize, out: &mut [u64]| small_to_limb(ctx, &image, index, out);
        Self::generate(ctx, &|index| sk.limb(index), &source, (KeyForm::Whole, level), rng)
    }
}

/// Parameters that announce a refresh were checked for the sparse secret, too; others were not.
fn has_refresh(operation: &'static str, ctx: &Context) -> Result<(), CkksError> {
    if ctx.parameters().refresh.is_empty() { Err(CkksError::OtherContext { operation }) } else { Ok(()) }
}
