//! Seconds of the steps on some machine.

use super::work::Work;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use thiserror::Error;

/// Version of the table's format.
pub const VERSION: u32 = 1;

/// Rings that a table may have, as powers of two.
const RINGS: std::ops::RangeInclusive<u32> = 3..=17;

/// Seconds of every kind of step, per ring degree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostTable {
    /// Version of the format.
    pub version: u32,
    /// Where it was measured.
    pub machine: MachineName,
    /// Ring degrees in ascending order.
    pub rings: Vec<RingCosts>,
}

/// A machine, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineName {
    /// Processor.
    pub cpu: String,
    /// Instruction set of the kernels.
    pub isa: String,
    /// Cores.
    pub cores: usize,
}

/// Costs on one ring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RingCosts {
    /// log2 of the ring degree.
    pub log_n: u32,
    /// Seconds of a step on one thread.
    pub seconds: Units,
    /// Share of the time that more threads do not shorten.
    pub serial_share: f64,
    /// Relative difference between measurement and composition that nine operations in ten stay below.
    pub fit_error: f64,
}

/// Seconds of one step of each kind; the names are those of [`Work`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    /// A transform of a limb.
    pub transform: f64,
    /// One limb read for one limb written.
    pub conversion: f64,
    /// A limb of a digit times both halves of a key.
    pub key_product: f64,
    /// A product of two limbs, summed.
    pub product: f64,
    /// Adding, scaling or permuting a limb.
    pub pass: f64,
    /// A vector of slots to coefficients.
    pub encoding: f64,
}

/// Why a table is refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum CostTableError {
    /// No JSON of this shape.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A table of another version of hep.
    #[error("it has version {found}, this hep reads version {VERSION}")]
    Version {
        /// Version found.
        found: u64,
    },
    /// No ring, or rings out of order or out of range.
    #[error("its rings are {found:?}: expected ascending numbers from 3 to 17")]
    Rings {
        /// Rings found.
        found: Vec<u32>,
    },
    /// A number that is no cost.
    #[error("ring 2^{log_n} has {name} = {value}: expected {expected}")]
    Value {
        /// The ring.
        log_n: u32,
        /// Name of the number.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
}

impl Units {
    /// The units by name.
    #[must_use]
    pub fn named(&self) -> [(&'static str, f64); 6] {
        [
            ("transform", self.transform),
            ("conversion", self.conversion),
            ("key_product", self.key_product),
            ("product", self.product),
            ("pass", self.pass),
            ("encoding", self.encoding),
        ]
    }

    /// Seconds of some work.
    #[must_use]
    pub fn seconds(&self, work: Work) -> f64 {
        self.transform * work.transforms
            + self.conversion * work.conversions
            + self.key_product * work.key_products
            + self.product * work.products
            + self.pass * work.passes
            + self.encoding * work.encodings
    }
}

impl RingCosts {
    /// Seconds of some work on a number of threads.
    #[must_use]
    pub fn seconds(&self, work: Work, threads: usize) -> f64 {
        let shared = (1.0 - self.serial_share) / threads.max(1) as f64;
        self.seconds.seconds(work) * (self.serial_share + shared)
    }

    /// The same machine on another ring: steps grow with the degree, transforms also with its logarithm.
    fn scaled(self, log_n: u32) -> Self {
        let linear = (f64::from(log_n) - f64::from(self.log_n)).exp2();
        let layered = linear * f64::from(log_n) / f64::from(self.log_n);
        let s = self.seconds;
        let seconds = Units {
            transform: s.transform * layered,
            conversion: s.conversion * linear,
            key_product: s.key_product * linear,
            product: s.product * linear,
            pass: s.pass * linear,
            encoding: s.encoding * layered,
        };
        Self { log_n, seconds, ..self }
    }
}

impl CostTable {
    /// The table that ships with hep.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<CostTable> = LazyLock::new(|| {
            CostTable::from_json(include_str!("default.json")).expect("a test reads the shipped table")
        });
        &SHIPPED
    }

    /// Reads and checks a table.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn from_json(text: &str) -> Result<Self, CostTableError> {
        let damaged = |e: serde_json::Error| CostTableError::Damaged(e.to_string());
        // The version comes first: other versions may have other fields.
        let value: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(found) if found != u64::from(VERSION) => return Err(CostTableError::Version { found }),
            _ => {}
        }
        let table: Self = serde_json::from_value(value).map_err(damaged)?;
        table.validate()?;
        Ok(table)
    }

    /// The table as text.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Numbers and strings cannot fail.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// Digest that identifies the table.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        blake3::hash(self.to_json().as_bytes()).to_hex()[..32].to_string()
    }

    /// Checks what the composition relies on.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn validate(&self) -> Result<(), CostTableError> {
        let found: Vec<u32> = self.rings.iter().map(|ring| ring.log_n).collect();
        let ascending = found.windows(2).all(|pair| pair[0] < pair[1]);
        if found.is_empty() || !ascending || !found.iter().all(|ring| RINGS.contains(ring)) {
            return Err(CostTableError::Rings { found });
        }
        self.rings.iter().try_for_each(validate_ring)
    }

    /// Costs on a ring: those of the table, or of the nearest ring scaled.
    #[must_use]
    pub fn ring(&self, log_n: u32) -> RingCosts {
        let nearest = self.rings.iter().min_by_key(|ring| ring.log_n.abs_diff(log_n));
        // A table without rings is no table: validation refuses it.
        let nothing = RingCosts { log_n, seconds: Units::default(), serial_share: 0.0, fit_error: 0.0 };
        nearest.map_or(nothing, |ring| if ring.log_n == log_n { *ring } else { ring.scaled(log_n) })
    }
}

fn validate_ring(ring: &RingCosts) -> Result<(), CostTableError> {
    let refuse =
        |name, value, expected| Err(CostTableError::Value { log_n: ring.log_n, name, value, expected });
    for (name, value) in ring.seconds.named() {
        if !value.is_finite() || !(0.0..=60.0).contains(&value) {
            return refuse(name, value, "seconds between 0 and 60");
        }
    }
    if ring.seconds.transform == 0.0 {
        return refuse("transform", 0.0, "more than 0");
    }
    if !(0.0..=1.0).contains(&ring.serial_share) {
        return refuse("serial_share", ring.serial_share, "a share between 0 and 1");
    }
    if ring.fit_error.is_nan() || ring.fit_error < 0.0 {
        return refuse("fit_error", ring.fit_error, "a share");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_valid_and_is_read_back() {
        let table = CostTable::shipped();
        assert_eq!(table.validate(), Ok(()));
        assert_eq!(CostTable::from_json(&table.to_json()).as_ref(), Ok(table));
        assert_eq!(table.rings.iter().map(|ring| ring.log_n).collect::<Vec<_>>(), [12, 13, 14, 15, 16]);
    }

    #[test]
    fn damage_is_found() {
        let table = CostTable::shipped();
        let text = table.to_json();
        assert!(matches!(CostTable::from_json(&text[..60]), Err(CostTableError::Damaged(_))));
        assert!(matches!(CostTable::from_json("{}"), Err(CostTableError::Damaged(_))));
        let newer = text.replacen("\"version\": 1", "\"version\": 2", 1);
        assert_eq!(CostTable::from_json(&newer), Err(CostTableError::Version { found: 2 }));
        let mut broken = table.clone();
        broken.rings.swap(0, 1);
        assert!(matches!(broken.validate(), Err(CostTableError::Rings { .. })));
        let mut broken = table.clone();
        broken.rings[2].seconds.pass = f64::NAN;
        assert!(matches!(broken.validate(), Err(CostTableError::Value { log_n: 14, name: "pass", .. })));
        let mut broken = table.clone();
        broken.rings[0].seconds.transform = 0.0;
        assert!(matches!(broken.validate(), Err(CostTableError::Value { name: "transform", .. })));
        let mut broken = table.clone();
        broken.rings[0].serial_share = 1.5;
        assert!(broken.validate().is_err());
    }

    #[test]
    fn other_rings_are_scaled_from_the_nearest() {
        let table = CostTable::shipped();
        assert_eq!(table.ring(14), table.rings[2]);
        let (largest, larger) = (table.ring(16).seconds, table.ring(17).seconds);
        assert!((larger.pass / largest.pass - 2.0).abs() < 1e-12);
        assert!((larger.transform / largest.transform - 2.0 * 17.0 / 16.0).abs() < 1e-12);
        assert_eq!(table.ring(7).log_n, 7);
    }

    #[test]
    fn threads_shorten_all_but_the_serial_share() {
        let ring = RingCosts { serial_share: 0.25, ..CostTable::shipped().ring(14) };
        let work = Work { transforms: 8.0, ..Work::default() };
        assert!((ring.seconds(work, 2) / ring.seconds(work, 1) - 0.625).abs() < 1e-12);
    }
}
