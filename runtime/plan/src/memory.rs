//! What a run takes of the memory of a machine: the whole process, from the plan alone.
//!
//! Values are counted by their lives when instructions run in order, each with what its operation takes beside them (`scratch`).
//! The executor keeps to that: what runs before its turn, and what its buffers keep for later, has an allowance, which is part of the
//! prediction where the limit has room for it.
#![warn(clippy::wildcard_enum_match_arm)]

mod lives;
mod scratch;
#[cfg(test)]
mod tests;

use crate::constant::Constant;
use crate::plan::Plan;
use crate::refresh;
use crate::tables::Table;

/// Threads that a plan's memory is predicted for unless told.
pub const THREADS: usize = 2;

/// A buffer may be larger than what it serves by this fraction of it: see the pool of the runtime.
pub const WASTE: u64 = 16;

/// Bytes of a process that has opened a plan and runs nothing: the program, its heap, its threads.
const PROCESS: u64 = 20 << 20;

/// Bytes of the heap that a thread takes beside what it encodes: its stack and what the allocator keeps for it.
const THREAD: u64 = 1 << 20;

/// Bytes of the heap that making keys, encrypting and decrypting take.
const OWNER: u64 = 12 << 20;

/// Bytes of the tables of a prime for each residue: two words in the plainest kernels, less in others.
const TABLE: u64 = 16;

/// Bytes of encoding for each residue: slots, their transform and coefficients, and as much that the heap keeps.
const ENCODING: u64 = 40;

/// Permutations that the runtime keeps.
const PERMUTATIONS: usize = 1024;

/// Most of the values that may be taken beyond them by what runs before its turn.
const AHEAD: u64 = 8;

/// The memory of a run, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The program, the tables of the parameters and the plan.
    pub process: u64,
    /// Evaluation keys, both halves: one may lie in a mapped file.
    pub keys: u64,
    /// Ciphertexts and encoded constants, with what operations take beside them.
    pub values: u64,
    /// What may be computed before its turn, where there is room.
    pub ahead: u64,
}

impl Memory {
    /// With nothing computed before its turn.
    #[must_use]
    pub fn least(&self) -> u64 {
        self.process + self.keys + self.values
    }

    /// The most that a run takes.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.least() + self.ahead
    }

    /// The same run that keeps to a limit; none if it cannot.
    #[must_use]
    pub fn within(self, limit: u64) -> Option<Self> {
        let room = limit.checked_sub(self.least())?;
        Some(Self { ahead: self.ahead.min(room), ..self })
    }
}

impl Plan {
    /// The memory of a run on so many threads.
    #[must_use]
    pub fn memory(&self, threads: usize) -> Memory {
        let threads = threads.max(1);
        let (values, largest) = self.values_at_once(threads);
        let others = (threads as u64 - 1).saturating_mul(largest);
        Memory {
            process: self.process_bytes(threads),
            keys: self.eval_key_memory(),
            values: wasted(values),
            ahead: wasted(others.min(values / AHEAD)),
        }
    }

    /// Bytes that the owner's side adds where one process has all roles: the secret and the public key, the half of each upload that
    /// is not uniform, the slots that it was made of, and what encrypting takes beyond the run.
    #[must_use]
    pub fn owner_bytes(&self) -> u64 {
        let primes = (self.params.q.len() + self.params.p.len()) as u64;
        let degree = self.params.degree() as u64;
        // Before the run there are whole ciphertexts.
        let slots = self.upload_ciphertexts() as u64 * degree * 4;
        let encrypting = self.upload_bytes().saturating_sub(self.memory(1).values);
        OWNER + 3 * primes * degree * 8 + self.upload_bytes() + slots + encrypting
    }

    /// The most that a run on so many threads takes, or less where the plan was made for less.
    #[must_use]
    pub fn peak_bytes(&self, threads: usize) -> u64 {
        let memory = self.memory(threads);
        let limited = self.info.memory.and_then(|limit| memory.within(limit));
        limited.unwrap_or(memory).peak()
    }

    /// Bytes that an instruction takes while it runs on so many threads: its results, and what it needs beside them.
    #[must_use]
    pub fn instr_bytes(&self, position: usize, threads: usize) -> InstrBytes {
        let Some(instr) = self.server.instrs.get(position) else { return InstrBytes::default() };
        let results = instr.outputs.iter().map(|&reg| self.value_bytes(reg)).sum();
        let running = scratch::running(self, instr, threads.max(1)).max(results);
        InstrBytes { results, running }
    }

    /// Bytes of a process that has opened the plan and runs nothing yet.
    #[must_use]
    pub fn opened_bytes(&self) -> u64 {
        let degree = self.params.degree() as u64;
        let primes = (self.params.q.len() + self.params.p.len()) as u64;
        // Roots of every prime, and one complex root for each slot.
        PROCESS + primes * degree * TABLE + degree * 8 + self.own_bytes()
    }

    fn process_bytes(&self, threads: usize) -> u64 {
        let degree = self.params.degree() as u64;
        let permutations = (self.server_keys().len() + 1).min(PERMUTATIONS) as u64;
        // Half a byte for each residue and permutation.
        let refreshes: u64 =
            self.refresh_shapes().map(|shape| refresh::table_bytes(shape, &self.params)).sum();
        self.opened_bytes()
            + refreshes
            + permutations * degree / 2
            + threads as u64 * (THREAD + ENCODING * degree)
    }

    /// Bytes of the plan itself, with the lists that a run makes of it.
    fn own_bytes(&self) -> u64 {
        let server = &self.server;
        let operands: usize = server.instrs.iter().map(|instr| instr.operands().len()).sum();
        let vectors = server.constants.iter().flat_map(Constant::vectors);
        let runs: usize = vectors.map(|vector| vector.runs().count()).sum();
        let entries: usize = server.tables.0.iter().map(Table::len).sum();
        let hosts = [&self.owner, &self.predict];
        let host: usize = hosts.iter().map(|program| program.nodes.len() * 256).sum();
        // Twice: it is encoded for its fingerprint.
        (2 * (server.instrs.len() * 256
            + operands * 32
            + server.values.len() * 96
            + runs * 16
            + entries * 8
            + host)) as u64
    }
}

/// Bytes of an instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstrBytes {
    /// Of its results.
    pub results: u64,
    /// While it runs, results included.
    pub running: u64,
}

/// With what buffers may have too much.
fn wasted(bytes: u64) -> u64 {
    bytes + bytes / WASTE
}
