use proptest::prelude::*;

use super::*;
use crate::autodiff::labels::{Branches, split as split_with};
use hep_tensor::scalar::number::to_f64;
use hep_tensor::scalar::testing::{bce, focal, logistic, n, parabolas, sle, softplus, squared};
use hep_tensor::scalar::{sigmoid, softplus as softplus_of};

fn split(loss: &Expr) -> Result<Branches, hep_tensor::scalar::TooLarge> {
    split_with(loss, &[])
}

fn z() -> Expr {
    Expr::z()
}

fn s() -> Expr {
    z().sigmoid()
}

fn form(e: Expr) -> NormalForm {
    NormalForm::of(&e).unwrap_or_else(|| panic!("{e} has a normal form"))
}

fn text(e: Expr) -> String {
    form(e).to_string()
}

fn pair(loss: &Expr) -> (String, String) {
    let [g0, g1] = split(loss).unwrap().normal();
    (g0.unwrap().to_string(), g1.unwrap().to_string())
}

#[test]
fn three_losses_train_alike() {
    let reference = [Some(form(s())), Some(form(s() - n("1")))];
    for loss in [sle(), bce(), logistic(), softplus()] {
        let branches = split(&loss).unwrap();
        assert_eq!(branches.normal(), reference, "{loss}");
        assert_eq!(branches.normal_difference().unwrap().as_constant(), Some(RBig::NEG_ONE));
    }
    assert_eq!(pair(&sle()), ("s".to_owned(), "s - 1".to_owned()));
}

#[test]
fn other_spellings_of_the_same_loss() {
    let (one, y) = (|| n("1"), Expr::y);
    let unlucky = -(y() - s()).abs().log() * n("0")
        + (one() + (-z()).exp()).log() * y()
        + (one() - y()) * (one() / (one() - s())).log();
    let by_logit = -y() * (s() / (one() - s())).log() - (one() - s()).log();
    let by_tanh = -(y() * ((one() + (z() / n("2")).tanh()) / n("2")).log()
        + (one() - y()) * ((one() - (n("0.5") * z()).tanh()) / n("2")).log());
    let without_abs = -(one() - y() - s()).log();
    let halved = -(one() - y() - s()).pow(2).log() / n("2");
    let by_hand =
        -(y() * (one() / (one() + (-z()).exp())).log() + (one() - y()) * (z().exp() + one()).pow(-1).log());
    for loss in [unlucky, by_logit, by_tanh, without_abs, halved, by_hand] {
        assert_eq!(pair(&loss), ("s".to_owned(), "s - 1".to_owned()), "{loss}");
    }
}

#[test]
fn different_losses_stay_different() {
    assert_eq!(pair(&squared()), ("s ** 2 * (1 - s)".to_owned(), "-s * (1 - s) ** 2".to_owned()));
    let difference = split(&squared()).unwrap().normal_difference().unwrap();
    assert_eq!(difference.to_string(), "-s * (1 - s)");
    assert_eq!(difference.as_affine_in_sigmoid(), None);
    // The logarithm stays in the derivative of a focal loss.
    assert_eq!(pair(&focal()).0, "(-2 * s * L + s + 2 * L) * s ** 2");
    let doubled = split(&(n("2") * bce())).unwrap();
    assert_eq!(doubled.normal()[1].as_ref().unwrap().as_affine_in_sigmoid(), Some(((-2).into(), 2.into())));
}

#[test]
fn polynomials_are_recognized() {
    let [g0, g1] = split(&parabolas()).unwrap().normal();
    assert_eq!(g0.unwrap().as_polynomial_in_z().unwrap().coefficients(), [0.0, 2.0]);
    assert_eq!(g1.unwrap().as_polynomial_in_z().unwrap().coefficients(), [-2.0, 2.0]);
    assert_eq!(form(z().pow(3) / z()).as_polynomial_in_z().unwrap().degree(), 2);
    assert_eq!(form(s() + (-z()).sigmoid()).as_constant(), Some(RBig::ONE));
    assert_eq!(form(z() - z()).as_constant(), Some(RBig::ZERO));
    assert_eq!(form(z()).as_constant(), None);
    assert_eq!(form(s() * z()).as_polynomial_in_z(), None);
    assert_eq!(form(s() * z()).as_affine_in_sigmoid(), None);
}

#[test]
fn generators_are_recognized() {
    assert_eq!(text((-z()).sigmoid()), text(n("1") - s()));
    assert_eq!(text(z().exp()), "s / (1 - s)");
    assert_eq!(text((n("-2") * z()).exp() + s() - s()), "(1 - s) ** 2 / s ** 2");
    assert_eq!(text(n("1") + z().exp()), "1 / (1 - s)");
    assert_eq!(text((n("1") + (-z()).exp()).pow(-1)), "s");
    assert_eq!(text((z() / n("2")).tanh()), "2 * s - 1");
    assert_eq!(text(z().exp().log()), "z");
    assert_eq!(text((n("3") * z()).log().exp()), "3 * z");
    assert_eq!(text((s() - n("1")).abs()), text(n("1") - s()));
    assert_eq!(text(s() * z() / (n("1") - s()) / n("3")), "1/3 * z * s / (1 - s)");
    assert_eq!(text((z() + s()) / s()), "(z + s) / s");
    assert_eq!(text((n("2") * z()).sigmoid() + (n("-2") * z()).sigmoid()), "1");
    let twice = n("2") * z();
    assert_eq!(text(twice.clone().tanh() - n("2") * (n("4") * z()).sigmoid()), "-1");
}

#[test]
fn one_rate_for_all_exponentials() {
    assert_eq!(text(z().tanh()), "2 * s - 1");
    assert_eq!(text((n("0.5") * z()).exp()), "s / (1 - s)");
    assert_eq!(text((n("2") * z()).sigmoid()), "s");
    assert_eq!(form((n("2") * z()).sigmoid()), form((z().tanh() + n("1")) / n("2")));
    assert_ne!(form((n("2") * z()).sigmoid()), form(s()));
    assert_eq!(form((n("2") * z()).sigmoid()).as_affine_in_sigmoid(), None);
    assert_eq!(text((z() / n("3")).exp() * (z() / n("2")).exp()), "s ** 5 / (1 - s) ** 5");
    // A polynomial has no rate.
    assert_eq!(form((n("3") * z()).exp().log()), form(n("3") * z()));
    for at in [-700.0, -3.0, -0.1, 0.4, 5.0, 800.0f64] {
        assert_eq!(form(z().tanh()).eval(at).to_bits(), (-form(z().tanh()).eval(-at)).to_bits());
        assert!((form(z().tanh()).eval(at) - at.tanh()).abs() < 1e-15);
    }
}

#[test]
fn logarithms_of_the_sigmoid_have_forms() {
    assert_eq!(text(s().log()), "z - L");
    assert_eq!(text((n("1") - s()).log()), "-L");
    assert_eq!(text((n("1") + z().exp()).log()), "L");
    assert_eq!(form((-z()).softplus()), form(-s().log()));
    assert_eq!(text(s().log() - (n("1") - s()).log()), "z");
    // Two ways to write a focal loss.
    let (one, y) = (|| n("1"), Expr::y);
    let m = || (n("2") * y() - one()) * z();
    let by_margin = (-m()).sigmoid().pow(2) * (-m()).softplus();
    let [a, b] = [split(&focal()).unwrap(), split(&by_margin).unwrap()];
    assert_eq!(a.normal(), b.normal());
    assert!(a.normal()[1].is_some());
}

#[test]
fn mirrors() {
    for e in [s(), z().tanh(), s().log() * z() * s().pow(2), z().pow(3) - n("2")] {
        let mirrored = form(e.clone()).mirrored().unwrap();
        assert_eq!(mirrored, form(e.substitute(&Expr::y(), &-z())), "{e}");
        assert_eq!(mirrored.mirrored().unwrap(), form(e));
    }
    for loss in [sle(), squared(), focal()] {
        let [g0, g1] = split(&loss).unwrap().normal().map(Option::unwrap);
        assert_eq!(g1, g0.mirrored().unwrap().negated(), "{loss}");
        for at in [-40.0, -2.0, 0.3, 9.0] {
            assert_eq!(g1.eval(at).to_bits(), (-g0.eval(-at)).to_bits());
        }
    }
}

/// Full relative precision where the terms of the expanded form cancel.
#[test]
fn logarithms_keep_their_precision_in_the_tails() {
    let loss = form(-s().log());
    for at in [-800.0, -1.0, 1.0, 40.0, 700.0f64] {
        let expected = softplus_of(-at);
        assert!((loss.eval(at) / expected - 1.0).abs() < 1e-14, "{at}");
    }
}

#[test]
fn what_has_no_form() {
    let outside = [
        s() + z().tanh(),
        (n("2") * z()).sigmoid() * s(),
        (z() + n("1")).sigmoid(),
        z().pow(2).exp(),
        (n("2") * s()).log(),
        z().relu(),
        s().power(n("1.5").as_rational().unwrap().clone()),
        z().abs(),
        (n("1") + z().pow(2)).sqrt(),
        n("1") / z(),
        n("1") / (n("1") + s()),
        z() / n("0"),
        (z() - z()).pow(-1),
        Expr::y(),
        z().pow(65),
        (n("1000") * z()).exp() + z().exp(),
    ];
    for e in outside {
        assert_eq!(NormalForm::of(&e), None, "{e}");
    }
}

#[test]
fn contrived_expressions_end_quickly() {
    let mut e = n("1") + z() + s();
    for _ in 0..12 {
        e = e.clone() * (e + n("1") / (n("3") + z() * s()));
    }
    assert_eq!(NormalForm::of(&e), None);
    let mut sum = z();
    for i in 1..400 {
        sum = sum + n("1") / (z() + Expr::integer(i));
    }
    assert_eq!(NormalForm::of(&sum), None);
}

#[test]
fn tails_keep_their_precision() {
    let e = form(s() * (n("1") - s()).pow(2));
    let exact = (-2.0f64 * 30.0).exp();
    assert!((e.eval(30.0) / exact - 1.0).abs() < 1e-12);
    assert_eq!(form(s()).eval(-1e4), 0.0);
    assert_eq!(form(s() - n("1")).eval(0.0), -0.5);
}

/// Expressions of the class: polynomials in `z`, `s` over powers of `s` and `1 - s`, in many spellings.
fn members() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        (-6i64..7, 1i64..5).prop_map(|(a, b)| Expr::integer(a) / Expr::integer(b)),
        Just(z()),
        Just(s()),
        Just((-z()).sigmoid()),
        Just((z() / n("2")).tanh()),
        Just((-z()).exp()),
        Just(n("1") + z().exp()),
        Just(z().softplus()),
        Just(s().log()),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a + b),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a - b),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a * b),
            (inner.clone(), 0i32..4).prop_map(|(a, k)| a.pow(k)),
            inner.clone().prop_map(|a| -a),
            inner.clone().prop_map(|a| a / s()),
            inner.clone().prop_map(|a| a / (n("1") - s()).pow(2)),
            inner.prop_map(|a| a * (n("1") + z().exp()).pow(-1)),
        ]
    })
}

/// The value and the sum of the sizes of all terms in it: what rounding errors are measured against.
fn value_and_size(e: &Expr, at: f64) -> (f64, f64) {
    use hep_tensor::scalar::Node;
    let go = |u: &Expr| value_and_size(u, at);
    match e.node() {
        Node::Neg(u) => (-go(u).0, go(u).1),
        Node::Add(u, v) => (go(u).0 + go(v).0, go(u).1 + go(v).1),
        Node::Sub(u, v) => (go(u).0 - go(v).0, go(u).1 + go(v).1),
        Node::Mul(u, v) => (go(u).0 * go(v).0, go(u).1 * go(v).1),
        Node::Div(u, v) => (go(u).0 / go(v).0, go(u).1 / go(v).0.abs() * (go(v).1 / go(v).0.abs())),
        Node::Pow(u, k) if *k > 0 => (go(u).0.powi(*k), go(u).1.powi(*k)),
        _ => (e.eval(0.0, at), e.eval(0.0, at).abs()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn forms_have_the_same_values(e in members(), at in -3.0f64..3.0) {
        let form = NormalForm::of(&e);
        prop_assert!(form.is_some(), "{e}");
        if let Some(form) = form {
            let (expected, size) = value_and_size(&e, at);
            let got = form.eval(at);
            // The expanded form may cancel more than the expression: the sizes of its terms count as well.
            let mine = |form: &NormalForm, at: f64| {
                let (s, t, log) = (sigmoid(at), sigmoid(-at), softplus_of(at));
                s.powi(form.s) * t.powi(form.t)
                    * form.rest.iter().map(|(&(i, j, l), c)| {
                        (to_f64(c) * at.powi(i as i32) * s.powi(j as i32) * log.powi(l as i32)).abs()
                    }).sum::<f64>()
            };
            let mine = mine(&form, at).max(mine(&form.mirrored().unwrap(), -at));
            let tolerance = 1e-12 * (size + mine + 1.0);
            prop_assert!((got - expected).abs() <= tolerance, "{e} = {form} at {at}: {expected} and {got}");
        }
    }

    #[test]
    fn equal_functions_have_equal_forms(a in members(), b in members()) {
        let left = NormalForm::of(&((a.clone() + b.clone()) * (a.clone() - b.clone())));
        let right = NormalForm::of(&(a.pow(2) - b.pow(2)));
        prop_assert!(left.is_some());
        prop_assert_eq!(left, right);
    }

    #[test]
    fn derivatives_stay_in_the_class(e in members(), at in -2.0f64..2.0) {
        let slope = crate::autodiff::scalar::derivative(&e).unwrap();
        let forms = (NormalForm::of(&e), NormalForm::of(&slope));
        prop_assert!(forms.0.is_some() && forms.1.is_some(), "{e}");
        if let (Some(form), Some(slope)) = forms {
            let h = 1e-4;
            let numeric = (8.0 * (form.eval(at + h) - form.eval(at - h)) - form.eval(at + 2.0 * h) + form.eval(at - 2.0 * h)) / (12.0 * h);
            let size = [-1.0, 0.0, 1.0].map(|d| form.eval(at + d).abs()).into_iter().fold(1.0, f64::max);
            prop_assert!((slope.eval(at) - numeric).abs() <= 1e-5 * size.max(numeric.abs()), "{} {}", slope.eval(at), numeric);
        }
    }
}
