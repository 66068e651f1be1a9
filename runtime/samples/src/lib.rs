//! Small plans written by hand, and data for them, for tests. Their parameters protect nothing.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

mod loops;

pub use loops::{looped_plan, looped_state, refreshed_plan};

use hep_plan::host::{HostOp, HostProgram, Reduction};
use hep_plan::isa::Op;
use hep_plan::layout::{Axis, Digit, Layout};
use hep_plan::params::Security;
use hep_plan::plan::*;
use hep_plan::primes::nearest;
use hep_plan::ranges::DeclaredRange;
use hep_plan::server::{Instr, Kind, Reg, Server, ValueInfo};
use hep_plan::tables::PerRun;
use hep_plan::{Level, Params, Part, Plan, Scale, SlotVector, Step, Tensor};
use std::collections::{BTreeMap, BTreeSet};

const SLOTS: usize = 512;
const TOP: u32 = 4;
const DELTA: f64 = (1u64 << 40) as f64;

fn params() -> Params {
    let mut q = nearest(50, 10, 1, &[]).unwrap();
    q.extend(nearest(40, 10, TOP as usize, &q).unwrap());
    let p = nearest(50, 10, 2, &q).unwrap();
    Params { log_n: 10, q, p, digit_limbs: 2, security: Security::Insecure, refresh: Vec::new() }
}

fn axis(extent: usize, stride: usize) -> Axis {
    Axis { home: Digit { stride, extent }, per_block: extent }
}

/// Copies wherever no axis has its home.
fn layout(names: &[&str], shape: &[usize], axes: Vec<Axis>) -> Layout {
    let names = names.iter().map(ToString::to_string).collect();
    Layout { names, shape: shape.to_vec(), slots: SLOTS, axes, hollow: 0, turns: None }
}

/// Writes instructions and keeps track of levels, scales and keys.
struct Builder {
    params: Params,
    server: Server,
}

impl Builder {
    fn new() -> Self {
        let params = params();
        Self { params, server: Server::default() }
    }

    fn begin(&mut self, iteration: u32) {
        self.server.parts.begin(Part::Iteration(iteration), self.server.instrs.len());
    }

    fn info(&self, reg: Reg) -> ValueInfo {
        self.server.values[reg as usize]
    }

    fn push(&mut self, op: Op<Reg>, ciphers: &[Reg], results: &[ValueInfo]) -> Vec<Reg> {
        let first = self.server.values.len() as u32;
        let outputs: Vec<Reg> = (first..first + results.len() as u32).collect();
        self.server.values.extend_from_slice(results);
        self.server.instrs.push(Instr { op, ciphers: ciphers.to_vec(), outputs: outputs.clone() });
        outputs
    }

    fn cipher(&mut self, op: Op<Reg>, ciphers: &[Reg], parts: u8, level: Level, scale: f64) -> Reg {
        self.push(op, ciphers, &[ValueInfo { kind: Kind::Cipher { parts }, level, scale: Scale(scale) }])[0]
    }

    fn input(&mut self, input: u32) -> Reg {
        self.upload(input, 0.into(), Level(TOP), DELTA)
    }

    fn upload(&mut self, input: u32, block: PerRun<u32>, level: Level, scale: f64) -> Reg {
        self.cipher(Op::Input { input, block }, &[], 2, level, scale)
    }

    fn like(&mut self, op: Op<Reg>, ciphers: &[Reg]) -> Reg {
        let info = self.info(ciphers[0]);
        self.push(op, ciphers, &[info])[0]
    }

    /// A constant for sums with `with` (its scale) or for products (the scale of the prime that will be dropped).
    fn constant(&mut self, values: &[f64], with: Reg, product: bool) -> Reg {
        let info = self.info(with);
        let prime = self.params.q[info.level.0 as usize] as f64;
        let scale = if product { Scale(prime) } else { info.scale };
        self.server.constants.push(SlotVector::new(values).into());
        let constant = self.server.constants.len() as u32 - 1;
        self.push(Op::Encode { constant }, &[], &[ValueInfo { kind: Kind::Plain, level: info.level, scale }])
            [0]
    }

    fn rescale(&mut self, a: Reg) -> Reg {
        let info = self.info(a);
        let Kind::Cipher { parts } = info.kind else { unreachable!() };
        let scale = info.scale.0 / self.params.q[info.level.0 as usize] as f64;
        self.cipher(Op::Rescale, &[a], parts, Level(info.level.0 - 1), scale)
    }

    /// Product, relinearized and rescaled in one.
    fn product(&mut self, terms: Vec<(Reg, Reg)>) -> Reg {
        let product = self.raw_product(terms);
        let info = self.info(product);
        let scale = info.scale.0 / self.params.q[info.level.0 as usize] as f64;
        self.cipher(Op::RelinearizeRescale, &[product], 2, Level(info.level.0 - 1), scale)
    }

    /// Product, relinearized, then rescaled.
    fn product_in_steps(&mut self, terms: Vec<(Reg, Reg)>) -> Reg {
        let product = self.raw_product(terms);
        let info = self.info(product);
        let two = self.cipher(Op::Relinearize, &[product], 2, info.level, info.scale.0);
        self.rescale(two)
    }

    fn raw_product(&mut self, terms: Vec<(Reg, Reg)>) -> Reg {
        let (a, b) = (self.info(terms[0].0), self.info(terms[0].1));
        let level = a.level.min(b.level);
        let operands: Vec<Reg> = terms.into_iter().flat_map(|(a, b)| [a, b]).collect();
        self.cipher(Op::SumMul, &operands, 3, level, a.scale.0 * b.scale.0)
    }

    fn scaled(&mut self, a: Reg, by: &[f64]) -> Reg {
        let plain = self.constant(by, a, true);
        let (info, scale) = (self.info(a), self.info(plain).scale.0);
        let product = self.cipher(Op::SumMulPlain(vec![plain]), &[a], 2, info.level, info.scale.0 * scale);
        self.rescale(product)
    }

    fn rotate(&mut self, source: Reg, steps: &[u32]) -> Vec<Reg> {
        let info = self.info(source);
        let op = Op::Rotate(steps.iter().map(|s| Step(*s)).collect());
        self.push(op, &[source], &vec![info; steps.len()])
    }

    /// A plan for 8 rows of 4 features with the given results, each one vector of 4 numbers, one per feature.
    fn plan(mut self, results: &[(&str, Reg)]) -> Plan {
        self.server.parts.begin(Part::Epilogue, self.server.instrs.len());
        let input = |name: &str, layout| CipherInput {
            name: name.into(),
            layout,
            level: Level(TOP),
            scale: Scale(DELTA),
            usual: 0,
            units: vec![],
        };
        let x = layout(&["n", "d"], &[8, 4], vec![axis(8, 64), axis(4, 16)]);
        let y = layout(&["n"], &[8], vec![axis(8, 64)]);
        let w = layout(&["d"], &[4], vec![axis(4, 16)]);
        let mut owner = HostProgram::default();
        let (rx, ry) =
            (owner.push(HostOp::Input("x".into()), vec![]), owner.push(HostOp::Input("y".into()), vec![]));
        let mean = owner.push(HostOp::Reduce { kind: Reduction::Mean, axis: 0 }, vec![rx]);
        owner.outputs = vec![("x".into(), rx), ("y".into(), ry), ("mean".into(), mean)];
        let output = |(name, reg): &(&str, Reg)| CipherOutput {
            name: name.to_string(),
            layout: w.clone(),
            values: vec![*reg],
            precision_bits: 18.3,
            units: vec![],
            // Three or four times what a division by a prime leaves.
            deviation: 16.0 * self.params.least_deviation(self.server.values[*reg as usize].scale.0),
        };
        let outputs = results.iter().map(output).collect();
        let keys = KeySet::of(&self.server);
        let iterations = self.server.parts.iterations();
        Plan {
            format: FORMAT_VERSION,
            params: self.params,
            data: DataSpec {
                features: "x".into(),
                labels: "y".into(),
                rows: 8,
                columns: 4,
                label_kind: LabelKind::Binary,
            },
            ranges: vec![DeclaredRange { name: "y".into(), lo: 0.0, hi: 1.0 }],
            owner,
            state: vec!["mean".into()],
            inputs: vec![input("x", x), input("y", y)],
            server: self.server,
            outputs,
            keys,
            promised_bits: 0.0,
            measured: false,
            balanced: false,
            predict: HostProgram::default(),
            info: ProgramInfo {
                name: "small".into(),
                dims: vec![("n".into(), 8)],
                iterations,
                values: ValueNames::default(),
                diverges: None,
                memory: None,
            },
        }
    }
}

/// `w_d = Σ_n x_nd·y_n`, with every kind of instruction on the way.
#[must_use]
pub fn small_plan() -> Plan {
    let mut b = Builder::new();
    let (x, y) = (b.input(0), b.input(1));
    let products = b.product(vec![(x, y)]);
    b.begin(1);
    let steps: Vec<u32> = (1..8).map(|n| n * 64).collect();
    let mut sum = products;
    for turned in b.rotate(products, &steps) {
        sum = b.like(Op::Add, &[sum, turned]);
    }
    b.begin(2);
    let ramp: Vec<f64> = (0..SLOTS).map(|s| 0.5 + (s % 64) as f64 / 64.0).collect();
    let scaled = b.scaled(sum, &ramp);
    let one = b.constant(&[1.0; SLOTS], scaled, false);
    let shifted = b.like(Op::AddPlain(one), &[scaled]);
    let two = b.constant(&[2.0; SLOTS], shifted, false);
    let negative = b.like(Op::SubPlain(two), &[shifted]);
    let positive = b.like(Op::Negate, &[negative]);
    let square = b.product_in_steps(vec![(negative, positive), (shifted, shifted)]);
    let level = b.info(square).level;
    let low_scale = b.info(scaled).scale.0;
    let low = b.cipher(Op::DropLevel, &[scaled], 2, level, low_scale);
    let half = b.rotate(low, &[64])[0];
    let half = b.like(Op::Conjugate, &[half]);
    let gradient = b.like(Op::Sub, &[low, half]);
    b.plan(&[("w", square), ("zero", gradient), ("w_again", square)])
}

/// A program of random instructions, wide enough to keep threads busy.
#[must_use]
pub fn random_plan(seed: u64) -> Plan {
    let mut state = seed;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut b = Builder::new();
    let mut known = vec![b.input(0), b.input(1)];
    for step in 0..40 {
        if [11, 26].contains(&step) {
            b.begin(1 + u32::from(step > 25));
        }
        let a = known[next(known.len())];
        let level = b.info(a).level;
        let same: BTreeSet<Reg> = known
            .iter()
            .copied()
            .filter(|r| {
                let (x, y) = (b.info(*r), b.info(a));
                x.level == y.level && (x.scale.0 / y.scale.0 - 1.0).abs() < 1e-10
            })
            .collect();
        let other = *same.iter().nth(next(same.len())).unwrap();
        match next(6) {
            // Of any level: the upper primes of the other are ignored.
            0 if level.0 > 1 => {
                let higher: Vec<Reg> = known.iter().copied().filter(|r| b.info(*r).level >= level).collect();
                known.push(b.product(vec![(a, higher[next(higher.len())])]));
            }
            1 if level.0 > 1 => {
                known.push(b.scaled(a, &(0..SLOTS).map(|s| (s % 5) as f64 / 8.0 - 0.25).collect::<Vec<_>>()))
            }
            2 => {
                let steps: Vec<u32> = (0..1 + next(3)).map(|k| 16 << k).collect();
                known.extend(b.rotate(a, &steps));
            }
            3 => {
                // Twice, because a value minus itself is a zero without noise, which decryption refuses.
                let twice = b.like(Op::Add, &[other, other]);
                known.push(b.like(Op::Sub, &[a, twice]));
            }
            4 => {
                let half = b.constant(&[0.5; SLOTS], a, false);
                known.push(b.like(Op::AddPlain(half), &[a]));
            }
            _ => known.push(b.like(Op::Negate, &[a])),
        }
    }
    let results: Vec<(String, Reg)> = known.iter().rev().take(5).map(|r| (format!("r{r}"), *r)).collect();
    let named: Vec<(&str, Reg)> = results.iter().map(|(n, r)| (n.as_str(), *r)).collect();
    b.plan(&named)
}

/// Raw data for these plans: eight rows of four features, and labels.
#[must_use]
pub fn data() -> BTreeMap<String, Tensor> {
    let x = (0..32).map(|i| f64::from(i % 7) / 8.0 - 0.4).collect();
    let y = (0..8).map(|i| f64::from(i % 2)).collect();
    [("x", Tensor::new(vec![8, 4], x)), ("y", Tensor::new(vec![8], y))]
        .into_iter()
        .map(|(name, tensor)| (name.to_string(), tensor.unwrap()))
        .collect()
}
