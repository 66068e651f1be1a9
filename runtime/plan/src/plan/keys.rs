//! The keys of a server: those of single operations, and those of refreshes.

use super::Plan;
use crate::isa::{Key, Op};
use crate::refresh::{RefreshKey, shared_keys};
use crate::server::Instr;
use crate::units::{Level, Scale};
use hep_params::RefreshShape;
use std::fmt;
use std::str::FromStr;

/// A key of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerKey {
    /// Of operations.
    Operation(Key),
    /// Of refreshes.
    Refresh(RefreshKey),
}

/// What the names of keys of refreshes begin with.
const REFRESH: &str = "refresh/";

impl fmt::Display for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(key) => write!(f, "{key}"),
            Self::Refresh(key) => write!(f, "{REFRESH}{key}"),
        }
    }
}

impl FromStr for ServerKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.strip_prefix(REFRESH) {
            Some(rest) => rest.parse().map(Self::Refresh),
            None => text.parse().map(Self::Operation),
        }
    }
}

impl Plan {
    /// The scale of the operands of all refreshes of a shape, by its number; none of one that nothing uses. Of a valid plan only.
    #[must_use]
    pub fn refresh_operand_scale(&self, shape: u32) -> Option<Scale> {
        let of = |instr: &&Instr| matches!(instr.op, Op::Refresh { shape: found, .. } if found == shape);
        let instr = self.server.instrs.iter().find(of)?;
        Some(self.server.info(*instr.ciphers.first()?, 0)?.scale)
    }

    /// The shapes of the parameters that are used.
    pub fn refresh_shapes(&self) -> impl Iterator<Item = &RefreshShape> {
        let used = |(number, _): &(u32, &RefreshShape)| self.refresh_operand_scale(*number).is_some();
        (0..).zip(&self.params.refresh).filter(used).map(|(_, shape)| shape)
    }

    /// All keys of the server with their levels: those of operations, then those of refreshes.
    #[must_use]
    pub fn server_keys(&self) -> Vec<(ServerKey, Level)> {
        let operations = self.keys.iter().map(|(key, level)| (ServerKey::Operation(key), level));
        let refreshes = shared_keys(self.refresh_shapes(), &self.params);
        let refreshes =
            refreshes.into_iter().map(|(key, level)| (ServerKey::Refresh(key), Level(level as u32)));
        operations.chain(refreshes).collect()
    }

    /// Bytes of a key of the server for ciphertexts up to a level, both halves expanded.
    #[must_use]
    pub fn server_key_bytes(&self, key: ServerKey, level: Level) -> u64 {
        match (key, self.refresh_shapes().next()) {
            (ServerKey::Operation(_), _) => self.params.key_bytes(level),
            // Those at the bottom are alike for all shapes of a plan.
            (ServerKey::Refresh(key), Some(shape)) => key.bytes(level.0 as usize, shape, &self.params),
            (ServerKey::Refresh(_), None) => 0,
        }
    }

    /// Bytes of all evaluation keys at rest: the uniform half of each is a 32-byte seed.
    #[must_use]
    pub fn eval_key_bytes(&self) -> u64 {
        let keys = self.server_keys();
        keys.into_iter().map(|(key, level)| self.server_key_bytes(key, level) / 2 + 32).sum()
    }

    /// Bytes of all evaluation keys once expanded in memory.
    #[must_use]
    pub fn eval_key_memory(&self) -> u64 {
        self.server_keys().into_iter().map(|(key, level)| self.server_key_bytes(key, level)).sum()
    }
}
