//! Records on small networks.

use super::*;
use crate::syntax::print::print;
use hep_tensor::source::SourceFile;

fn flat(text: &str) -> Result<String, Vec<String>> {
    let file = crate::syntax::parse(&SourceFile::new("t", text)).unwrap();
    match flatten(&file) {
        Ok(file) => Ok(print(&file)),
        Err(errors) => Err(errors.into_iter().map(|e| format!("{} {}", e.code, e.title)).collect()),
    }
}

#[test]
fn fields_take_the_place_of_records() {
    let text = "program p params P { W : real[h, d] = 0 b : real[h] = 1 } let layer(Q) = X @ Q.W.T + Q.b
        let score(R) = layer(R) loss l(y, z) = (z - y) ** 2
        train { for t in 1 .. 2 { let G = grad(l, Y, score, at = P) P.W, P.b = P.W - G.W, P.b - 0.1 * G.b } }
        reveal P predict score(P)";
    insta::assert_snapshot!(flat(text).unwrap());
}

#[test]
fn misuses_have_their_error() {
    let error = |body: &str| {
        let text = format!("program p params P {{ W : real[d] = 0 }} let f(Q) = X @ Q.W {body}");
        flat(&text).unwrap_err()
    };
    assert_eq!(error("let a = P + 1"), ["H0208 `P` is a record, and a tensor is needed here"]);
    assert_eq!(error("let a = P.V"), ["H0201 `P` has no field `V`"]);
    assert_eq!(error("let a = f(X)"), ["H0208 `f` takes a record of parameters"]);
    assert_eq!(
        error("train { for t in 1 .. 2 { P = 1 } }"),
        ["H0208 `P` is a record, and a tensor is needed here"]
    );
    assert_eq!(error("train { for t in 1 .. 2 { P.V = 1 } }"), ["H0201 `P` has no field `V`"]);
    assert_eq!(error("params R { a : real = 0 a : real = 1 }"), ["H0202 `R` has two fields `a`"]);
}
