//! What a command says of a program that fits nothing at full security: one verdict whoever is asked, and a way out that works.

mod common;

use common::Place;

/// Logistic regression with Nesterov momentum: each iteration takes a few levels.
const LR: &str = "program lr
use preprocessing.standardise
use losses.nll
dim n = 64   dim f = 8   dim d = f + 1   dim T = 4
owner  X0 : real[n, f]
owner  y  : class[n, 2]
secret X : real[n, d] = bias(standardise(X0))
secret Y : bit[n] = y
public eta : real[T] = nesterov(T, start = 1)
let  score(w) = X @ w
approx sigmoid on -8 .. 8 degree 3 by least_squares
train {
  var w : real[d] = 0
  var v : real[d] = 0
  for t in 1 .. T {
    let m = v - 1 / (t + 1) * grad(nll, Y, score, at = v) / n
    w, v = m, (1 - eta[t]) * m + eta[t] * w
  }
}
reveal w
predict score(w)
";

fn place() -> Place {
    let place = Place::new();
    place.write("lr.hep", LR);
    place.write("first.hep", LR.replace("degree 3", "degree 1"));
    place
}

fn ring(place: &Place, compile: &str) -> u64 {
    let said = place.hep(&format!("compile {compile} -o p.hepc --json")).done().json();
    said["ring_log2"].as_u64().unwrap_or_else(|| panic!("no ring in {said}"))
}

/// At 2^16 these would need a digit for nearly every limb, or would not fit.
#[test]
fn the_largest_ring_is_taken_where_it_is_cheaper_or_the_only_way() {
    let place = place();
    assert_eq!(ring(&place, "lr.hep -p T=11"), 17, "the only ring");
    assert_eq!(ring(&place, "first.hep -p T=9"), 17, "the cheaper ring");
    assert!(ring(&place, "lr.hep -p T=4") < 17, "not where a smaller one is cheaper");
}

/// However far away the wish is, the proposal works, and what is said to be the most is.
#[test]
fn iterations_that_fit_are_said_wherever_a_wish_ends() {
    let place = place();
    for wish in [13, 30, 5000] {
        let refused = place.hep(&format!("compile lr.hep -p T={wish} -o p.hepc"));
        refused.failed(&["iterations fit: `-p T="]);
        let fit = refused.err.split("`-p T=").nth(1).and_then(|rest| rest.split('`').next());
        let fit: u32 = fit.and_then(|fit| fit.parse().ok()).unwrap_or_else(|| panic!("{}", refused.err));
        place.hep(&format!("compile lr.hep -p T={fit} -o p.hepc")).done();
        // How many were tried is a matter of the time there was.
        if refused.err.contains("at most") {
            place.hep(&format!("compile lr.hep -p T={} -o p.hepc", fit + 1)).failed(&[]);
        }
    }
}

#[test]
fn check_says_what_explain_says() {
    let place = place();
    let step = "grad(nll, Y, score, at = v) / n";
    let hidden = LR.replace("predict score(w)", "predict score(v)");
    let wide = LR.replace(step, &format!("({step} + (X.T @ (X @ (X.T @ X))) @ v)"));
    for (name, text, sizes, code) in [
        ("deep.hep", LR.to_string(), "-p T=30 --ring 12", "H0501"),
        ("keys.hep", LR.to_string(), "--key-budget 1MB --ring 12 --insecure", "H0506"),
        ("hidden.hep", hidden, "", "H0408"),
        ("wide.hep", wide, "", "H0602"),
    ] {
        place.write(name, text);
        let said = |command: &str| {
            let outcome = place.hep(&format!("{command} {name} {sizes}"));
            assert_eq!(outcome.code, Some(1), "{command} {name}: {}", outcome.err);
            // What helps is found in a given time.
            outcome.err.split("\n help: ").next().expect("a verdict").to_string()
        };
        let checked = said("check");
        assert!(checked.contains(&format!("error[{code}]")), "{name}: {checked}");
        assert_eq!(checked, said("explain"), "{name}");
        // The quick check stops at the tensor graph, which lacks a revealed value in one of them.
        let quick = place.hep(&format!("check {name} {sizes} --quick"));
        assert_eq!(quick.code, Some(i32::from(code == "H0408")), "{name}: {}", quick.err);
    }
}
