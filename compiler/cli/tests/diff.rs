//! `hep diff`: programs, plans, snapshots and losses against each other.

mod common;

use common::{Place, SIZES, SMALL};

const LOSSES: &str = "loss mse(y, z) = (y - sigmoid(z)) ** 2\nloss bce(y, z) = -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))\napprox sigmoid";

fn diff(rest: &str) -> String {
    format!("diff {rest} {SIZES} {SMALL}")
}

/// `mlr.hep` with three losses, and `deep.hep`, which takes more levels.
fn place() -> Place {
    let place = Place::new();
    place.copy("mlr.hep", "old.hep");
    place.changed("degree 3", "degree 5");
    place.copy("mlr.hep", "deep.hep");
    place.copy("old.hep", "mlr.hep");
    place.changed("approx sigmoid", LOSSES);
    place
}

#[test]
fn a_deeper_program_costs_more() {
    let place = place();
    let found = place.hep(&diff("old.hep deep.hep")).done().out;
    let levels = found.lines().find(|line| line.trim_start().starts_with("levels ")).unwrap();
    let words: Vec<&str> = levels.split_whitespace().collect();
    assert_eq!(words[1].parse::<u32>().unwrap() + 1, words[2].parse::<u32>().unwrap(), "{levels}");
    assert_eq!(words[3], "+1", "{levels}");
    for part in ["old.hep", "deep.hep", "seconds, 1 thread", "keys at rest", "iteration 2: ", "\n  + r"] {
        assert!(found.contains(part), "no {part:?} in {found}");
    }
    let json = place.hep(&format!("{} --json", diff("old.hep deep.hep"))).done().json();
    let levels = &json["figures"]["levels"];
    assert_eq!(levels["old"].as_f64().unwrap() + 1.0, levels["new"].as_f64().unwrap());
    assert_eq!(json["same"], false);
    assert_eq!(json["parts"][2]["part"], "iteration 2");
    assert!(json["parts"][2]["new"]["relinearizations"].as_f64() > Some(0.0), "{json}");
    assert!(json["sections"].as_array().unwrap().iter().any(|section| section["title"] == "iteration 2"));
}

#[test]
fn losses_of_one_gradient_have_one_schedule() {
    let place = place();
    let same = place.hep(&format!("{} --exit-code", diff("mlr.hep --loss sle,bce"))).done();
    assert!(same.out.contains("the instructions are the same"), "{}", same.out);
    let other = place.hep(&format!("{} --exit-code", diff("mlr.hep --loss mse")));
    assert_eq!(
        (other.code, other.err.lines().filter(|line| line.starts_with("error")).count()),
        (Some(1), 0)
    );
    assert!(
        other.out.contains("as written  ") && other.out.contains("mse") && other.out.contains("constants: "),
        "{}",
        other.out
    );
    place.hep(&diff("mlr.hep --loss sle,mse")).done();
}

#[test]
fn programs_plans_and_snapshots_can_be_mixed() {
    let place = place();
    place.hep(&format!("compile old.hep {SIZES} {SMALL} -o old.hepc")).done();
    place.hep(&format!("snapshot old.hep {SIZES} {SMALL} --update")).done();
    for pair in ["old.hep old.hepc", "old.schedule old.hep", "old.hepc old.schedule"] {
        let outcome = place.hep(&diff(pair)).done();
        assert!(outcome.out.contains("the instructions are the same"), "{pair}: {}", outcome.out);
        assert!(!outcome.out.contains("(+"), "{pair}: {}", outcome.out);
    }
    let outcome = place.hep(&diff("old.schedule deep.hep")).done();
    assert!(outcome.out.contains("iteration 2: "), "{}", outcome.out);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let place = place();
    for line in [diff("mlr.hep"), diff("mlr.hep --loss a,b,c"), diff("mlr.hep old.hep --loss sle")] {
        let outcome = place.hep(&line);
        assert_eq!(outcome.code, Some(2), "{line}: {}", outcome.err);
        assert!(outcome.err.contains("--loss") && outcome.err.contains("--help"), "{}", outcome.err);
    }
    place.refused(&diff("mlr.hep --loss sel"), &["error[H0219]", "did you mean `--loss sle`?"]);
    place.refused(&diff("mlr.hep missing.hep"), &["cannot read missing.hep"]);
    place.write("broken.hepc", "no plan");
    place.refused(&diff("mlr.hep broken.hepc"), &["broken.hepc"]);
    place.refused(&diff("mlr.hep --loss sel,sle"), &["error[H0219]"]);
    assert_eq!(place.hep("diff old.hepc --loss sle").code, Some(2));
}
