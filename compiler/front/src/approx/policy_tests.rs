use proptest::prelude::*;

use super::*;
use crate::autodiff::labels::{Branches, split as split_with};
use hep_tensor::scalar::testing::{bce, focal, logistic, n, parabolas, sle, softplus, squared};
use hep_tensor::scalar::{Expr, sigmoid};

fn ls(lo: f64, hi: f64, degree: usize) -> Rule {
    Rule::Fit(Fit { lo, hi, degree: Degree::Exactly(degree), method: Method::LeastSquares })
}

fn with_sigmoid(rule: Rule) -> Request {
    Request { loss: "sle".to_owned(), sigmoid: Some(rule), gradient: None }
}

fn branches(loss: &Expr) -> Branches {
    split_with(loss, &[]).unwrap()
}

fn published() -> Polynomial {
    Polynomial::new(vec![0.5, 0.10679534503216294, 0.0, -0.00038503259805075])
}

#[test]
fn equivalent_losses_compile_to_the_same_bits() {
    let gradient = Request { gradient: Some(ls(-6.0, 6.0, 5)), ..Request::default() };
    let minimax = Rule::Fit(Fit { lo: -8.0, hi: 8.0, degree: Degree::Within(0.05), method: Method::Minimax });
    for request in [with_sigmoid(ls(-8.0, 8.0, 3)), gradient, with_sigmoid(minimax)] {
        let reference = approximate(&branches(&sle()), &request).unwrap();
        assert_eq!(reference.label, Polynomial::constant(-1.0));
        assert!(reference.additive_label && !reference.exact);
        for loss in [bce(), logistic(), softplus()] {
            let other = approximate(&branches(&loss), &request).unwrap();
            assert_eq!(other, reference);
            let bits = |p: &Polynomial| p.coefficients().iter().map(|c| c.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&other.base), bits(&reference.base));
            assert_eq!(bits(&other.label), bits(&reference.label));
        }
    }
}

#[test]
fn published_coefficients_survive_to_the_digit() {
    let rule = Rule::Coefficients { polynomial: published(), valid: Some((-8.0, 8.0)) };
    let a = approximate(&branches(&sle()), &with_sigmoid(rule)).unwrap();
    assert_eq!(a.base, published());
    assert_eq!(a.base.to_string(), "0.5 + 0.10679534503216294 * z - 0.00038503259805075 * z ** 3");
    assert_eq!(a.domain, Some((-8.0, 8.0)));
    let [e0, e1] = a.max_error().unwrap();
    assert!(e0 > 0.05 && e0 < 0.2 && (e0 - e1).abs() < 1e-12);

    let unbounded = Rule::Coefficients { polynomial: published(), valid: None };
    let a = approximate(&branches(&sle()), &with_sigmoid(unbounded)).unwrap();
    assert_eq!((a.domain, a.max_error()), (None, None));
    // Without a range: the published cubic is steepest at 0.
    assert_eq!(curvature(&a, None).unwrap(), 0.10679534503216294);
}

#[test]
fn polynomial_losses_are_exact() {
    let a = approximate(&branches(&parabolas()), &Request::default()).unwrap();
    assert!(a.exact && a.additive_label);
    assert_eq!(a.base.to_string(), "2 * z");
    assert_eq!(a.label.to_string(), "-2");
    assert_eq!((a.domain, a.max_error()), (None, Some([0.0, 0.0])));
    assert_eq!(curvature(&a, None).unwrap(), 2.0);
    // Lines for the sigmoid or the derivative change nothing.
    let request = Request { gradient: Some(ls(-1.0, 1.0, 1)), ..with_sigmoid(ls(-8.0, 8.0, 3)) };
    assert_eq!(approximate(&branches(&parabolas()), &request).unwrap(), a);
}

#[test]
fn one_exact_and_one_fitted_branch() {
    let (y, z) = (Expr::y, Expr::z);
    let mixed = (n("1") - y()) * z().pow(2) / n("2") + y() * (n("1") + z().exp()).log();
    let a = approximate(&branches(&mixed), &with_sigmoid(ls(-8.0, 8.0, 3))).unwrap();
    assert_eq!(a.base.to_string(), "z");
    assert!(!a.exact && !a.additive_label);
    let [e0, e1] = a.max_error().unwrap();
    assert_eq!(e0, 0.0);
    assert!(e1 > 0.05 && e1 < 0.2);
}

#[test]
fn scaled_sigmoids_use_the_sigmoid_line() {
    let (y, z) = (Expr::y, Expr::z);
    // g0 = 3 s, g1 = -s: affine with different slopes.
    let loss = ((n("3") - n("4") * y()) * (n("1") + z().exp()).log()) + n("0");
    let a = approximate(
        &branches(&loss),
        &with_sigmoid(Rule::Coefficients { polynomial: published(), valid: None }),
    );
    let a = a.unwrap();
    assert_eq!(a.base, published().scale(3.0));
    assert_eq!(a.label, published().scale(-4.0));
    assert!(!a.additive_label);
}

#[test]
fn squared_error_is_fitted_as_a_whole() {
    let a = approximate(&branches(&squared()), &with_sigmoid(ls(-6.0, 6.0, 7))).unwrap();
    assert!(!a.additive_label && !a.exact);
    // g1 - g0 = -s (1 - s) is even.
    assert_eq!(a.label.parity(), Parity::Even);
    for z in [-5.0, -1.0, 0.0, 2.5] {
        let (s, t) = (sigmoid(z), sigmoid(-z));
        assert!((a.eval(0.0, z) - s * s * t).abs() <= a.max_error().unwrap()[0] + 1e-12);
        assert!((a.eval(1.0, z) + s * t * t).abs() <= a.max_error().unwrap()[1] + 1e-12);
    }
}

#[test]
fn mirrored_branches_share_one_fit() {
    for loss in [focal(), squared()] {
        for method in Method::ALL {
            let fit = Fit { lo: -6.0, hi: 6.0, degree: Degree::Exactly(7), method };
            let a = approximate(&branches(&loss), &with_sigmoid(Rule::Fit(fit))).unwrap();
            assert!(a.mirrored && !a.additive_label);
            let [p0, p1] = a.branches();
            for k in 0..=7 {
                let sign = if k % 2 == 0 { -1.0 } else { 1.0 };
                assert_eq!(p1.coefficient(k).to_bits(), (sign * p0.coefficient(k)).to_bits(), "{loss} {k}");
                assert!(k % 2 == 0 || a.label.coefficient(k) == 0.0);
            }
            let [e0, e1] = a.max_error().unwrap();
            assert!((e0 - e1).abs() < 1e-15);
        }
    }
    // No normal form: seen numerically.
    let margin = || (n("2") * Expr::y() - n("1")) * Expr::z();
    let root = (n("1") + (n("1") - margin()).pow(2)).sqrt();
    let a = approximate(&branches(&root), &with_sigmoid(ls(-6.0, 6.0, 5))).unwrap();
    assert!(a.mirrored);
    assert_eq!(a.label.parity(), Parity::Even);
    // On an interval that is not symmetric nothing can be shared; what is known of the loss stays.
    let a = approximate(&branches(&focal()), &with_sigmoid(ls(-6.0, 5.0, 5))).unwrap();
    assert!(a.mirrored && a.label.parity() == Parity::Neither);
    let lopsided = -(n("1") - Expr::y() - (Expr::z() + n("0.5")).sigmoid()).abs().log();
    assert!(!approximate(&branches(&lopsided), &with_sigmoid(ls(-6.0, 6.0, 5))).unwrap().mirrored);
}

#[test]
fn two_ways_to_write_a_focal_loss_are_one_polynomial() {
    let margin = || (n("2") * Expr::y() - n("1")) * Expr::z();
    let other = (-margin()).sigmoid().pow(2) * (n("1") + (-margin()).exp()).log();
    let [a, b] =
        [focal(), other].map(|loss| approximate(&branches(&loss), &with_sigmoid(ls(-6.0, 6.0, 9))).unwrap());
    assert_eq!(a, b);
}

fn margin() -> Expr {
    (n("2") * Expr::y() - n("1")) * Expr::z()
}

#[test]
fn jumps_need_a_declaration() {
    let hinge = (n("1") - margin()).relu();
    let line = with_sigmoid(ls(-8.0, 8.0, 7));
    let error = approximate(&branches(&hinge), &line).unwrap_err();
    let ApproxError::Jump { label, z, size, function, .. } = &error else { panic!("{error}") };
    assert_eq!((*label, *z, *function), (0, -1.0, "relu"));
    assert!((size - 1.0).abs() < 1e-9);
    assert!(error.help().unwrap().starts_with("add `approx relu(u) = softplus(4 * u) / 4`"));
    // A line for the whole derivative is a declaration.
    let gradient = Request { gradient: Some(ls(-8.0, 8.0, 7)), ..line.clone() };
    let fitted = approximate(&branches(&hinge), &gradient).unwrap();
    assert!(fitted.mirrored && fitted.max_error().unwrap()[0] > 0.3);
    // So is a range that the kink is outside of.
    let narrow = approximate(&branches(&hinge), &with_sigmoid(ls(-0.5, 0.5, 1))).unwrap();
    assert_eq!((narrow.base.to_string(), narrow.label.to_string()), ("1".to_owned(), "-2".to_owned()));
    // A surrogate has no jump.
    let smooth = (n("4") * Expr::z()).softplus() / n("4");
    let branches = split_with(&hinge, &[(hep_tensor::scalar::Function::Relu, smooth)]).unwrap();
    let a = approximate(&branches, &line).unwrap();
    assert!(a.mirrored);

    let absolute = (Expr::z() - Expr::y()).abs();
    let error = approximate(&self::branches(&absolute), &line).unwrap_err();
    assert!(matches!(error, ApproxError::Jump { label: 0, z: 0.0, function: "abs", .. }), "{error}");
    // Found off the grid, also without any line.
    let hidden = (Expr::z() - n("0.123456789")).abs() * Expr::z().sigmoid();
    let error = approximate(&self::branches(&hidden), &Request::default()).unwrap_err();
    let ApproxError::Jump { z, size, .. } = error else { panic!("{error}") };
    assert_eq!(z, 0.123456789);
    assert!((size - 2.0 * sigmoid(z)).abs() < 1e-9);
}

#[test]
fn continuous_derivatives_need_no_surrogate() {
    let huber = (n("1") - margin()).relu().pow(2) - (-n("1") - margin()).relu().pow(2);
    let squared_hinge = (n("1") - margin()).relu().pow(2);
    let power = Expr::z().abs().power(n("1.5").as_rational().unwrap().clone());
    let maximum = (n("1") - margin()).max(n("0")).pow(2);
    for loss in [huber, squared_hinge, power, maximum] {
        let a = approximate(&branches(&loss), &with_sigmoid(ls(-3.0, 3.0, 7))).unwrap();
        assert!(a.max_error().unwrap()[0] < 0.5, "{loss}");
    }
}

#[test]
fn poles_off_the_grid_are_found() {
    let pole = (Expr::z() - n("0.123456789")).abs().log();
    let error = approximate(&branches(&pole), &with_sigmoid(ls(-1.0, 1.0, 3))).unwrap_err();
    assert!(matches!(error, ApproxError::NotFinite { z: 0.123456789, .. }), "{error}");
}

#[test]
fn losses_without_normal_form_are_fitted_numerically() {
    let a = approximate(&branches(&focal()), &with_sigmoid(ls(-6.0, 6.0, 7))).unwrap();
    let [e0, e1] = a.max_error().unwrap();
    assert!(e0 < 0.12 && (e0 - e1).abs() < 1e-9, "{e0} {e1}");
    // A steeper sigmoid has generators of its own; the factor of its label is -2.
    let steep = -(n("1") - Expr::y() - (n("2") * Expr::z()).sigmoid()).abs().log();
    let a = approximate(&branches(&steep), &with_sigmoid(ls(-4.0, 4.0, 3))).unwrap();
    assert_eq!(a.label, Polynomial::constant(-2.0));
    assert!(a.additive_label);
    // Here not even the difference has one; rounding dust must not turn into products.
    let shifted = -(n("1") - Expr::y() - (n("0.3") * Expr::z() + n("0.7")).sigmoid()).abs().log();
    let a = approximate(&branches(&shifted), &with_sigmoid(ls(-4.0, 4.0, 5))).unwrap();
    assert!(a.additive_label && (a.label.coefficient(0) + 0.3).abs() < 1e-12, "{}", a.label);
}

#[test]
fn a_line_for_the_derivative_goes_first() {
    let request = Request { gradient: Some(ls(-4.0, 4.0, 3)), ..with_sigmoid(ls(-8.0, 8.0, 7)) };
    let a = approximate(&branches(&sle()), &request).unwrap();
    assert_eq!(a.domain, Some((-4.0, 4.0)));
    assert!((a.base.coefficient(1) - 0.2166).abs() < 1e-4);
    assert_eq!(a.label, Polynomial::constant(-1.0));
}

#[test]
fn missing_lines_are_named() {
    let none = Request { loss: "mine".to_owned(), ..Request::default() };
    let error = approximate(&branches(&sle()), &none).unwrap_err();
    assert_eq!(error.help().unwrap(), "add `approx sigmoid on -8 .. 8 degree 3 by least_squares`");
    let error = approximate(&branches(&focal()), &none).unwrap_err();
    let on = |range: &str| format!("approx grad mine on {range} degree 7 by least_squares");
    assert_eq!(error.lines(), ["-8 .. 8", "-4 .. 4", "-2 .. 2", "-1 .. 1"].map(on));

    let given = Rule::Coefficients { polynomial: published(), valid: Some((-6.0, 6.0)) };
    let error = approximate(&branches(&squared()), &with_sigmoid(given.clone())).unwrap_err();
    assert!(matches!(error, ApproxError::NeedsFit { label: 0, .. }));
    assert!(error.lines()[0].contains("approx grad sle on -6 .. 6 degree"));
    assert!(error.lines()[1].contains("approx grad sle on -4 .. 4 degree"));
    let request = Request { gradient: Some(given), ..none };
    let error = approximate(&branches(&sle()), &request).unwrap_err();
    assert!(matches!(error, ApproxError::CoefficientsForGradient { .. }));
    assert!(error.help().is_some());
}

#[test]
fn undefined_losses_name_the_point() {
    let pole = Expr::z().abs().log();
    let error = approximate(&branches(&pole), &with_sigmoid(ls(-1.0, 1.0, 3))).unwrap_err();
    assert!(matches!(error, ApproxError::NotFinite { z: 0.0, .. }), "{error}");
    assert!(error.to_string().contains("z = 0, inside the interval -1 .. 1"), "{error}");
}

#[test]
fn infinite_coefficients_are_refused() {
    let rule = Rule::Coefficients { polynomial: Polynomial::new(vec![f64::INFINITY]), valid: None };
    assert_eq!(approximate(&branches(&sle()), &with_sigmoid(rule)), Err(ApproxError::BadCoefficients));
    let huge = (n("1e308") * Expr::z().pow(2)).pow(2);
    assert_eq!(approximate(&branches(&huge), &Request::default()), Err(ApproxError::BadCoefficients));
}

#[test]
fn curvature_of_what_is_evaluated() {
    let a = approximate(&branches(&sle()), &with_sigmoid(ls(-8.0, 8.0, 3))).unwrap();
    let bound = curvature(&a, Some((-8.0, 8.0))).unwrap();
    assert!((bound - 0.1501204).abs() < 1e-7);
    assert_eq!(bound, a.base.coefficient(1));
    assert_eq!(curvature(&a, None).unwrap(), bound);
    // Away from 0 the cubic is flatter.
    assert!(curvature(&a, Some((2.0, 5.0))).unwrap() < bound);
    // The whole range beyond the turning point falls.
    assert!(matches!(curvature(&a, Some((7.0, 8.0))), Err(ApproxError::NoCurvature { .. })));
    assert!(matches!(curvature(&a, Some((1.0, 0.0))), Err(ApproxError::EmptyInterval { .. })));
}

#[test]
fn curvature_without_range_needs_a_falling_slope() {
    let of = |c: &[f64]| {
        let polynomial = Polynomial::new(c.to_vec());
        let rule = Rule::Coefficients { polynomial, valid: None };
        curvature(&approximate(&branches(&sle()), &with_sigmoid(rule)).unwrap(), None)
    };
    assert!(matches!(of(&[0.5, 0.1, 0.0, 0.1]), Err(ApproxError::NoCurvature { .. })));
    assert!(matches!(of(&[0.5, 0.1, 0.1]), Err(ApproxError::NoCurvature { .. })));
    assert!(matches!(of(&[0.5]), Err(ApproxError::NoCurvature { .. })));
    assert!(matches!(of(&[0.5, -1.0]), Err(ApproxError::NoCurvature { .. })));
    assert_eq!(of(&[0.5, 0.25]).unwrap(), 0.25);
    // slope 0.2 + 4e-4 z - 6e-7 z², steepest at z = 1000/3.
    let value = of(&[0.5, 0.2, 2e-4, -2e-7]).unwrap();
    assert!((value - (0.2 + 4e-4 * 1000.0 / 3.0 - 6e-7 * (1000.0f64 / 3.0).powi(2))).abs() < 1e-12);
}

#[test]
fn exact_curvature_of_the_sigmoid() {
    for loss in [sle(), bce(), logistic()] {
        assert_eq!(exact_curvature(&branches(&loss), -8.0, 8.0).unwrap(), 0.25);
        let off_center = exact_curvature(&branches(&loss), -3.0, 8.1).unwrap();
        assert!((off_center - 0.25).abs() < 1e-15);
    }
    assert_eq!(exact_curvature(&branches(&parabolas()), -1.0, 1.0).unwrap(), 2.0);
    // The second derivative of half the squared error peaks near 0.0770 for either label.
    let value = exact_curvature(&branches(&squared()), -8.0, 8.0).unwrap();
    let brute = (0..=160_000)
        .map(|i| sigmoid(-8.0 + 1e-4 * f64::from(i)))
        .map(|s| s * s * (1.0 - s) * (2.0 - 3.0 * s))
        .fold(0.0, f64::max);
    assert!((value - brute).abs() < 1e-9, "{value} {brute}");
    let concave = -Expr::z().pow(2);
    assert!(matches!(exact_curvature(&branches(&concave), -1.0, 1.0), Err(ApproxError::NoCurvature { .. })));
    let kink = Expr::z().abs();
    assert!(matches!(exact_curvature(&branches(&kink), -1.0, 1.0), Err(ApproxError::NoCurvature { .. })));
}

#[test]
fn lines_for_intervals_that_are_empty() {
    let error = approximate(&branches(&sle()), &with_sigmoid(ls(8.0, -8.0, 3))).unwrap_err();
    assert!(matches!(error, ApproxError::EmptyInterval { .. }));
    let rule = Rule::Coefficients { polynomial: published(), valid: Some((8.0, -8.0)) };
    let error = approximate(&branches(&sle()), &with_sigmoid(rule)).unwrap_err();
    assert!(matches!(error, ApproxError::EmptyInterval { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Any loss gives polynomials with finite coefficients or an error that says why; both labels, all methods.
    #[test]
    fn no_loss_makes_a_fit_panic(
        at0 in hep_tensor::scalar::testing::random(),
        at1 in hep_tensor::scalar::testing::random(),
        reach in 1u32..20,
        degree in 0usize..12,
        method in proptest::sample::select(Method::ALL.to_vec()),
    ) {
        let loss = (n("1") - Expr::y()) * at0 + Expr::y() * at1;
        let fit = Fit { lo: -f64::from(reach), hi: f64::from(reach), degree: Degree::Exactly(degree), method };
        let request = Request { gradient: Some(Rule::Fit(fit)), ..Request::default() };
        let result = split_with(&loss, &[]).map_err(ApproxError::from).and_then(|b| approximate(&b, &request));
        match result {
            Ok(a) => prop_assert!(a.base.is_finite() && a.label.is_finite()),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
        unbounded(&loss, &[0.0, 1.0]);
    }
}
