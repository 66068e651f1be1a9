//! Plans whose loop is kept: one of sums that everything differs in between two runs, and one that refreshes.
//!
//! Their uploads are eight rows in two ciphertexts of four, and their state is four rows.

use super::{Builder, SLOTS, TOP, axis, layout};
use hep_plan::isa::{Half, Op};
use hep_plan::plan::CipherOutput;
use hep_plan::refresh::{Chain, chain, result_scale};
use hep_plan::server::{CarriedReg, Kind, Reg, Repeats, ValueInfo};
use hep_plan::tables::{PerRun, Table, TableId};
use hep_plan::{
    Constant, Level, Packing, Part, Plan, RefreshShape, Scale, SlotVector, params::Security, units::Factor,
};
use std::collections::BTreeMap;

const DELTA: f64 = (1u64 << 41) as f64;

/// A vector that differs from slot to slot.
fn ramp() -> SlotVector {
    SlotVector::new(&(0..SLOTS).map(|slot| 0.25 + (slot % 64) as f64 / 128.0).collect::<Vec<_>>())
}

impl Builder {
    fn table(&mut self, table: Table) -> TableId {
        self.server.tables.add(table)
    }

    fn numbers(&mut self, numbers: &[f64]) -> TableId {
        self.table(Table::Numbers(numbers.to_vec()))
    }

    /// A value whose scale differs from run to run: one of every so many.
    fn by_run(&mut self, op: Op<Reg>, ciphers: &[Reg], kind: Kind, level: Level, scales: &[f64]) -> Reg {
        let reg = self.push(op, ciphers, &[ValueInfo { kind, level, scale: Scale(scales[0]) }])[0];
        let table = self.numbers(scales);
        self.server.scales.insert(reg, table);
        reg
    }

    fn drop_to(&mut self, a: Reg, level: Level) -> Reg {
        let scale = self.info(a).scale.0;
        self.cipher(Op::DropLevel, &[a], 2, level, scale)
    }

    /// A plan with this loop of runs of one iteration, whose results are rows of the state.
    fn looping(mut self, runs: u32, carried: Vec<CarriedReg>, results: &[(&str, Reg)], top: Level) -> Plan {
        self.server.repeats = Some(Repeats { first: 2, runs, within: false, carried });
        let scale = self.info(0).scale;
        let mut plan = self.plan(results);
        plan.info.iterations = plan.server.iterations();
        let rows = |names: &[&str], extents: &[usize]| {
            let axes = [axis(4, 64), axis(4, 16)];
            layout(names, extents, axes[..extents.len()].to_vec())
        };
        for (input, extents) in plan.inputs.iter_mut().zip([&[8, 4][..], &[8]]) {
            input.layout = rows(&["n", "d"][..extents.len()], extents);
            (input.level, input.scale) = (top, scale);
        }
        for output in &mut plan.outputs {
            output.layout = rows(&["n", "d"], &[4, 4]);
        }
        plan
    }
}

/// Sums in a loop of so many runs after one iteration by itself. With x and y the uploads, of which run r has block r mod 2,
///
/// ```text
/// w = x₀, v = y₀/2         before it
/// u = x_r + y_r            in run r, with d = ½, 2, ½, … and e = ½, 1, ½, …
/// w, v = d·w + e·u + e·ramp, w
/// ```
///
/// It reveals w, v and v·w. All numbers are in scales, which come back every second run.
#[must_use]
pub fn looped_plan(runs: u32) -> Plan {
    let mut b = Builder::new();
    let (top, low, two) = (Level(TOP), Level(TOP - 1), Kind::Cipher { parts: 2 });
    let x = b.upload(0, 0.into(), top, DELTA);
    let (y0, y1) = (b.upload(1, 0.into(), top, DELTA), b.upload(1, 1.into(), top, DELTA));
    b.begin(1);
    let w0 = b.drop_to(x, low);
    let [y0, y1] = [y0, y1].map(|y| b.drop_to(y, low));
    let half = Op::SetScale(PerRun::Always(Factor::of(0.5)));
    let v0 = b.cipher(half, &[y0], 2, low, 2.0 * DELTA);
    b.begin(2);
    let decay = b.numbers(&[0.5, 2.0]);
    let rate = b.numbers(&[0.5, 1.0]);
    let block = b.table(Table::Positions(vec![0, 1]));
    let (even, odd) = ([DELTA, 2.0 * DELTA], [2.0 * DELTA, DELTA]);
    let w = b.by_run(Op::Carried { index: 0 }, &[], two, low, &even);
    let v = b.by_run(Op::Carried { index: 1 }, &[], two, low, &odd);
    let row = b.upload(0, PerRun::Table(block), top, DELTA);
    let row = b.drop_to(row, low);
    let chosen = b.like(Op::Select(PerRun::Table(block)), &[y0, y1]);
    let sum = b.like(Op::Add, &[row, chosen]);
    let part = b.by_run(Op::SetScale(PerRun::Table(rate)), &[sum], two, low, &odd);
    b.server.constants.push(Constant::Sum(vec![(ramp(), rate)]));
    let constant = b.server.constants.len() as u32 - 1;
    let step = b.by_run(Op::Encode { constant }, &[], Kind::Plain, low, &odd);
    let kept = b.by_run(Op::SetScale(PerRun::Table(decay)), &[w], two, low, &odd);
    let next = b.by_run(Op::Add, &[kept, part], two, low, &odd);
    let next = b.by_run(Op::AddPlain(step), &[next], two, low, &odd);
    // What nobody reads is computed, too.
    b.by_run(Op::Negate, &[v], two, low, &odd);
    b.server.parts.begin(Part::Epilogue, b.server.instrs.len());
    let last_w = b.by_run(Op::Final { index: 0 }, &[], two, low, &even);
    let last_v = b.by_run(Op::Final { index: 1 }, &[], two, low, &odd);
    let again = b.by_run(Op::Final { index: 0 }, &[], two, low, &even);
    let product = b.by_run(
        Op::SumMul,
        &[last_v, again],
        Kind::Cipher { parts: 3 },
        low,
        &[2.0 * DELTA * DELTA, 2.0 * DELTA * DELTA],
    );
    let prime = b.params.q[low.0 as usize] as f64;
    let down = Level(low.0 - 1);
    let scale = 2.0 * DELTA * DELTA / prime;
    let product = b.cipher(Op::RelinearizeRescale, &[product], 2, down, scale);
    let carried = vec![CarriedReg { init: w0, next }, CarriedReg { init: v0, next: w }];
    b.looping(runs, carried, &[("w", last_w), ("v", last_v), ("product", product)], top)
}

/// A loop of so many runs, after one iteration by itself, that refreshes its state: w = x₀ before it, and in run r
/// w = rate·ramp∘refresh(w) + x_(r mod 2), with a rate of 1, ¾, ½, 1, …
#[must_use]
pub fn refreshed_plan(runs: u32) -> Plan {
    let shape = RefreshShape::standard(8, Packing::Real).with_bound(4.0);
    let of = Chain { log_n: 10, levels: 1, bits: 45, special: 8, security: Security::Insecure };
    let mut b = Builder { params: chain(of, vec![shape.clone()]).unwrap(), server: Default::default() };
    let (bottom, two) = (Level(shape.bottom() as u32), Kind::Cipher { parts: 2 });
    let top = Level(shape.result_level(b.params.q.len() - 1) as u32);
    let x = b.upload(0, 0.into(), top, DELTA);
    b.begin(1);
    let w0 = b.drop_to(x, bottom);
    b.begin(2);
    let rate = b.numbers(&[1.0, 0.75, 0.5]);
    let block = b.table(Table::Positions(vec![0, 1]));
    let w = b.cipher(Op::Carried { index: 0 }, &[], 2, bottom, DELTA);
    let made = result_scale(&shape, &b.params);
    let refresh = Op::Refresh { shape: 0, results: vec![Half::Re] };
    let fresh = b.push(refresh, &[w], &[ValueInfo { kind: two, level: top, scale: made }])[0];
    b.server.constants.push(Constant::Sum(vec![(ramp(), rate)]));
    let constant = b.server.constants.len() as u32 - 1;
    let prime = b.params.q[top.0 as usize] as f64;
    let missing = Scale(DELTA * prime / made.0);
    let factor =
        b.push(Op::Encode { constant }, &[], &[ValueInfo { kind: Kind::Plain, level: top, scale: missing }])
            [0];
    let product = b.cipher(Op::SumMulPlain(vec![factor]), &[fresh], 2, top, DELTA * prime);
    let kept = b.rescale(product);
    let row = b.upload(0, PerRun::Table(block), top, DELTA);
    let row = b.drop_to(row, bottom);
    let next = b.like(Op::Add, &[kept, row]);
    b.server.parts.begin(Part::Epilogue, b.server.instrs.len());
    let last = b.cipher(Op::Final { index: 0 }, &[], 2, bottom, DELTA);
    let mut plan = b.looping(runs, vec![CarriedReg { init: w0, next }], &[("w", last)], top);
    for CipherOutput { precision_bits, deviation, .. } in &mut plan.outputs {
        (*precision_bits, *deviation) = (12.0, 2f64.powi(-15));
    }
    plan
}

/// What [`looped_plan`] (`false`) or [`refreshed_plan`] (`true`) has for w, and what w was before the last run, after so many runs on
/// slots of the uploads' blocks.
#[must_use]
pub fn looped_state(refreshes: bool, runs: u32, uploads: &BTreeMap<&str, Vec<Vec<f64>>>) -> [Vec<f64>; 2] {
    let (x, ramp) = (&uploads["x"], ramp().expand());
    let mut w = x[0].clone();
    let mut v: Vec<f64> = uploads["y"][0].iter().map(|y| y / 2.0).collect();
    for run in 0..runs as usize {
        let next = w.iter().enumerate().map(|(slot, w)| {
            if refreshes {
                return [1.0, 0.75, 0.5][run % 3] * ramp[slot] * w + x[run % 2][slot];
            }
            let (decay, rate) = [(0.5, 0.5), (2.0, 1.0)][run % 2];
            decay * w + rate * (x[run % 2][slot] + uploads["y"][run % 2][slot] + ramp[slot])
        });
        (w, v) = (next.collect(), w);
    }
    [w, v]
}
