//! Every pass keeps the meaning of random programs, and does what it is for.

use super::*;
use crate::dag::NodeId;
use crate::graph::{Op, Place};
use crate::owner::{owner_program, predict_program};
use crate::source::Span;
use crate::testing::{Frame, assert_same_meaning, dim, quadratic_gradient, random_program};
use hep_plan::host::{Binary, HostOp, Reduction};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn passes_keep_the_meaning(choices in prop::collection::vec(any::<u8>(), 0..80), seed in 0u64..100) {
        let program = random_program(&choices);
        for pass in [share, remove_dead, scale_invariants, fold_scalars, collect_polynomials, optimize] {
            assert_same_meaning(&program, &pass(program.clone()), seed);
        }
    }

    #[test]
    fn optimizing_twice_changes_nothing_for_the_worse(choices in prop::collection::vec(any::<u8>(), 0..80)) {
        let once = optimize(random_program(&choices));
        let twice = optimize(once.clone());
        prop_assert!(products(&twice) <= products(&once));
    }
}

/// Two pushes into nested sums: what takes no factor is multiplied once, however many terms it has.
#[test]
fn terms_that_stay_of_a_nested_sum_cost_one_product() {
    let choices = [204, 250, 231, 126, 0, 7, 0, 0, 82, 21, 0, 207, 132, 119, 242, 199, 6, 16, 0, 2, 0, 121];
    let once = optimize(random_program(&choices));
    let twice = optimize(once.clone());
    assert_eq!((products(&once), products(&twice)), (9, 9));
}

/// What a wrong pass would do: no rounding explains a coefficient that is off by a billionth.
#[test]
#[should_panic(expected = "rounding explains")]
fn a_wrong_pass_is_caught() {
    let program = quadratic_gradient(6, 3, 2, 2);
    let mut wrong = program.clone();
    for id in program.graph.ids() {
        if let Op::Host(HostOp::Polynomial(c)) = &mut wrong.graph.node_mut(id).op
            && program.graph.node(id).ty.place == Place::Secret
        {
            c.iter_mut().for_each(|c| *c *= 1.0 + 1e-9);
        }
    }
    assert_same_meaning(&program, &wrong, 3);
}

/// Products of two secrets in the loop body.
fn products(program: &Program) -> usize {
    let body = program.in_body();
    let secret = |id: NodeId| program.graph.node(id).ty.place == Place::Secret;
    let is_product = |id: &NodeId| {
        let op = &program.graph.node(*id).op;
        let product = matches!(op, Op::Host(HostOp::Binary { f: Binary::Mul, .. } | HostOp::Contract { .. }));
        product && body[id.index()] && program.graph.operands(*id).iter().all(|&o| secret(o))
    };
    program.graph.ids().filter(is_product).count()
}

/// A value of the body as a formula over named and public values.
fn formula(program: &Program, id: NodeId) -> String {
    let node = program.graph.node(id);
    let operands = program.graph.operands(id);
    let show = |i: usize| formula(program, operands[i]);
    match &node.op {
        Op::Encrypt { name } => name.clone(),
        Op::Carried(i) => program.train.carried[*i].name.clone(),
        _ if node.ty.place == Place::Public => "s".into(),
        Op::Host(HostOp::Binary { f, .. }) => {
            let sign = match f {
                Binary::Add => "+",
                Binary::Sub => "-",
                _ => "*",
            };
            format!("({} {sign} {})", show(0), show(1))
        }
        Op::Host(HostOp::Contract { .. }) => format!("<{}, {}>", show(0), show(1)),
        Op::Host(HostOp::Polynomial(_)) => format!("p({})", show(0)),
        Op::Host(HostOp::Reduce { kind: Reduction::Sum, .. }) => format!("sum({})", show(0)),
        op => format!("{op:?}"),
    }
}

#[test]
fn the_quadratic_gradient_gets_its_expected_form() {
    let program = quadratic_gradient(6, 3, 2, 2);
    let optimized = optimize(program.clone());
    assert_same_meaning(&program, &optimized, 3);
    let m = optimized.train.carried[1].next;
    assert_eq!(formula(&optimized, m), "(W - <((s * p(<X, V>)) - (s * Y)), X*B>)");
    let w = optimized.train.carried[0].next;
    let (rest, momentum) = (formula(&optimized, m), "(s * V)");
    assert_eq!(formula(&optimized, w), format!("((s * {rest}) + {momentum})"));
    assert_eq!(products(&optimized), 2);
    // B itself is no longer uploaded, and names and checks are still there.
    assert_eq!(owner_program(&optimized).unwrap().uploads, ["X", "Y", "X*B"]);
    assert_eq!(predict_program(&optimized), predict_program(&program));
    assert_eq!(optimized.graph.node(m).name.as_deref(), Some("M"));
    assert_eq!(optimized.graph.node(optimized.checks[0].score).name.as_deref(), Some("logits(V)"));
}

/// The next value of V, as a formula, after all passes.
fn optimized(build: impl Fn(&mut Frame) -> NodeId) -> String {
    let mut f = Frame::new(4, 2, 2, 2);
    let next = build(&mut f);
    let w = f.w;
    let program = f.finish(w, next, Vec::new());
    let after = optimize(program.clone());
    assert_same_meaning(&program, &after, 8);
    formula(&after, after.train.carried[1].next)
}

/// Y.T @ X with the labels replaced by scores, so that it belongs to the loop.
fn gradient(f: &mut Frame) -> NodeId {
    let t = f.e.t(f.v);
    let z = f.e.matmul(f.x, t);
    let z = f.e.poly(&[0.5, 0.1, 0.1], z);
    let t = f.e.t(z);
    f.e.matmul(t, f.x)
}

#[test]
fn factors_are_found_in_every_association() {
    let expected = "<X*B, (s * p(<X, V>))>";
    let swapped = "<(s * p(<X, V>)), X*B>";
    for form in 0..4 {
        let found = optimized(|f| {
            let g = gradient(f);
            match form {
                0 => {
                    let sb = f.e.mul(f.t, f.b);
                    f.e.mul(sb, g)
                }
                1 => {
                    let bg = f.e.mul(f.b, g);
                    f.e.mul(f.t, bg)
                }
                2 => {
                    let sg = f.e.mul(f.t, g);
                    f.e.mul(f.b, sg)
                }
                _ => {
                    let gb = f.e.mul(g, f.b);
                    f.e.mul(gb, f.t)
                }
            }
        });
        assert!(found == expected || found == swapped, "{found}");
    }
}

#[test]
fn factors_pass_through_mini_batches() {
    let mut f = Frame::new(4, 2, 2, 3);
    let rows = f.e.0.rows(f.x, dim("batch", 2), Span::default()).unwrap();
    let whole = std::mem::replace(&mut f.x, rows);
    let g = gradient(&mut f);
    let next = f.e.mul(f.b, g);
    let (w, x) = (f.w, f.x);
    f.x = whole;
    let program = f.finish(w, next, Vec::new());
    let after = optimize(program.clone());
    assert_same_meaning(&program, &after, 8);
    assert_eq!(program.graph.node(x).op, Op::Rows { size: 2 });
    assert_eq!(owner_program(&after).unwrap().uploads, ["X", "X*B"]);
    assert_eq!(products(&after), 2);
}

#[test]
fn sums_are_split_for_the_sake_of_the_contraction() {
    let found = optimized(|f| {
        let g = gradient(f);
        let sum = f.e.add(g, f.w);
        f.e.mul(f.b, sum)
    });
    assert_eq!(found, "(<p(<X, V>), X*B> + (W * B))");
}

#[test]
fn values_used_twice_are_left_alone() {
    let found = optimized(|f| {
        let g = gradient(f);
        let scaled = f.e.mul(f.b, g);
        f.e.add(scaled, g)
    });
    assert_eq!(found, "((B * <p(<X, V>), X>) + <p(<X, V>), X>)");
}

#[test]
fn scalars_meet_and_means_become_sums() {
    let found = optimized(|f| {
        let mean = f.e.0.reduce(Reduction::Mean, f.v, 0, Default::default()).unwrap();
        let half = f.e.num(0.5);
        let scaled = f.e.mul(half, mean);
        let again = f.e.mul(f.t, scaled);
        f.e.add(f.w, again)
    });
    assert_eq!(found, "(W + sum((s * V)))");
    let found = optimized(|f| {
        let one = f.e.num(1.0);
        let same = f.e.mul(one, f.v);
        let minus = f.e.0.unary(hep_plan::host::Unary::Neg, same, Default::default()).unwrap();
        f.e.add(f.w, minus)
    });
    assert_eq!(found, "(W - V)");
}

#[test]
fn equal_products_in_other_orders_are_shared() {
    let found = optimized(|f| {
        let (a, b) = (f.e.mul(f.b, f.v), f.e.mul(f.v, f.b));
        f.e.sub(a, b)
    });
    assert_eq!(found, "((B * V) - (B * V))");
    let mut f = Frame::new(4, 2, 2, 2);
    let (a, b) = (f.e.mul(f.b, f.v), f.e.mul(f.v, f.b));
    let (w, next) = (f.w, f.e.sub(a, b));
    let shared = share(f.finish(w, next, Vec::new()));
    let operands = shared.graph.operands(shared.train.carried[1].next);
    assert_eq!(operands[0], operands[1]);
}
