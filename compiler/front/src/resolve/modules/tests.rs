//! Programs with modules against the same programs in one file.

use super::*;
use crate::diagnostics::render::render_all;
use crate::resolve::{ResolveOptions, resolve};
use crate::syntax::parse;
use std::convert::Infallible;

const PROGRAM: &str = "program p dim n = 4 dim f = 2 dim T = 2
    owner X0 : real[n, f] owner y : class[n, 2]
    secret X : real[n, f] = X0 secret Y : bit[n] = y
    let score(w) = X @ w
    approx sigmoid on -8 .. 8 degree 3
    train { var w : real[f] = 0 for t in 1 .. T { w = w - grad(LOSS, Y, score, at = w) } }
    reveal w predict score(w) ";

/// A program with text in front of it, and modules.
fn source(text: &str, modules: &[(&str, &str)]) -> SourceFile {
    let mut source = SourceFile::new("p.hep", text);
    for (name, text) in modules {
        source.add_module(name, format!("{name}.hep"), format!("module {name} {text}"));
    }
    source
}

fn program(loss: &str, items: &str) -> String {
    format!("{}{items}", PROGRAM.replace("LOSS", loss))
}

fn graph(source: &SourceFile, loss: Option<&str>) -> Result<String, String> {
    let linked = parse(source).and_then(|file| link(&file, source, loss));
    let resolved = linked.and_then(|linked| {
        let options = ResolveOptions { loss: linked.loss, ..ResolveOptions::default() };
        resolve(&linked.file, &options).map(|(program, _)| program.to_string())
    });
    resolved.map_err(|errors| render_all(&errors, source))
}

fn messages(items: &str, modules: &[(&str, &str)]) -> String {
    graph(&source(&program("l", items), modules), None).unwrap_err()
}

#[test]
fn a_used_loss_is_the_loss_of_the_text() {
    let text = "loss focal(y, z) = -y * (1 - sigmoid(z)) ** 2 * log(sigmoid(z))
        - (1 - y) * sigmoid(z) ** 2 * log(1 - sigmoid(z))";
    // All but the true loss, which is computed as it is written.
    let trained = |items: &str| {
        let text = graph(&source(&program("focal", items), &[]), None).unwrap();
        text.split_once("\nloss\n").unwrap().0.to_owned()
    };
    for used in ["use losses.focal", "use losses"] {
        assert_eq!(trained(used), trained(text));
    }
}

#[test]
fn names_inside_a_module_mean_what_they_mean_there() {
    // The program has a `half` and a `scale` of its own, and the module another, used by what is used.
    let module = "let half = 1 / 2 let scale(u) = half * u loss l(y, z) = (y - scale(z)) ** 2";
    let items = "use mine.l let half = 3 let scale(u) = X0 * u";
    let found = graph(&source(&program("l", items), &[("mine", module)]), None).unwrap();
    let written = "loss l(y, z) = (y - 1 / 2 * z) ** 2 let half = 3 let scale(u) = X0 * u";
    let polynomials = |text: &str| {
        let lines = text.lines().filter_map(|line| line.split_once(" = polynomial"));
        lines.map(|(_, rest)| rest.split_once("by").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    let written = graph(&source(&program("l", written), &[]), None).unwrap();
    assert_eq!(polynomials(&found), polynomials(&written));
    assert_eq!(polynomials(&found).len(), 1);
}

#[test]
fn modules_use_modules_and_hide_the_library() {
    let modules = [
        ("losses", "use helpers.power loss l(y, z) = power(y - z) let unused(u) = u"),
        ("helpers", "let power(u) = u ** 2"),
    ];
    let found = graph(&source(&program("l", "use losses.l"), &modules), None);
    let written = graph(&source(&program("l", "loss l(y, z) = (y - z) ** 2"), &[]), None);
    assert_eq!(found, written);
    // What a module uses is not passed on.
    let error = messages("use losses.l use losses.power", &modules);
    assert!(error.contains("H0215") && error.contains("it has l, unused"), "{error}");
}

#[test]
fn mistakes_say_where_they_are() {
    for (items, modules, code, text) in [
        ("use loses.l", &[][..], "H0214", "did you mean `losses`?"),
        ("use losses.focl", &[], "H0215", "did you mean `use losses.focal`?"),
        ("use losses.sle loss sle(y, z) = z", &[], "H0216", "`sle` would be two things"),
        (
            "use a.l use b.l",
            &[("a", "loss l(y, z) = z"), ("b", "loss l(y, z) = z")],
            "H0216",
            "used here as well",
        ),
        ("use a.l", &[("a", "use b loss l(y, z) = z"), ("b", "use a")], "H0217", "a → b → a"),
        ("use a", &[("a", "use a")], "H0217", "a → a"),
        ("use a", &[("a", "let x = 1\ndim n = 2")], "H0218", "a.hep:2:5"),
        ("use a.l", &[("a", "loss l(y, z) = (y")], "H0103", "a.hep:1:25"),
        ("use a.l", &[("a", "\nloss l(y, z) = y - X")], "H0201", "a.hep:2:20"),
        ("use a.l", &[("a", "loss l(y, z) = sqare(z)")], "H0201", "`sqare` is not defined"),
        ("use a.sum", &[("a", "let sum(u) = u")], "H0202", "a built-in function"),
        ("use a.l", &[("a", "loss l(y, z) = one loss l(y, z) = two")], "H0202", "`l` is defined twice"),
    ] {
        let found = messages(items, modules);
        assert!(found.contains(code) && found.contains(text), "{items}:\n{found}");
    }
    let mut other = source(&program("l", "use a.l"), &[]);
    other.add_module("a", "a.hep".into(), "module b loss l(y, z) = z".into());
    assert!(graph(&other, None).unwrap_err().contains("write `module a`"));
    other.add_module("a", "a.hep".into(), "program a".into());
    assert!(graph(&other, None).unwrap_err().contains("is a program, and is used as a module"));
}

#[test]
fn an_error_in_a_used_function_shows_both_files() {
    let text = program("losses.l", "").replace("grad(losses.l, Y, score, at = w)", "twice(X) @ w");
    let found = graph(&source(&format!("{text} use a.twice"), &[("a", "\nlet twice(A) = A @ A")]), None);
    let found = found.unwrap_err();
    assert!(
        found.contains("H0203") && found.contains("  a.hep:2:16\n") && found.contains("  p.hep:6:"),
        "{found}"
    );
}

#[test]
fn a_selected_loss_comes_from_anywhere() {
    let with = |items: &str, loss: &str| graph(&source(&program("l", items), &[]), Some(loss));
    let squared = "loss l(y, z) = (z - y) ** 2 ";
    let reference = |loss: &str| {
        graph(&source(&program(loss, &format!("{squared} use losses.{loss}")), &[]), None).unwrap()
    };
    for name in ["mse", "losses.mse"] {
        assert_eq!(with(squared, name).unwrap(), reference("mse"));
        assert_eq!(with(&format!("{squared} use losses.mse"), name).unwrap(), reference("mse"));
    }
    // A name of the program stays what it is; the module is still there by its full name.
    let own = format!("{squared} loss mse(y, z) = z ** 2 / 2");
    assert_ne!(with(&own, "mse").unwrap(), with(&own, "losses.mse").unwrap());
    for unknown in ["foc", "losses.balanced_focal", "nothing.l"] {
        let error = with(squared, unknown).unwrap_err();
        assert!(error.contains("H0219") && error.contains("losses.focal"), "{error}");
    }
}

#[test]
fn a_program_is_read_with_the_modules_beside_it() {
    let files = BTreeMap::from([("a", "module a use b use c"), ("b", "module b use a"), ("d", "module d")]);
    let mut asked = vec![];
    let read = |name: &str| {
        asked.push(name.to_owned());
        Ok::<_, Infallible>(files.get(name).map(|text| (format!("{name}.hep"), (*text).to_owned())))
    };
    let source = load(SourceFile::new("p.hep", "program p use a.x use losses"), read).unwrap();
    assert_eq!(asked, ["losses", "a", "c", "b"]);
    assert!(source.module("b").is_some() && source.module("d").is_none());
    // A program with errors needs nothing: they are said first.
    let broken = load(SourceFile::new("p.hep", "program p use"), |_| Err(()));
    assert!(broken.is_ok());
}
