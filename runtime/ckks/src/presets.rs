//! Parameter sets by name.

use hep_params::Params;

use crate::builder::ParamsBuilder;
use crate::parameters::ParameterError;

/// Parameter sets of at least 128 bits of security, by the depth of the products that they allow. Choose the least that suffices:
/// each takes more than twice the time and memory of the one before.
///
/// ```
/// use hep_ckks::{Context, Preset};
///
/// let ctx = Context::new(Preset::Depth6.parameters()?)?;
/// assert_eq!((ctx.slots(), ctx.max_level()), (8192, 6));
/// # Ok::<(), hep_ckks::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Six products after each other, 8192 slots (N = 2^14), scale 2^40: results up to 2^9, and errors of about 2^−22.
    Depth6,
    /// Fourteen products, 16384 slots (N = 2^15), scale 2^45: results up to 2^5.
    Depth14,
    /// Thirty products, 32768 slots (N = 2^16), scale 2^45: results up to 2^5.
    Depth30,
}

impl Preset {
    /// All, the smallest first.
    pub const ALL: [Self; 3] = [Self::Depth6, Self::Depth14, Self::Depth30];

    /// The parameters.
    ///
    /// # Errors
    /// None for these sets, which a test holds; the type is that of [`ParamsBuilder::build`].
    pub fn parameters(self) -> Result<Params, ParameterError> {
        self.builder().build()
    }

    /// The scale to encode with: the size of the primes that are divided by.
    pub fn scale(self) -> f64 {
        f64::from(self.scale_bits()).exp2()
    }

    /// The set as the start of one of your own.
    pub fn builder(self) -> ParamsBuilder {
        let builder = match self {
            Self::Depth6 => ParamsBuilder::new(14).depth(6),
            Self::Depth14 => ParamsBuilder::new(15).depth(14).first_bits(51).digit_limbs(3),
            Self::Depth30 => ParamsBuilder::new(16).depth(30).first_bits(51).digit_limbs(5),
        };
        builder.scale_bits(self.scale_bits())
    }

    fn scale_bits(self) -> u32 {
        match self {
            Self::Depth6 => 40,
            Self::Depth14 | Self::Depth30 => 45,
        }
    }
}
