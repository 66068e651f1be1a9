use proptest::prelude::*;

use super::testing::{bce, logistic, n, sle};
use super::*;

fn z() -> Expr {
    Expr::z()
}

#[test]
fn decimals_are_exact() {
    assert_eq!(n("0.1") + n("0.2"), n("0.3"));
    assert_eq!(n("1e-10") * n("1E10"), n("1"));
    assert_eq!(n("1_000.50e2"), n("100050"));
    assert_eq!(n(".5"), n("1") / n("2"));
    assert_eq!(n("-2.5"), -n("2.5"));
    assert_ne!(Expr::from_f64(0.1).unwrap(), n("0.1"));
    assert_eq!(Expr::from_f64(0.25).unwrap(), n("0.25"));
}

#[test]
fn bad_numbers_are_refused() {
    for text in ["", ".", "e5", "1e", "1.2.3", "abc", "--1", "1e+-2", "0x10", "½", "1e5.5"] {
        assert!(matches!(Expr::number(text), Err(NumberError::NotDecimal(_))), "{text}");
    }
    for text in ["1e401", "1e-99999999999999999999", &"9".repeat(401)] {
        assert_eq!(Expr::number(text), Err(NumberError::OutOfRange), "{text}");
    }
    assert!(Expr::from_f64(f64::NAN).is_err());
    assert!(Expr::from_f64(f64::INFINITY).is_err());
}

#[test]
fn constants_print_readably() {
    let shown = |e: Expr| e.to_string();
    assert_eq!(shown(n("3")), "3");
    assert_eq!(shown(n("-0.125")), "-0.125");
    assert_eq!(shown(n("1") / n("3")), "1/3");
    assert_eq!(shown(Expr::from_f64(0.1).unwrap()), "0.1");
    assert_eq!(shown(n("0.000000000000001")), "0.000000000000001");
}

#[test]
fn text_keeps_the_tree() {
    assert_eq!(sle().to_string(), "-log(abs(1 - y - sigmoid(z)))");
    assert_eq!(bce().to_string(), "-(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))");
    assert_eq!(logistic().to_string(), "log(1 + exp((1 - 2 * y) * z))");
    let y = Expr::y;
    assert_eq!((z() - (y() - n("1"))).to_string(), "z - (y - 1)");
    assert_eq!((z() / (y() * n("2"))).to_string(), "z / (2 * y)");
    assert_eq!((z() + y()).pow(-2).to_string(), "(z + y) ** -2");
    assert_eq!((n("1") / n("3") * z()).to_string(), "1/3 * z");
    assert_eq!((z() / (n("1") / n("3"))).to_string(), "z / (1/3)");
    assert_eq!(z().pow(2).pow(3).to_string(), "(z ** 2) ** 3");
    assert_eq!((-z()).pow(3).to_string(), "(-z) ** 3");
    assert_eq!((z() + n("-3")).to_string(), "z - 3");
}

#[test]
fn identities_disappear() {
    assert_eq!(z() * n("1") + n("0"), z());
    assert_eq!(n("0") * z().log(), n("0"));
    assert_eq!(-(-z()), z());
    assert_eq!(z().pow(0), n("1"));
    assert_eq!(z().pow(1), z());
    assert_eq!((-z()).pow(2), z().pow(2));
    assert_eq!(n("-1") * z(), -z());
    assert_eq!((-z()) * (-Expr::y()), z() * Expr::y());
    assert_eq!(n("0").sigmoid(), n("0.5"));
    assert_eq!(n("0").exp(), n("1"));
    assert_eq!(n("2").pow(-3), n("0.125"));
    assert_eq!((-z()).abs().abs(), z().abs());
    assert_eq!(n("0") / n("0"), n("0") / n("0"));
}

#[test]
fn evaluation_is_stable_at_the_ends() {
    let value = |e: Expr, z: f64| e.eval(0.0, z);
    assert_eq!(value(z().sigmoid(), 1000.0), 1.0);
    assert_eq!(value(z().sigmoid(), -1000.0), 0.0);
    assert!(value(z().sigmoid(), -700.0) > 0.0);
    assert!(value(z().log(), -1.0).is_nan());
    assert!(value(z().log(), 0.0).is_nan());
    assert!(value(z().sqrt(), -1.0).is_nan());
    assert!(!value(n("1") / n("0"), 0.0).is_finite());
    assert!(value(n("0").pow(-1), 0.0).is_infinite());
}

#[test]
fn labels_select_terms() {
    assert_eq!(bce().substitute_y(Label::Zero).to_string(), "-log(1 - sigmoid(z))");
    assert_eq!(bce().substitute_y(Label::One).to_string(), "-log(sigmoid(z))");
    assert!(bce().mentions_y());
    assert!(!bce().substitute_y(Label::One).mentions_y());
}

#[test]
fn sharing_cannot_hide_size() {
    let mut e = z().exp();
    for _ in 0..100 {
        e = e.clone() * e;
    }
    assert_eq!(e.size(), u64::MAX);
    assert!(matches!(e.check(), Err(TooLarge::Size { .. })));
    let deep = (0..600).fold(z(), |e, _| e.sigmoid());
    assert!(matches!(deep.check(), Err(TooLarge::Depth { depth: 601 })));
    assert!(sle().check().is_ok());
}

#[test]
fn constants_do_not_explode() {
    let mut e = n("1.0000001");
    for _ in 0..40 {
        e = e.pow(64);
    }
    assert!(e.size() < 100);
}

#[test]
fn functions_are_found_by_name() {
    for f in Function::ALL {
        assert_eq!(Function::from_name(f.name()), Some(f));
    }
    assert_eq!(Function::from_name("sign"), None);
}

fn decimal() -> impl Strategy<Value = (i64, u32)> {
    (-1_000_000_000i64..1_000_000_000, 0u32..12)
}

proptest! {
    #[test]
    fn decimals_print_and_read_back((digits, places) in decimal()) {
        let e = n(&format!("{digits}e-{places}"));
        prop_assert_eq!(n(&e.to_string()), e);
    }

    #[test]
    fn floats_print_and_read_back(x in proptest::num::f64::NORMAL) {
        let e = Expr::from_f64(x).unwrap();
        let text = e.to_string();
        prop_assert_eq!(text.parse::<f64>().unwrap(), x, "{}", text);
    }

    #[test]
    fn substitution_is_evaluation(y in 0i64..2, z in -5.0f64..5.0) {
        let label = if y == 0 { Label::Zero } else { Label::One };
        for loss in [sle(), bce(), logistic()] {
            let (a, b) = (loss.eval(y as f64, z), loss.substitute_y(label).eval(f64::NAN, z));
            prop_assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0));
        }
    }
}
