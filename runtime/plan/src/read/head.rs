//! What a plan's text begins with.

use crate::params::{Params, Security};
use crate::plan::{DataSpec, LabelKind, ProgramInfo, ValueNames};
use crate::ranges::DeclaredRange;
use crate::reading::{Cursor, Lines, MAX_ITERATIONS, ReadError};
use hep_params::{Packing, RefreshShape};

/// The format and what the plan is of.
pub fn info(lines: &mut Lines<'_>) -> Result<(u32, ProgramInfo), ReadError> {
    let mut at = lines.line("`plan`")?;
    at.literal("plan ")?;
    let name = at.until_last(" : ")?.rest().to_string();
    at.literal(" : ")?;
    at.literal("format ")?;
    let format = at.number("a number")?;
    at.literal(", ")?;
    let iterations = at.index("", MAX_ITERATIONS as usize)?;
    at.literal("iterations")?;
    let dims = at.all(|at| {
        let name = at.word("a dimension")?.to_string();
        at.literal("=")?;
        Ok((name, at.number("a size")?))
    })?;
    let memory = match lines.next_if("memory ") {
        Some(mut at) => Some(at.number("bytes").and_then(|bytes| at.end().map(|()| bytes))?),
        None => None,
    };
    let diverges = lines.next_if("diverges ").map(|at| at.rest().to_string());
    let values = ValueNames::default();
    Ok((format, ProgramInfo { name, dims, iterations, diverges, memory, values }))
}

/// The parameters. Sizes in bits are shown, and follow from the primes.
pub fn params(lines: &mut Lines<'_>) -> Result<Params, ReadError> {
    let mut at = lines.line("`params`")?;
    at.literal("params ")?;
    let here = at;
    let claim = at.word("a security")?;
    let all = [Security::Insecure].into_iter().chain(Security::CLAIMS);
    let security = all.into_iter().find(|security| format!("{security:?}") == claim);
    let security = security.ok_or_else(|| here.error("a security"))?;
    at.literal("N=2^")?;
    let here = at;
    let log_n: u32 = at.number("a ring")?;
    if !(3..=17).contains(&log_n) {
        return Err(here.error("a ring from 3 to 17"));
    }
    for name in ["log2(Q)=", "log2(QP)="] {
        at.literal(name)?;
        at.word("bits")?;
    }
    at.literal("digit_limbs=")?;
    let digit_limbs = at.number("a number of primes")?;
    at.literal("fingerprint=")?;
    let primes = |lines: &mut Lines<'_>, name: &str| {
        let mut at = lines.line(format!("`{name}`"))?;
        at.literal(name)?;
        let primes = at.list("a prime")?;
        at.end().map(|()| primes)
    };
    let params = Params {
        log_n,
        q: primes(lines, "q")?,
        p: primes(lines, "p")?,
        digit_limbs,
        security,
        refresh: refreshes(lines)?,
    };
    if params.q.is_empty() || at.rest() != params.fingerprint() {
        return Err(at.error("the fingerprint of the primes below"));
    }
    Ok(params)
}

fn refreshes(lines: &mut Lines<'_>) -> Result<Vec<RefreshShape>, ReadError> {
    let mut all = Vec::new();
    while let Some(mut at) = lines.next_if("refresh ") {
        let here = at;
        let name = at.word("a packing")?;
        let packings = [Packing::Real, Packing::Pair, Packing::SideBySide];
        let packing = packings.into_iter().find(|packing| packing.to_string() == name);
        let packing = packing.ok_or_else(|| here.error("real, pair or side-by-side"))?;
        at.literal("slots 2^")?;
        let log_slots = at.number("a number of bits")?;
        let mut layers = |name: &str| {
            at.literal(name)?;
            at.list("a number of layers")
        };
        let (s2c, c2s, babies) = (layers("s2c")?, layers("c2s")?, layers("babies")?);
        at.literal("bound")?;
        let bound = at.number("a number")?;
        at.literal("ratio 2^")?;
        let ratio_log2 = at.number("a number of bits")?;
        at.literal("delta")?;
        let delta = at.number("a number")?;
        let few_keys = if at.take("few_keys") { at.list("a number of keys")? } else { Vec::new() };
        let wide_square = at.take("wide_square");
        at.end()?;
        all.push(RefreshShape {
            log_slots,
            s2c,
            c2s,
            babies,
            packing,
            bound,
            ratio_log2,
            delta,
            few_keys,
            wide_square,
        });
    }
    Ok(all)
}

impl DataSpec {
    /// What its text says.
    ///
    /// # Errors
    /// Where there is none.
    pub fn read(at: &mut Cursor<'_>) -> Result<Self, ReadError> {
        let features = at.word("features")?.to_string();
        let here = *at;
        let [rows, columns] = at.list("a number")?[..] else { return Err(here.error("rows and columns")) };
        let labels = at.word("labels")?.to_string();
        at.literal("[")?;
        let here = *at;
        let label_kind = match at.word("a kind of labels")? {
            "real" => LabelKind::Real,
            "binary" => LabelKind::Binary,
            count => {
                at.literal("classes")?;
                LabelKind::Classes(count.parse().map_err(|_| here.error("a number of classes"))?)
            }
        };
        at.literal("]")?;
        at.end()?;
        Ok(Self { features, labels, rows, columns, label_kind })
    }
}

/// Bits that are promised, whether sizes are measured, and whether scales are balanced.
pub fn promise(at: &mut Cursor<'_>) -> Result<(f64, bool, bool), ReadError> {
    at.literal("promise ")?;
    let bits = at.finite("bits")?;
    at.literal("bits")?;
    let (measured, balanced) = (at.take(", measured"), at.take(", balanced"));
    at.end()?;
    Ok((bits, measured, balanced))
}

/// A declared range after the word.
pub fn range(at: &mut Cursor<'_>) -> Result<DeclaredRange, ReadError> {
    let mut before = at.until_last(" .. ")?;
    at.literal(" .. ")?;
    let name = before.until_last(" ")?.rest().to_string();
    before.literal(" ")?;
    let (lo, hi) = (before.number("a number")?, at.number("a number")?);
    before.end()?;
    at.end()?;
    Ok(DeclaredRange { name, lo, hi })
}
