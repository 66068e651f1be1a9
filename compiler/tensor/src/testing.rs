//! Programs for tests: the built-in logistic regression as a graph, and random training loops.

mod random;
mod rounding;

use super::build::Builder;
use super::graph::*;
use super::interpret::{InterpretError, Interpreter};
use crate::dag::NodeId;
use crate::source::Span;
use hep_plan::host::{Binary, HostOp, Reduction, Unary};
use hep_plan::plan::{DataSpec, LabelKind};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;

pub use random::random_program;

const S: Span = Span { start: 0, end: 0 };

pub fn dim(name: &str, size: usize) -> Dim {
    Dim { name: name.into(), size }
}

/// Numbers in −1 .. 1 that depend on the seed only.
pub fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    (0..count + 8).map(|_| next()).skip(8).collect()
}

/// Random data of the inputs' types.
pub fn data(program: &Program, seed: u64) -> BTreeMap<String, Tensor> {
    let mut data = BTreeMap::new();
    for id in program.graph.ids() {
        let node = program.graph.node(id);
        if let Op::Host(HostOp::Input(name)) = &node.op {
            let shape = node.ty.shape();
            let mut values = numbers(shape.iter().product(), seed + id.index() as u64);
            if let Values::Class { classes } = node.ty.values {
                values.iter_mut().for_each(|v| *v = (v.abs() * classes as f64).floor());
            }
            data.insert(name.clone(), Tensor::new(shape, values).unwrap());
        }
    }
    data
}

/// A builder with the operators of the language, which panics instead of returning errors.
#[derive(Default)]
pub struct Expr(pub Builder);

impl Expr {
    pub fn num(&mut self, x: f64) -> NodeId {
        self.0.constant(x, S)
    }
    pub fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.0.binary(Binary::Add, a, b, S).unwrap()
    }
    pub fn sub(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.0.binary(Binary::Sub, a, b, S).unwrap()
    }
    pub fn mul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.0.binary(Binary::Mul, a, b, S).unwrap()
    }
    pub fn div(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.0.binary(Binary::Div, a, b, S).unwrap()
    }
    pub fn matmul(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.0.matmul(a, b, S).unwrap()
    }
    pub fn t(&mut self, a: NodeId) -> NodeId {
        self.0.transpose(a, S).unwrap()
    }
    pub fn poly(&mut self, c: &[f64], a: NodeId) -> NodeId {
        self.0.polynomial(c.to_vec(), a, S).unwrap()
    }
    pub fn encrypt(&mut self, name: &str, a: NodeId) -> NodeId {
        self.0.encrypt(name, a, S).unwrap()
    }
    pub fn owner(&mut self, name: &str, dims: Vec<Dim>, values: Values) -> NodeId {
        self.0.input(name, Type { dims, place: Place::Owner, values, range: None }, S)
    }
    pub fn named(&mut self, name: &str, a: NodeId) -> NodeId {
        self.0.set_name(a, name);
        a
    }
}

/// What the sample programs have in common: data, encrypted inputs, two loop variables.
pub struct Frame {
    pub e: Expr,
    pub x: NodeId,
    pub y: NodeId,
    pub b: NodeId,
    pub w: NodeId,
    pub v: NodeId,
    pub t: NodeId,
    init: NodeId,
    dims: Vec<Dim>,
    iterations: u32,
}

impl Frame {
    pub fn new(n: usize, f: usize, c: usize, iterations: u32) -> Self {
        let mut e = Expr::default();
        let (dn, df, dd, dc) = (dim("n", n), dim("f", f), dim("d", f + 1), dim("c", c));
        let x0 = e.owner("X0", vec![dn.clone(), df.clone()], Values::Real);
        let y = e.owner("y", vec![dn.clone()], Values::Class { classes: c });
        let mean = e.0.reduce_over(Reduction::Mean, x0, "n", S).unwrap();
        let mean = e.named("mean(X0, over = n)", mean);
        let centered = e.sub(x0, mean);
        let a0 = e.0.bias(centered, dd.clone(), S).unwrap();
        let hot = e.0.one_hot(y, dc.clone(), S).unwrap();
        let x = e.encrypt("X", a0);
        let y = e.encrypt("Y", hot);
        let at = e.t(a0);
        let gram = e.matmul(at, a0);
        let size = e.0.unary(Unary::Abs, gram, S).unwrap();
        let rows = e.0.reduce(Reduction::Sum, size, 1, S).unwrap();
        let bound = e.0.polynomial(vec![1e-10, 0.25], rows, S).unwrap();
        let one = e.num(1.0);
        let inverse = e.div(one, bound);
        let b = e.encrypt("B", inverse);
        let shape = vec![dc.clone(), dd.clone()];
        let init = e.0.filled(0.0, shape.clone(), S);
        let ty = Type { dims: shape, place: Place::Secret, values: Values::Real, range: None };
        let w = e.0.carried(0, ty.clone(), S);
        let v = e.0.carried(1, ty, S);
        e.named("W", w);
        e.named("V", v);
        let t = e.0.iteration(S);
        Self { e, x, y, b, w, v, t, init, dims: vec![dn, df, dd, dc], iterations }
    }

    /// Closes the loop with the next values of W and V, reveals W, predicts `X @ W.T`.
    pub fn finish(mut self, w: NodeId, v: NodeId, checks: Vec<RangeCheck>) -> Program {
        let ty = self.e.0.ty(self.w).clone();
        let last = self.e.0.final_value(0, ty.clone(), S);
        let other = self.e.0.final_value(1, ty, S);
        let transposed = self.e.t(last);
        let predict = self.e.matmul(self.x, transposed);
        let variable = |name: &str, param, next| Carried { name: name.into(), init: self.init, param, next };
        Program {
            name: "sample".into(),
            train: Loop {
                iterations: self.iterations,
                carried: vec![variable("W", self.w, w), variable("V", self.v, v)],
            },
            graph: self.e.0.graph,
            reveals: vec![Reveal { name: "W".into(), node: last }, Reveal { name: "V".into(), node: other }],
            predict: Some(predict),
            data: DataSpec {
                features: "X0".into(),
                labels: "y".into(),
                rows: self.dims[0].size,
                columns: self.dims[1].size,
                label_kind: LabelKind::Classes(self.dims[3].size),
            },
            dims: self.dims,
            loss: None,
            checks,
            substitutions: vec![],
            hints: vec![],
            exact: false,
        }
    }
}

/// The polynomial put in place of the sigmoid.
pub const CUBIC: [f64; 4] = [0.5, 0.15, 0.0, -0.0015];

/// The first program of the language page.
pub fn quadratic_gradient(n: usize, f: usize, c: usize, iterations: u32) -> Program {
    let mut p = Frame::new(n, f, c, iterations);
    let e = &mut p.e;
    let vt = e.t(p.v);
    let z = e.matmul(p.x, vt);
    e.named("logits(V)", z);
    let unit = e.poly(&CUBIC, z);
    let delta = e.sub(unit, p.y);
    let across = e.t(delta);
    let g = e.matmul(across, p.x);
    e.named("G", g);
    let (one, rows) = (e.num(1.0), e.num(n as f64));
    let tn = e.mul(p.t, rows);
    let inverse = e.div(one, tn);
    let rate = e.add(one, inverse);
    let scaled = e.mul(rate, p.b);
    let step = e.mul(scaled, g);
    let m = e.sub(p.w, step);
    e.named("M", m);
    let etas = numbers(iterations as usize, 9);
    let eta =
        e.0.tensor(Tensor::new(vec![etas.len()], etas).unwrap(), vec![dim("T", iterations as usize)], S);
    let eta = e.0.element(eta.unwrap(), p.t, S).unwrap();
    let rest = e.sub(one, eta);
    let left = e.mul(rest, m);
    let right = e.mul(eta, p.v);
    let w = e.add(left, right);
    let check = RangeCheck {
        score: z,
        domain: (-8.0, 8.0),
        function: "sigmoid".into(),
        max_error: None,
        error_share: None,
        domain_span: S,
        use_span: S,
    };
    p.finish(w, m, vec![check])
}

/// Reveals and scores of a program.
pub fn outcome(program: &Program, data: &BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
    let result: Result<_, InterpretError> = (|| {
        let mut interpreter = Interpreter::new(program, data)?;
        for _ in 0..program.train.iterations {
            interpreter.step()?;
        }
        interpreter.finish()?;
        let mut results = interpreter.reveals()?;
        if let Some(scores) = program.predict.and_then(|p| interpreter.value(p)) {
            results.insert("scores".into(), scores.clone());
        }
        Ok(results)
    })();
    result.unwrap()
}

/// Where the reveals and scores of two programs differ by more than both may be off by rounding.
pub fn difference(before: &Program, after: &Program, seed: u64) -> Option<String> {
    let given = (data(before, seed), data(after, seed));
    let (expected, found) = (outcome(before, &given.0), outcome(after, &given.1));
    let bounds = (rounding::bounds(before, &given.0), rounding::bounds(after, &given.1));
    if !expected.keys().eq(found.keys()) {
        return Some(format!("{:?} became {:?}", expected.keys(), found.keys()));
    }
    for (name, value) in &expected {
        for (at, (a, b)) in value.data.iter().zip(&found[name].data).enumerate() {
            let bound = bounds.0[name].data[at] + bounds.1[name].data[at];
            // What overflows says nothing.
            let near = !bound.is_finite() || (a - b).abs() <= bound;
            if !near {
                return Some(format!("{name}: {a} became {b}, rounding explains {bound}"));
            }
        }
    }
    None
}

/// Asserts that a pass keeps the meaning, and makes a sound program.
pub fn assert_same_meaning(before: &Program, after: &Program, seed: u64) {
    if let Some(difference) = difference(before, after, seed) {
        panic!("{difference}");
    }
    let violations = super::verify::verify(after);
    assert!(violations.is_empty(), "{violations:?}");
}
