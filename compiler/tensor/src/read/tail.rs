//! What is after the nodes.

use super::node::interval;
use crate::dag::NodeId;
use crate::graph::{Packing, PackingHint, RangeCheck};
use crate::source::Span;
use crate::substitution::{FitError, LabelUse, Substitution};
use hep_plan::reading::{Cursor, Lines, ReadError};

/// A score of the first `count` nodes that is checked.
pub(super) fn check(mut at: Cursor<'_>, count: usize) -> Result<RangeCheck, ReadError> {
    let score = NodeId(at.index("%", count)?);
    at.literal("in ")?;
    let domain = interval(&mut at)?;
    let mut figure = |name: &str| match at.take(name) {
        true => at.number("a number").map(Some),
        false => Ok(None),
    };
    let (max_error, error_share) = (figure(", error ")?, figure(", share ")?);
    at.literal("for ")?;
    let (function, span) = (at.rest().to_string(), Span::default());
    Ok(RangeCheck { score, domain, function, max_error, error_share, domain_span: span, use_span: span })
}

/// How tensors are to be packed.
pub(super) fn pack(mut at: Cursor<'_>) -> Result<PackingHint, ReadError> {
    let tensors = at.until_last(" by ")?.parts(", ").map(|tensor| tensor.rest().to_string()).collect();
    at.literal(" by ")?;
    let packing = Packing::ALL.into_iter().find(|packing| packing.name() == at.rest());
    let packing = packing.ok_or_else(|| at.error("a packing"))?;
    Ok(PackingHint { tensors, packing, span: Span::default() })
}

/// Polynomials for a function, on the next lines.
pub(super) fn polynomials(function: &str, lines: &mut Lines<'_>) -> Result<Substitution, ReadError> {
    let (function, mut polynomials, mut errors) = (function.to_string(), Vec::new(), Vec::new());
    let mut domain = None;
    if let Some(mut at) = lines.next_if("on ") {
        domain = Some(interval(&mut at)?);
        at.end()?;
    }
    let mut label = None;
    if let Some(mut at) = lines.next_if("label") {
        label = Some(LabelUse { additive: at.take("additive"), mirrored: at.take("mirrored") });
        at.end()?;
    }
    while let Some(mut at) = lines.next_if("by ") {
        polynomials.push(at.list("a coefficient")?);
        at.end()?;
    }
    while let Some(mut at) = lines.next_if("error ") {
        let max = at.number("a number")?;
        at.literal("at ")?;
        let place = at.number("a number")?;
        at.literal(", rms ")?;
        errors.push(FitError { max, at: place, rms: at.number("a number")? });
        at.end()?;
    }
    Ok(Substitution { function, polynomials, domain, errors, label })
}
