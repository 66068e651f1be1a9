//! What is wrong with data that a plan cannot train on.

use super::Delivered;
use hep_plan::Part;
use hep_plan::magnitude::apart;
use hep_plan::number::shown;
use hep_plan::plan::SourceName;
use hep_plan::server::Reg;
use std::fmt;

/// A value without room.
#[derive(Clone, Debug, PartialEq)]
pub struct NoRoom {
    /// The value.
    pub value: Reg,
    /// What the program calls it.
    pub name: SourceName,
    /// The part that it is in.
    pub part: Part,
    /// Its largest slot.
    pub largest: f64,
    /// The largest slot that its modulus has room for.
    pub room: f64,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SourceName { text, place } = &self.name;
        let what = if text.is_empty() { format!("value {}", self.value) } else { format!("`{text}`") };
        let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
        let when = self.part.when();
        if !self.largest.is_finite() {
            return write!(
                f,
                "training diverges on these data: {what}{place} is no finite number{when}; look at \
                 ⟨check PROGRAM⟩ with ⟨data = FILE⟩, the same ⟨rows⟩ and ⟨label⟩, which tries what helps"
            );
        }
        write!(
            f,
            "a value would outgrow its modulus on these data: {what}{place} reaches {}{when}, there is room for \
             {}; look at ⟨check PROGRAM⟩ with ⟨data = FILE⟩, the same ⟨rows⟩ and ⟨label⟩, which tries what helps",
            shown(self.largest),
            shown(self.room)
        )
    }
}

/// A result that would be less precise than promised.
#[derive(Clone, Debug, PartialEq)]
pub struct Imprecise {
    /// The result.
    pub delivered: Delivered,
    /// The fewest bits of a revealed tensor by root mean squares, as the compiler predicts them.
    pub predicted: f64,
}

impl fmt::Display for Imprecise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Delivered { name, reference, error, bits, promised } = &self.delivered;
        let (bits, promised) = apart(*bits, *promised);
        write!(
            f,
            "the result would be less precise than promised: an error of {} in `{name}` leaves {bits} bits of \
             {}, and {promised} are promised; look at ⟨check PROGRAM⟩ with ⟨data = FILE⟩, the same ⟨rows⟩ and \
             ⟨label⟩, which tries what helps",
            shown(*error),
            shown(*reference)
        )
    }
}
