//! What is read is the program that was printed, and what cannot be is refused with the line.

use super::read;
use crate::graph::{Dim, Op, Packing, PackingHint, Program};
use crate::named::numbered;
use crate::source::Span;
use crate::substitution::{FitError, LabelUse, Substitution};
use crate::testing::{data, outcome, quadratic_gradient, random_program};
use crate::verify::verify;
use hep_plan::host::{Binary, HostOp, HostProgram, Unary};
use hep_plan::plan::LabelKind;
use proptest::prelude::*;

/// All but places in the source and the numbers of labels.
fn everything(program: &Program) -> String {
    let mut program = program.clone();
    for id in program.graph.ids() {
        let node = program.graph.node_mut(id);
        node.span = Span::default();
        if let Op::Host(op) = &mut node.op {
            *op = numbered(op);
        }
    }
    program.checks.iter_mut().for_each(|check| {
        (check.domain_span, check.use_span) = (Span::default(), Span::default());
    });
    program.hints.iter_mut().for_each(|hint| hint.span = Span::default());
    format!("{program:?}")
}

fn assert_read_back(program: &Program) -> Program {
    let text = program.to_string();
    let again = read(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    assert_eq!(everything(&again), everything(program), "{text}");
    assert_eq!(again.to_string(), text);
    again
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_program_that_was_read_is_the_same(choices in prop::collection::vec(any::<u8>(), 0..80), seed in 0u64..100) {
        let program = random_program(&choices);
        for program in [crate::passes::optimize(program.clone()), program] {
            let again = assert_read_back(&program);
            prop_assert_eq!(verify(&again), vec![]);
            // To the last bit.
            let bits = |program: &Program| format!("{:?}", outcome(program, &data(program, seed)));
            prop_assert_eq!(bits(&again), bits(&program));
        }
    }
}

#[test]
fn nothing_but_places_is_lost() {
    let mut program = quadratic_gradient(4, 2, 3, 2);
    program.exact = true;
    program.data.label_kind = LabelKind::Real;
    program.checks[0].max_error = Some(1.0 / 3.0);
    program.checks[0].error_share = Some(1e-300);
    program.checks.push(program.checks[0].clone());
    (program.checks[1].domain, program.checks[1].max_error) = ((f64::NEG_INFINITY, f64::INFINITY), None);
    let error = |max| FitError { max, at: -0.1, rms: 1e-20 };
    program.substitutions = vec![
        Substitution {
            function: "grad sle".into(),
            polynomials: vec![vec![0.1 + 0.2, -1e-9], vec![]],
            domain: Some((-8.0, 0.125)),
            errors: vec![error(0.5), error(0.25)],
            label: Some(LabelUse { additive: true, mirrored: true }),
        },
        Substitution {
            function: "square".into(),
            polynomials: vec![vec![0.0, 0.0, 1.0]],
            domain: None,
            errors: vec![],
            label: Some(LabelUse { additive: false, mirrored: false }),
        },
    ];
    let hint = |tensors: &[&str], packing| {
        let tensors = tensors.iter().map(|t| (*t).to_string()).collect();
        PackingHint { tensors, packing, span: Span { start: 3, end: 5 } }
    };
    program.hints = vec![hint(&["X", "P.W1"], Packing::VolleyRevolver), hint(&["Y"], Packing::RowMajor)];
    let mut loss = HostProgram::default();
    let (y, z) = (loss.push(HostOp::Input("y".into()), vec![]), loss.push(HostOp::Input("z".into()), vec![]));
    let f = HostOp::Binary { f: Binary::Mul, left: vec![0, 1], right: vec![0, 1], rank: 2 };
    let product = loss.push(f, vec![y, z]);
    loss.outputs.push(("loss".into(), product));
    program.loss = Some(loss);
    // Ranges that do not follow from the operands, and one that would.
    let ids: Vec<_> = program.graph.ids().collect();
    program.graph.node_mut(ids[0]).ty.range = Some((-1e-7, 0.1 + 0.2));
    program.graph.node_mut(ids[20]).ty.range = Some((1.0, 1e300));
    let constant = ids.iter().find(|id| matches!(program.graph.node(**id).op, Op::Host(HostOp::Constant(_))));
    program.graph.node_mut(*constant.unwrap()).ty.range = None;
    // One name with two sizes, as two functions of a program can have.
    for size in [7, 9] {
        let ty = crate::graph::Type {
            dims: vec![Dim { name: "k + 1".into(), size }],
            ..program.graph.node(ids[0]).ty.clone()
        };
        let node = crate::graph::Node { ty, ..program.graph.node(ids[0]).clone() };
        let input = program.graph.push(node.clone(), vec![]);
        let node = crate::graph::Node { op: Op::Host(HostOp::Unary(Unary::Abs)), name: None, ..node };
        program.graph.push(node, vec![input]);
    }
    assert_read_back(&program);
}

/// Axes are written where names do not say what they are.
#[test]
fn axes_that_names_do_not_give_are_read_back() {
    let text = "\
program axes
dim n = 4
dim d = 2
data A[4, 2] y[real]
before the loop
  %0 : owner real[n, d] = input A   # A
  %1 : owner real[d, d] = contract %0 %0 over n
  %2 : owner real[d, d] = permute[1, 0] %1
  %3 : owner real[d] = sum over axis 1 %2
  %4 : owner real[d] = sum %2 over d
  %5 : owner real[d, d] = add %1[1, 0] %2[0, 1]
  %6 : owner real[n, d] = contract %0[0, 1] %5[2, 1] over 1 into [0, 2]
  %7 : owner real[n, d] = contract %5[2, 1] %0[0, 1] over 1 into [0, 2]
  %8 : owner real[n, d] = add %6 %7
  %9 : owner real[d] = add %3 %4
  %10 : owner real[n, d] = add %8 %9
  %11 : secret real[n, d] = encrypt %10 as X
for 0 iterations
next
after the loop
reveal X = %11
";
    let program = read(text).unwrap();
    assert_eq!((program.to_string().as_str(), verify(&program)), (text, vec![]));
    let op = |id: u32| &program.graph.node(crate::dag::NodeId(id)).op;
    assert_ne!(op(3), op(4));
    assert_read_back(&program);
}

const TEXT: &str = "\
program squares
dim n = 4
data y[4, 1] y[real]
before the loop
  %0 : owner real[n] in -1 .. 1 = input y   # y
  %1 : secret real[n] = encrypt %0 as Y   # Y
for 2 iterations with w = %2 from %1
  %2 : secret real[n] = carried w   # w
  %3 : secret real[n] = mul %1 %2
next w = %3
check %3 in -8 .. 8 for square
after the loop
  %4 : secret real[n] = final w   # w
reveal w = %4
";

#[test]
fn errors_name_the_line_and_what_is_expected() {
    let mut wrong = Vec::new();
    for (from, to, message) in [
        ("program", "slots", "line 1: expected `program `, found `slots squares`"),
        ("dim n = 4", "dim n = x", "line 2: expected a size, found `x`"),
        ("dim n = 4", "dim n = 99999999999", "line 2: expected a smaller size, found `99999999999`"),
        ("dim n = 4\n", "", "line 4: expected a dimension that is declared, or its size, found `n`"),
        ("[real]", "[lists]", "line 3: expected `classes`, found `]`"),
        ("%1 :", "%2 :", "line 6: expected `%1` in its place, found `%2`"),
        ("%3 :", "%9 :", "line 13: expected `%3` in its place, found `%4`"),
        ("%1 %2", "%1 %3", "line 9: expected `%` with a number below 3, found `%3`"),
        ("%1 %2", "%1", "line 9: expected `%` with a number below 3, found the end of the line"),
        ("%1 %2", "%1 %2 %2", "line 9: expected the end of the line, found `%2`"),
        ("mul", "mull", "line 9: expected an operation, found `mull %1 %2`"),
        (
            "secret real[n] = mul",
            "secret whole[n] = mul",
            "line 9: expected a kind of values, found `whole[n]",
        ),
        ("secret real[n] = mul", "hidden real[n] = mul", "line 9: expected a place, found `hidden real[n]"),
        ("real[n] = mul", "real[m = 5] = mul", "line 9: expected operands whose dimensions fit by name"),
        (
            "real[n] = mul %1 %2",
            "real[n] = neg %1 %2",
            "line 9: expected an operation that fits its operands",
        ),
        ("real[n] = final", "real = final", "line 13: expected an operation that fits its operands"),
        (
            "real[n] = encrypt",
            "real[k = 4294967296, l = 4294967296] = encrypt",
            "line 6: expected fewer elements",
        ),
        ("-1 .. 1", "1 .. -1", "line 5: expected an interval, found `1 .. -1 = input y"),
        ("-1 .. 1", "NaN .. 1", "line 5: expected an interval, found `NaN .. 1 = input y"),
        ("carried w", "carried v", "line 8: expected a loop variable, found `v`"),
        ("next w", "next v", "line 10: expected `w = `, found `v = %3`"),
        (
            "for 2 iterations with w = %2",
            "for 2 iterations with w = %7",
            "line 7: expected `%` with a number below 5",
        ),
        ("2 iterations", "2000000 iterations", "line 7: expected a number below 1048576"),
        (
            "check %3",
            "check %5",
            "line 11: expected `%` with a number below 5, found `%5 in -8 .. 8 for square`",
        ),
        ("reveal w = %4", "reveal w = %5", "line 14: expected `%` with a number below 5, found `%5`"),
        ("reveal", "release", "line 14: expected the end, found `release w = %4`"),
        ("mul %1 %2", "mul %0 %1", "line 9: expected a node of this part of the program"),
    ] {
        assert!(TEXT.contains(from), "{from}");
        let found = read(&TEXT.replacen(from, to, 1)).expect_err(message).to_string();
        wrong.extend((!found.starts_with(message)).then(|| format!("{message}\n{found}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let text = |from, to| read(&TEXT.replacen(from, to, 1)).map(|program| program.to_string());
    assert_eq!(text("", ""), Ok(TEXT.into()));
    // A range that follows, and one that nothing is known of, are not written.
    assert_eq!(text("real[n] = encrypt", "real[n] in -1 .. 1 = encrypt"), Ok(TEXT.into()));
    assert_eq!(text("real[n] = carried", "real[n] in -inf .. inf = carried"), Ok(TEXT.into()));
}
