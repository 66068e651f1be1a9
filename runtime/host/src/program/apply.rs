//! The meaning of each host operation.

use super::contract::contract;
use super::random::normal;
use super::{Binary, HostError, HostOp, Reduction, Unary, factor};
use crate::tensor::{Tensor, for_each_index};

impl Unary {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Neg, Self::Abs, Self::Exp, Self::Log, Self::Sqrt, Self::Sigmoid, Self::Tanh];

    /// The function's value.
    #[must_use]
    pub fn of(self, x: f64) -> f64 {
        match self {
            Unary::Neg => -x,
            Unary::Abs => x.abs(),
            Unary::Exp => x.exp(),
            Unary::Log => x.ln(),
            Unary::Sqrt => x.sqrt(),
            // Written so that neither branch overflows.
            Unary::Sigmoid if x >= 0.0 => 1.0 / (1.0 + (-x).exp()),
            Unary::Sigmoid => x.exp() / (1.0 + x.exp()),
            Unary::Tanh => x.tanh(),
        }
    }

    /// Name in sources and printed graphs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unary::Neg => "neg",
            Unary::Abs => "abs",
            Unary::Exp => "exp",
            Unary::Log => "log",
            Unary::Sqrt => "sqrt",
            Unary::Sigmoid => "sigmoid",
            Unary::Tanh => "tanh",
        }
    }
}

impl Binary {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Add, Self::Sub, Self::Mul, Self::Div, Self::Pow, Self::Ratio];

    /// The function's value.
    #[must_use]
    pub fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div => a / b,
            Binary::Pow => a.powf(b),
            Binary::Ratio if b == 0.0 => 0.0,
            Binary::Ratio => a / b,
        }
    }

    /// Name in printed graphs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Binary::Add => "add",
            Binary::Sub => "sub",
            Binary::Mul => "mul",
            Binary::Div => "div",
            Binary::Pow => "pow",
            Binary::Ratio => "ratio",
        }
    }
}

impl HostOp {
    /// Applies the operation to its operands. [`HostOp::Input`] has no meaning here and is an error.
    ///
    /// # Errors
    /// Shapes or numbers of operands that do not fit; labels or indices out of range.
    pub fn apply(&self, operands: &[&Tensor]) -> Result<Tensor, HostError> {
        let misfit = || HostError::Shape {
            operation: self.name(),
            shapes: operands.iter().map(|t| format!("{:?}", t.shape)).collect::<Vec<_>>().join(" and "),
        };
        match (self, operands) {
            (HostOp::Input(name), _) => Err(HostError::MissingInput(name.clone())),
            (HostOp::Constant(value), []) => Ok(value.clone()),
            (HostOp::Unary(f), [x]) => Ok(map(x, |v| f.of(v))),
            (HostOp::Polynomial(coefficients), [x]) => {
                Ok(map(x, |v| coefficients.iter().rev().fold(0.0, |acc, c| acc * v + c)))
            }
            (HostOp::Binary { f, left, right, rank }, [a, b]) => {
                broadcast(*f, a, left, b, right, *rank).ok_or_else(misfit)
            }
            (HostOp::Contract { left, right, sum, out }, [a, b]) => {
                contract(a, left, b, right, *sum, out).ok_or_else(misfit)
            }
            (HostOp::Reduce { kind, axis }, [x]) if *axis < x.shape.len() => Ok(reduce(*kind, x, *axis)),
            (HostOp::Permute(order), [x]) if is_permutation(order, x.shape.len()) => Ok(x.permuted(order)),
            (HostOp::BiasColumn, [x]) => bias_column(x).ok_or_else(misfit),
            (HostOp::OneHot { classes }, [y]) if y.shape.len() == 1 => one_hot(y, *classes),
            (HostOp::Normal { seed, shape }, []) => Ok(normal(*seed, shape)),
            (HostOp::Element, [vector, index]) => element(vector, index).unwrap_or_else(|| Err(misfit())),
            (HostOp::Identity { size }, []) => Ok(factor::identity(*size)),
            (HostOp::Cholesky, [a]) => factor::cholesky(a).unwrap_or_else(|| Err(misfit())),
            (HostOp::Inverse, [a]) => factor::inverse(a).unwrap_or_else(|| Err(misfit())),
            _ => Err(misfit()),
        }
    }

    /// Name in printed graphs and messages.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            HostOp::Input(name) => format!("input {name}"),
            HostOp::Constant(value) => match value.as_scalar() {
                Some(number) if value.shape.is_empty() => format!("constant {number}"),
                _ => format!("constant{:?}", value.shape),
            },
            HostOp::Unary(f) => f.name().to_string(),
            HostOp::Binary { f, .. } => f.name().to_string(),
            HostOp::Contract { .. } => "contract".to_string(),
            HostOp::Reduce { kind: Reduction::Sum, axis } => format!("sum over axis {axis}"),
            HostOp::Reduce { kind: Reduction::Mean, axis } => format!("mean over axis {axis}"),
            HostOp::Permute(order) => format!("permute{order:?}"),
            HostOp::BiasColumn => "bias".to_string(),
            HostOp::OneHot { classes } => format!("one_hot {classes}"),
            HostOp::Normal { seed, shape } => format!("normal{shape:?} seed {seed}"),
            HostOp::Element => "element".to_string(),
            HostOp::Polynomial(coefficients) => {
                let terms: Vec<String> = coefficients.iter().map(ToString::to_string).collect();
                format!("polynomial [{}]", terms.join(", "))
            }
            HostOp::Identity { size } => format!("identity {size}"),
            HostOp::Cholesky => "cholesky".to_string(),
            HostOp::Inverse => "inverse".to_string(),
        }
    }
}

fn map(x: &Tensor, f: impl Fn(f64) -> f64) -> Tensor {
    Tensor { shape: x.shape.clone(), data: x.data.iter().map(|&v| f(v)).collect() }
}

fn is_permutation(order: &[usize], rank: usize) -> bool {
    order.len() == rank && (0..rank).all(|axis| order.contains(&axis))
}

fn broadcast(
    f: Binary,
    a: &Tensor,
    left: &[usize],
    b: &Tensor,
    right: &[usize],
    rank: usize,
) -> Option<Tensor> {
    if a.shape.len() != left.len() || b.shape.len() != right.len() {
        return None;
    }
    let mut shape: Vec<Option<usize>> = vec![None; rank];
    for (axis, &extent) in left.iter().zip(&a.shape).chain(right.iter().zip(&b.shape)) {
        let slot = shape.get_mut(*axis)?;
        if slot.is_some_and(|known| known != extent) {
            return None;
        }
        *slot = Some(extent);
    }
    let shape: Vec<usize> = shape.into_iter().collect::<Option<_>>()?;
    let steps = |tensor: &Tensor, axes: &[usize]| {
        let mut steps = vec![0; rank];
        for (stride, &axis) in tensor.strides().iter().zip(axes) {
            steps[axis] += stride;
        }
        steps
    };
    let (step_a, step_b) = (steps(a, left), steps(b, right));
    let mut data = Vec::with_capacity(shape.iter().product());
    // One function and two strides for a whole run along the last axis.
    let (outer, run) = match shape.split_last() {
        Some((last, outer)) => (outer, *last),
        None => (shape.as_slice(), 1),
    };
    let last = |steps: &[usize]| steps.last().copied().unwrap_or(0);
    let (along_a, along_b) = (last(&step_a), last(&step_b));
    for_each_index(outer, |index| {
        let at = |steps: &[usize]| index.iter().zip(steps).map(|(i, s)| i * s).sum::<usize>();
        let (a, b) = (&a.data[at(&step_a).min(a.data.len())..], &b.data[at(&step_b).min(b.data.len())..]);
        let pairs = (0..run).map(|i| (a[i * along_a], b[i * along_b]));
        match f {
            Binary::Add => data.extend(pairs.map(|(x, y)| x + y)),
            Binary::Sub => data.extend(pairs.map(|(x, y)| x - y)),
            Binary::Mul => data.extend(pairs.map(|(x, y)| x * y)),
            _ => data.extend(pairs.map(|(x, y)| f.of(x, y))),
        }
    });
    Some(Tensor { shape, data })
}

fn reduce(kind: Reduction, x: &Tensor, axis: usize) -> Tensor {
    let extent = x.shape[axis];
    let inner: usize = x.shape[axis + 1..].iter().product();
    let outer: usize = x.shape[..axis].iter().product();
    let mut shape = x.shape.clone();
    shape.remove(axis);
    let mut data = vec![0.0; outer * inner];
    for o in 0..outer {
        let sums = &mut data[o * inner..(o + 1) * inner];
        let rows = || x.data[o * extent * inner..(o + 1) * extent * inner].chunks_exact(inner.max(1));
        match (kind, rows().next()) {
            // Distances from the first number: a mean of equal numbers is that number, so that what is constant is seen
            // to be, and large numbers of small spread keep their digits.
            (Reduction::Mean, Some(first)) => {
                for row in rows() {
                    sums.iter_mut().zip(row).zip(first).for_each(|((sum, v), base)| *sum += v - base);
                }
                sums.iter_mut().zip(first).for_each(|(sum, base)| *sum = base + *sum / extent as f64);
            }
            _ => rows().for_each(|row| sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += v)),
        }
    }
    if kind == Reduction::Mean && extent == 0 {
        data.iter_mut().for_each(|v| *v = f64::NAN);
    }
    Tensor { shape, data }
}

fn bias_column(x: &Tensor) -> Option<Tensor> {
    let [rows, columns] = *x.shape.as_slice() else { return None };
    let mut data = Vec::with_capacity(rows * (columns + 1));
    for row in 0..rows {
        data.push(1.0);
        data.extend_from_slice(&x.data[row * columns..(row + 1) * columns]);
    }
    Some(Tensor { shape: vec![rows, columns + 1], data })
}

fn one_hot(y: &Tensor, classes: usize) -> Result<Tensor, HostError> {
    let mut out = Tensor::filled(vec![y.data.len(), classes], 0.0);
    for (row, &label) in y.data.iter().enumerate() {
        if label.fract() != 0.0 || label < 0.0 || label >= classes as f64 {
            return Err(HostError::Label { row, found: label, classes });
        }
        out.data[row * classes + label as usize] = 1.0;
    }
    Ok(out)
}

fn element(vector: &Tensor, index: &Tensor) -> Option<Result<Tensor, HostError>> {
    let index = index.as_scalar()?;
    if vector.shape.len() != 1 {
        return None;
    }
    let len = vector.data.len();
    if index.fract() != 0.0 || index < 1.0 || index > len as f64 {
        return Some(Err(HostError::Index { index, len }));
    }
    Some(Ok(Tensor::scalar(vector.data[index as usize - 1])))
}
