//! Measures sets one after the other.

use hep_circuits::{Phase, Refresh, RefreshKeys};
use hep_ckks::{Ciphertext, Context, Params, SecretKey, buffer, decrypt, encrypt_secret};
use hep_params::{Packing, RefreshShape, Security};
use hep_plan::cost::{CostTable, Work};
use hep_plan::refresh::{chain, key_bytes, work};
use hep_server::memory;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::errors::Errors;
use super::report::{LeftOut, Phases, RefreshFigures, RefreshReport};
use super::sets::RefreshSet;
use super::time::{Clock, Watch};
use crate::error::CalibrateError as Error;
use crate::measure::Yardstick;
use crate::{name, on};

/// Scale of operands times their bound: as fine as the primes at the bottom leave room for.
const OPERAND_BITS: i32 = 43;
/// Rotations that are timed after every refresh.
const ROTATIONS: usize = 5;
/// Memory that a refresh takes beside its keys, in ciphertexts modulo Q·P: of two vectors in all slots, the largest of all.
const BESIDE: u64 = POOL + TABLES;
/// Of that, the buffers that it works with, those that wait to be used again, and the diagonals. Two thirds are what it cannot do without.
const POOL: u64 = 25;
/// Of that, the tables of the transforms of the ring, and the process itself.
const TABLES: u64 = 2;

/// How refreshes are measured.
#[derive(Clone, Copy, Debug)]
pub struct RefreshOptions {
    /// Threads.
    pub threads: usize,
    /// Refreshes that are timed, half of them of random values: at least one.
    pub repetitions: usize,
    /// Bytes that the process may take, where it is less than what the machine has left.
    pub memory: Option<u64>,
}

/// Measures sets, in their order, and leaves out those that the memory does not suffice for. `tell` hears of every step that takes
/// long before it is done.
///
/// # Errors
/// A set that there are no parameters for, or a system without threads.
pub fn measure(
    sets: &[RefreshSet],
    options: RefreshOptions,
    tell: &mut (dyn FnMut(&str) + Send),
) -> Result<RefreshReport, Error> {
    let pool = on(options.threads)?;
    let machine = name(std::thread::available_parallelism().map_or(1, usize::from));
    let clock = pool.install(Clock::of_this_thread);
    let (threads, clock_name) = (options.threads, clock.name());
    let mut report =
        RefreshReport { machine, threads, clock: clock_name, sets: Vec::new(), left_out: Vec::new() };
    for group in sets.chunk_by(RefreshSet::shares_keys) {
        // Memory of the group before.
        buffer::trim(0);
        let params = chain(group[0].chain, group.iter().map(|set| set.shape.clone()).collect())?;
        let needed = needed_bytes(&group[0].shape, &params);
        let room = [memory::available_bytes(), options.memory].into_iter().flatten().min();
        match room.filter(|&room| room < needed) {
            Some(room) => report.left_out.extend(group.iter().map(|set| left_out(set, &params, room))),
            None => pool.install(|| {
                let mut bench = Bench::new(params, clock, options.repetitions)?;
                for set in group {
                    report.sets.push(bench.figures(set, tell)?);
                }
                Ok::<(), Error>(())
            })?,
        }
    }
    Ok(report)
}

/// Memory of the keys, and of a refresh beside them.
fn needed_bytes(shape: &RefreshShape, params: &Params) -> u64 {
    key_bytes(shape, params) + ciphertexts(BESIDE, params)
}

/// Bytes of so many ciphertexts modulo Q·P.
fn ciphertexts(count: u64, params: &Params) -> u64 {
    count * 2 * (params.q.len() + params.p.len()) as u64 * 8 * params.degree() as u64
}

fn left_out(set: &RefreshSet, params: &Params, available_bytes: u64) -> LeftOut {
    let level = set.shape.result_level(params.q.len() - 1);
    LeftOut {
        name: set.name,
        needed_bytes: needed_bytes(&set.shape, params),
        available_bytes,
        key_bytes: key_bytes(&set.shape, params),
        bits_left: bits_left(&set.shape, params, level),
    }
}

/// log2 of the modulus between the level of operands and another.
fn bits_left(shape: &RefreshShape, params: &Params, level: usize) -> f64 {
    let primes = params.q.iter().take(level + 1).skip(shape.bottom() + 1);
    primes.map(|&prime| (prime as f64).log2()).sum()
}

/// What sets with the same keys are measured with.
struct Bench {
    ctx: Context,
    secret: SecretKey,
    keys: Option<RefreshKeys>,
    rng: ChaCha20Rng,
    clock: Clock,
    repetitions: usize,
}

/// A refresh that was timed.
struct Run {
    wall: f64,
    seconds: f64,
    phases: Phases,
}

impl Bench {
    fn new(params: Params, clock: Clock, repetitions: usize) -> Result<Self, Error> {
        // Only a set on a small ring has no security.
        let insecure = params.security == Security::Insecure;
        let ctx = if insecure { Context::new_insecure(params)? } else { Context::new(params)? };
        // Keys that protect nothing: they only take the time that keys take.
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let secret = SecretKey::generate(&ctx, &mut rng);
        Ok(Self { ctx, secret, keys: None, rng, clock, repetitions: repetitions.max(1) })
    }

    fn figures(&mut self, set: &RefreshSet, tell: &mut dyn FnMut(&str)) -> Result<RefreshFigures, Error> {
        let (name, shape) = (set.name, &set.shape);
        tell(&format!("{name}: keys"));
        let scale = 2f64.powi(OPERAND_BITS) / shape.bound;
        let refresh = Refresh::new(&self.ctx, shape, scale)?;
        let keys = match self.keys.take() {
            Some(keys) => keys,
            None => RefreshKeys::generate(&self.ctx, &self.secret, &refresh, &mut self.rng)?,
        };
        tell(&format!("{name}: refreshes"));
        let (mut random, mut at_bound) = (Errors::default(), Errors::default());
        // The first is not timed: it takes its memory from the system. What that is shows before there is anything else.
        buffer::trim(0);
        let restarted = memory::restart_peak();
        // As in a run of a plan, nothing idle is kept beyond what was announced.
        let pool = ciphertexts(POOL, self.ctx.parameters()).saturating_sub(refresh.bytes() as u64);
        let _ceiling = buffer::Ceiling::above(pool as usize);
        let (_, level) = self.run(&refresh, &keys, Values::AtBound, &mut at_bound)?;
        let peak_bytes = memory::peak_resident_bytes().filter(|_| restarted);

        let yardstick = Yardstick::new(self.ctx.parameters().log_n)?;
        let (mut runs, mut rotation_seconds) = (Vec::new(), f64::INFINITY);
        for number in 0..self.repetitions {
            let (values, errors) = match number % 2 {
                0 => (Values::Random, &mut random),
                _ => (Values::AtBound, &mut at_bound),
            };
            runs.push(self.run(&refresh, &keys, values, errors)?.0);
            for _ in 0..ROTATIONS {
                let watch = Watch::start(self.clock);
                yardstick.rotate()?;
                rotation_seconds = rotation_seconds.min(watch.seconds());
            }
        }
        let key_bytes = keys.bytes_expanded() as u64;
        self.keys = Some(keys);

        runs.sort_by(|a, b| a.wall.total_cmp(&b.wall));
        let seconds = runs[runs.len() / 2].wall;
        runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        let fastest = &runs[0];
        let (random, at_bound) = (random.precision(), at_bound.precision());
        let params = self.ctx.parameters();
        Ok(RefreshFigures {
            name,
            ring_log2: params.log_n,
            security_bits: params.security.bits().unwrap_or(0),
            slots: shape.slots(),
            vectors: vectors(shape),
            seconds,
            least_seconds: fastest.seconds,
            rotation_seconds,
            rotations: fastest.seconds / rotation_seconds,
            phases: fastest.phases,
            predicted: predicted(shape, params, rotation_seconds),
            repetitions: runs.len(),
            precision: random.least(at_bound),
            random,
            at_bound,
            bits_left: bits_left(shape, params, level),
            key_bytes,
            table_bytes: refresh.bytes() as u64,
            peak_bytes,
        })
    }

    /// Refreshes some values, and says at which level they come out.
    fn run(
        &mut self,
        refresh: &Refresh,
        keys: &RefreshKeys,
        values: Values,
        errors: &mut Errors,
    ) -> Result<(Run, usize), Error> {
        let shape = refresh.shape();
        let drawn: Vec<Vec<f64>> = (0..vectors(shape)).map(|_| values.draw(shape, &mut self.rng)).collect();
        let encrypted: Vec<Ciphertext> =
            drawn.iter().map(|values| self.encrypt(refresh, values)).collect::<Result<_, _>>()?;
        let operands: Vec<&Ciphertext> = encrypted.iter().collect();
        let (watch, mut begins) = (Watch::start(self.clock), Vec::with_capacity(Phase::ALL.len()));
        let results = refresh.run(&self.ctx, keys, &operands, &mut |phase: Phase| {
            begins.push((phase, watch.seconds()));
            true
        })?;
        let run = Run { wall: watch.wall(), seconds: watch.seconds(), phases: Phases::default() };
        let run = Run { phases: phases(&begins, run.seconds), ..run };
        let wanted = if shape.packing == Packing::SideBySide { vec![drawn.concat()] } else { drawn };
        for (result, wanted) in results.iter().zip(&wanted) {
            errors.add(&self.ctx.decode(&decrypt(&self.ctx, &self.secret, result)?), wanted, shape.bound);
        }
        Ok((run, results.first().map_or(0, Ciphertext::level)))
    }

    fn encrypt(&mut self, refresh: &Refresh, values: &[f64]) -> Result<Ciphertext, Error> {
        let slots: Vec<f64> = values.iter().copied().cycle().take(self.ctx.slots()).collect();
        let plain = self.ctx.encode(&slots, refresh.operand_scale(), refresh.operand_level())?;
        Ok(encrypt_secret(&self.ctx, &self.secret, &plain, &mut self.rng)?)
    }
}

/// Real vectors in a refresh.
fn vectors(shape: &RefreshShape) -> usize {
    match shape.packing {
        Packing::Real => 1,
        Packing::Pair | Packing::SideBySide => 2,
    }
}

/// Seconds of every phase by the table that ships, for one thread of a machine on which the rotation takes so many.
fn predicted(shape: &RefreshShape, params: &Params, rotation_seconds: f64) -> Phases {
    let costs = CostTable::shipped().ring(params.log_n);
    let slower = rotation_seconds / costs.seconds(Yardstick::work(), 1);
    let seconds = |work: Work| costs.seconds(work, 1) * slower;
    let work = work(shape, params);
    Phases {
        slots_to_coeffs: seconds(work.slots_to_coeffs),
        raise: seconds(work.raise),
        coeffs_to_slots: seconds(work.coeffs_to_slots),
        trace: seconds(work.trace),
        eval_mod: seconds(work.eval_mod),
    }
}

/// Seconds of every phase from those that they begin at.
fn phases(begins: &[(Phase, f64)], end: f64) -> Phases {
    let mut phases = Phases::default();
    let ends = begins.iter().skip(1).map(|(_, at)| *at).chain([end]);
    for (&(phase, at), end) in begins.iter().zip(ends) {
        let seconds = match phase {
            Phase::SlotsToCoeffs => &mut phases.slots_to_coeffs,
            Phase::Raise => &mut phases.raise,
            Phase::CoeffsToSlots => &mut phases.coeffs_to_slots,
            Phase::Trace => &mut phases.trace,
            Phase::EvalMod => &mut phases.eval_mod,
        };
        *seconds += end - at;
    }
    phases
}

/// What is refreshed.
#[derive(Clone, Copy)]
enum Values {
    /// Anything in the bound.
    Random,
    /// The bound or its negative.
    AtBound,
}

impl Values {
    fn draw(self, shape: &RefreshShape, rng: &mut ChaCha20Rng) -> Vec<f64> {
        let mut one = || {
            let unit = rng.next_u64() as f64 / 2f64.powi(63) - 1.0;
            shape.bound * if matches!(self, Self::Random) { unit } else { unit.signum() }
        };
        (0..shape.slots()).map(|_| one()).collect()
    }
}
