//! Typing rules of the builder.

use super::*;
use hep_plan::host::{Binary, Reduction, Unary};

fn dim(name: &str, size: usize) -> Dim {
    Dim { name: name.into(), size }
}

fn owner(b: &mut Builder, name: &str, dims: &[(&str, usize)]) -> NodeId {
    let dims = dims.iter().map(|(n, s)| dim(n, *s)).collect();
    let ty = Type { dims, place: Place::Owner, values: Values::Real, range: Some((-1.0, 1.0)) };
    b.input(name, ty, Span::default())
}

fn names(b: &Builder, id: NodeId) -> Vec<&str> {
    b.dims(id).iter().map(|d| d.name.as_str()).collect()
}

const S: fn() -> Span = Span::default;

#[test]
fn broadcasting_goes_by_name() {
    let mut b = Builder::default();
    let w = owner(&mut b, "w", &[("c", 3), ("d", 4)]);
    let v = owner(&mut b, "v", &[("d", 4)]);
    let u = owner(&mut b, "u", &[("n", 2)]);
    for (x, y, expected) in [(v, w, vec!["c", "d"]), (w, v, vec!["c", "d"]), (v, u, vec!["d", "n"])] {
        let z = b.binary(Binary::Mul, x, y, S()).unwrap();
        assert_eq!(names(&b, z), expected);
    }
    let t = b.transpose(w, S()).unwrap();
    let sum = b.binary(Binary::Add, w, t, S()).unwrap();
    assert_eq!(names(&b, sum), ["c", "d"]);
    let HostOp::Binary { left, right, .. } = (match &b.graph.node(sum).op {
        Op::Host(op) => op.clone(),
        _ => unreachable!(),
    }) else {
        unreachable!()
    };
    assert_eq!((left, right), (vec![0, 1], vec![1, 0]));
}

#[test]
fn sizes_and_repeated_names_are_refused() {
    let mut b = Builder::default();
    let v = owner(&mut b, "v", &[("d", 4)]);
    let other = owner(&mut b, "o", &[("d", 5)]);
    assert!(matches!(
        b.binary(Binary::Add, v, other, S()),
        Err(BuildError::SizeMismatch { left_size: 4, .. })
    ));
    let a = owner(&mut b, "a", &[("n", 2), ("d", 4)]);
    let at = b.transpose(a, S()).unwrap();
    let gram = b.matmul(at, a, S()).unwrap();
    assert_eq!(names(&b, gram), ["d", "d"]);
    assert!(matches!(b.binary(Binary::Add, gram, v, S()), Err(BuildError::Ambiguous { .. })));
    let scalar = b.constant(2.0, S());
    assert!(b.binary(Binary::Mul, scalar, gram, S()).is_ok());
    assert!(b.binary(Binary::Mul, gram, gram, S()).is_ok());
    assert!(matches!(b.matmul(v, a, S()), Err(BuildError::InnerDims { .. })));
    assert!(matches!(b.matmul(scalar, a, S()), Err(BuildError::Rank { .. })));
}

#[test]
fn products_absorb_transpositions() {
    let mut b = Builder::default();
    let x = owner(&mut b, "x", &[("n", 2), ("d", 4)]);
    let w = owner(&mut b, "w", &[("c", 3), ("d", 4)]);
    let wt = b.transpose(w, S()).unwrap();
    let z = b.matmul(x, wt, S()).unwrap();
    assert_eq!(names(&b, z), ["n", "c"]);
    assert_eq!(b.graph.operands(z), [x, w]);
    let Op::Host(HostOp::Contract { left, right, sum, out }) = b.graph.node(z).op.clone() else {
        unreachable!()
    };
    assert_eq!((left, right, sum, out), (vec![0, 1], vec![2, 1], 1, vec![0, 2]));
    assert_eq!(b.transpose(wt, S()).unwrap(), w);
}

#[test]
fn places_and_secrets() {
    let mut b = Builder::default();
    let x = owner(&mut b, "x", &[("n", 2)]);
    let y = owner(&mut b, "y", &[("n", 2)]);
    let s = b.encrypt("s", x, S()).unwrap();
    assert_eq!(b.ty(s).range, Some((-1.0, 1.0)));
    assert_eq!(b.binary(Binary::Add, y, s, S()), Err(BuildError::OwnerMeetsSecret { owner: y, secret: s }));
    assert!(matches!(b.encrypt("t", s, S()), Err(BuildError::AlreadySecret { .. })));
    assert!(matches!(b.unary(Unary::Exp, s, S()), Err(BuildError::NotPolynomial { operation: "exp", .. })));
    assert!(matches!(b.binary(Binary::Div, s, s, S()), Err(BuildError::NotPolynomial { .. })));
    let t = b.iteration(S());
    let quotient = b.binary(Binary::Div, s, t, S()).unwrap();
    assert!(matches!(b.graph.node(quotient).op, Op::Host(HostOp::Binary { f: Binary::Mul, .. })));
    let three = b.constant(3.0, S());
    let cube = b.binary(Binary::Pow, s, three, S()).unwrap();
    assert_eq!(b.graph.node(cube).op, Op::Host(HostOp::Polynomial(vec![0.0, 0.0, 0.0, 1.0])));
    let half = b.constant(0.5, S());
    assert!(matches!(b.binary(Binary::Pow, s, half, S()), Err(BuildError::NotPolynomial { .. })));
    let index = b.constant(1.0, S());
    assert!(matches!(b.element(s, index, S()), Err(BuildError::NotOnSecret { .. })));
}

#[test]
fn constants_fold_and_must_be_finite() {
    let mut b = Builder::default();
    let (one, zero) = (b.constant(1.0, S()), b.constant(0.0, S()));
    let v = b.tensor(Tensor::new(vec![3], vec![1.0, 2.0, 6.0]).unwrap(), vec![dim("k", 3)], S()).unwrap();
    let mean = b.reduce(Reduction::Mean, v, 0, S()).unwrap();
    assert_eq!(b.as_number(mean), Some(3.0));
    assert!(matches!(b.binary(Binary::Div, one, zero, S()), Err(BuildError::NotFinite { .. })));
    assert!(matches!(b.element(v, zero, S()), Err(BuildError::Constant { .. })));
    let renamed = b.rename_dims(v, vec![dim("j", 3)]).unwrap();
    assert!(b.as_constant(renamed).is_some());
    assert!(b.rename_dims(v, vec![dim("j", 4)]).is_err());
}

#[test]
fn owner_preparations() {
    let mut b = Builder::default();
    let x = owner(&mut b, "x", &[("n", 2), ("f", 3)]);
    assert!(matches!(b.bias(x, dim("d", 3), S()), Err(BuildError::DimSize { expected: 4, .. })));
    let a = b.bias(x, dim("d", 4), S()).unwrap();
    assert_eq!(names(&b, a), ["n", "d"]);
    let ty = Type {
        dims: vec![dim("n", 2)],
        place: Place::Owner,
        values: Values::Class { classes: 3 },
        range: None,
    };
    let y = b.input("y", ty, S());
    assert!(matches!(b.one_hot(y, dim("c", 4), S()), Err(BuildError::DimSize { expected: 3, .. })));
    let hot = b.one_hot(y, dim("c", 3), S()).unwrap();
    assert_eq!((b.ty(hot).values, b.ty(hot).range), (Values::OneHot, Some((0.0, 1.0))));
    assert!(matches!(b.reduce_over(Reduction::Sum, x, "d", S()), Err(BuildError::NoSuchDim { .. })));
}
