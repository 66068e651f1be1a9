//! Trees of whole programs, precedence, and errors of broken ones.

use super::*;

const QUADRATIC: &str = include_str!("../../../../programs/examples/mlr_quadratic_gradient.hep");
const NESTEROV: &str = include_str!("../../../../programs/examples/lr_nesterov.hep");
const PUBLISHED: &str = include_str!("../../../../programs/examples/mlr_published.hep");

fn errors(text: &str) -> Vec<Diagnostic> {
    parse(&SourceFile::new("t.hep", text)).err().unwrap_or_default()
}

fn titles(text: &str) -> Vec<String> {
    errors(text).into_iter().map(|e| e.title).collect()
}

fn expression(text: &str) -> String {
    let file = parse(&SourceFile::new("t.hep", format!("program p let x = {text}"))).expect(text);
    let Some(ast::Item::Let(binding)) = file.items.first() else { panic!("{text}") };
    print::expression(&binding.values[0])
}

#[test]
fn the_examples_parse() {
    for text in [QUADRATIC, NESTEROV, PUBLISHED] {
        assert_eq!(titles(text), Vec::<String>::new());
    }
    let file = parse(&SourceFile::new("t.hep", QUADRATIC)).unwrap();
    assert_eq!(file.docs.len(), 2);
    let text = print::print(&file);
    assert!(
        text.contains(
            "  secret B : real[d] = (1 / (1e-10 + (curvature(sle) * row_sums(abs((A0.T @ A0))))))\n"
        )
    );
    assert!(text.contains("      W, V = (((1 - eta[t]) * M) + (eta[t] * V)), M\n"), "{text}");
    assert!(text.contains("  approx sigmoid on (-8) .. 8 degree 3 by least_squares\n"), "{text}");
}

#[test]
fn records_and_everything_unsupported_parse() {
    let text = "program p use losses.focal params P { W : real[d] = normal(seed = 1) b : real = 0 }
        pack X, W by volley_revolver approx f on auto degree auto by minimax error <= 1e-3
        approx grad l on -1 .. 1 degree 5 by chebyshev
        train { for batch in rows(X, size = 3) { refresh P P.W, P.b = P.W - G.W, 0 } }";
    assert_eq!(titles(text), Vec::<String>::new());
}

#[test]
fn precedence() {
    for (text, tree) in [
        ("-a ** 2", "(-(a ** 2))"),
        ("a ** -b ** c", "(a ** (-(b ** c)))"),
        ("a - b - c", "((a - b) - c)"),
        ("a + b * c @ d", "(a + (b * (c @ d)))"),
        ("-a @ b", "((-a) @ b)"),
        ("a / b * c", "((a / b) * c)"),
        ("A.T @ B[1].T", "(A.T @ B[1].T)"),
        ("- - a", "(-(-a))"),
        ("f(x, at = 1_000.5e-3)(", ""),
    ] {
        if tree.is_empty() {
            assert!(!titles(&format!("program p let x = {text}")).is_empty());
        } else {
            assert_eq!(expression(text), tree);
        }
    }
}

/// What stands behind a bracket that is never closed is no second mistake, and a declaration without a type is told what it lacks.
#[test]
fn one_mistake_has_one_message() {
    let messages = |line: &str| {
        let text = format!("program p\n{line}\ndim n = 2\n");
        let found = parse(&SourceFile::new("t.hep", text)).unwrap_err();
        found.into_iter().map(|m| (m.title, m.help.unwrap_or_default())).collect::<Vec<_>>()
    };
    let bracket = ("`(` is never closed".to_owned(), "add the missing `)`".to_owned());
    assert_eq!(messages("secret X : real[n, d] = bias(standardise(X0)"), [bracket]);
    // Words side by side are a product in a value only.
    for line in ["approx sigmoid on -8 .. 8 order 3", "predict score w", "train { update w }"] {
        assert!(messages(line).iter().all(|(_, help)| !help.contains('*')), "{line}: {:?}", messages(line));
    }
    let [(_, help)] = messages("owner X0").try_into().unwrap();
    assert!(help.contains("`NAME : real[DIMS]`") && help.contains("class[n, 2]"), "{help}");
}

#[test]
fn all_errors_of_a_file_in_one_pass() {
    let text = "program p\ndim n 128\nlss sle(y, z) = z\nlet a = (1 + 2\nreveal W,\ntrain {\n  vra W : real = 0\n  \
                let = 4\n  for t of 1 .. T { W = * 2 }\n}\npredict";
    let found = titles(text);
    assert_eq!(
        found,
        [
            "unexpected `128`",
            "`lss` is not a keyword",
            "`(` is never closed",
            "unexpected `,`",
            "`vra` is not a keyword",
            "unexpected `=`",
            "`of` is not in the language",
            "something is missing at the end",
        ],
        "{}",
        diagnostics::render::render_all(&errors(text), &SourceFile::new("t.hep", text))
    );
}

#[test]
fn headers() {
    assert_eq!(titles("dim n = 3"), ["the program has no name"]);
    assert_eq!(titles(""), ["the program has no name"]);
    assert_eq!(titles("progam p dim n = 3"), ["`progam` is not a keyword"]);
    assert_eq!(titles("program dim n = 3"), ["`dim` is a keyword and cannot be a name"]);
    assert_eq!(titles("program p program q"), ["`program` is not the first item"]);
}

#[test]
fn hostile_texts_are_refused_in_bounded_time_and_stack() {
    let nested = |n: usize, open: &str, close: &str| {
        format!("program p let x = {}1{}", open.repeat(n), close.repeat(n))
    };
    assert!(titles(&nested(60, "(", ")")).is_empty());
    assert!(titles(&nested(60, "f(", ")")).is_empty());
    assert_eq!(titles(&nested(100_000, "(", ")")), ["brackets are nested too deeply"]);
    for text in ["- ".repeat(100_000), "2 ** ".repeat(100_000), "1 + ".repeat(100_000)] {
        assert_eq!(titles(&format!("program p let x = {text}1")), ["the expression is too long"]);
    }
    assert_eq!(
        titles(&format!("program p let x = a{}", ".T".repeat(100_000))),
        ["the expression is too long"]
    );
    let step = format!("{}(", "2 ** ".repeat(20));
    let close = ")".repeat(50);
    assert_eq!(
        titles(&format!("program p let x = {}1{close}", step.repeat(50)))[0],
        "the expression is too long"
    );
    assert!(!titles(&"{".repeat(60)).is_empty());
    assert!(!titles(&"?".repeat(100_000)).is_empty());
    assert!(!titles(&"train { ( [ ".repeat(20)).is_empty());
    assert!(
        titles(&format!("program p dim n = {}", "9".repeat(400)))
            .contains(&"the number is too large".to_owned())
    );
    assert!(!titles(&" ".repeat(2 << 20)).is_empty());
}

#[test]
fn tokens() {
    let file = SourceFile::new("t.hep", "dim n = 1..2 # c\n x%");
    assert_eq!(
        tokens::print(&file),
        "1:1 keyword dim\n1:5 name n\n1:7 symbol =\n1:9 number 1\n1:10 symbol ..\n1:12 number 2\n2:2 name x\n2:3 unknown %\n"
    );
}

/// The program that the `wrong` text is part of, with its one message.
fn one_message(text: &str) -> (&'static str, String) {
    let errors = parse(&SourceFile::new("t.hep", text)).unwrap_err();
    let [error] = errors.as_slice() else { panic!("{text}: {errors:?}") };
    (error.code, error.help.clone().unwrap_or_default())
}

/// What lacks its keyword is said with it, and then reads.
#[test]
fn a_line_without_its_keyword() {
    let right = "program p\ndim n = 4\nowner X0 : real[n]\nsecret X : real[n] = X0\npublic e : real[n] = 1\n\
                 let k = 3\nlet score(w) = X * w\nloss l(y, z) = (z - y) ** 2\n\
                 approx sigmoid on -8 .. 8 degree 3 by least_squares\n\
                 train {\nvar w : real[n] = 0\nfor t in 1 .. n {\nw = w - grad(l, X, score, at = w)\n}\n}\n\
                 reveal w\npredict score(w)";
    assert!(parse(&SourceFile::new("t.hep", right)).is_ok());
    let starts = [
        "dim n",
        "owner X0",
        "secret X",
        "public e",
        "let k",
        "let score",
        "loss l",
        "approx sigmoid",
        "train",
        "var w",
        "for t",
        "reveal w",
    ];
    for start in starts {
        let (keyword, _) = start.split_once(' ').unwrap_or((start, ""));
        let line = right.lines().find(|line| line.starts_with(start)).unwrap();
        let wrong = right.replace(line, line.strip_prefix(keyword).unwrap().trim_start());
        assert_eq!(one_message(&wrong), (codes::KEYWORD, format!("write `{line}`")), "{start}");
    }
    let several = "program p\nn = 4\nX : real[n] = 1\nscore(w) = w";
    let errors = parse(&SourceFile::new("t.hep", several)).unwrap_err();
    let lines: Vec<_> = errors.iter().filter_map(|error| error.help.as_deref()).collect();
    assert_eq!(lines, ["write `dim n = 4`", "write `public X : real[n] = 1`", "write `let score(w) = w`"]);
}

/// The first line of a program and of a module, and what is there in its place.
#[test]
fn the_first_line() {
    let help = |text: &str| one_message(text).1;
    let write = "write `program my_program` on the first line";
    assert_eq!(help("dim n = 1\ntrain { }"), write);
    assert_eq!(help("import losses\ntrain { }"), format!("{write}, and `use losses` below it"));
    assert!(help("let k = 1").starts_with(&format!("{write}, or `module my_module`")));
    assert_eq!(help("dim n = 1\nprogram p\ntrain { }"), "move `program p` up to the first line");
    assert_eq!(help("module m\nlet k = 1"), "use it in a program: `use m`");
    let module = |text: &str| {
        let errors =
            parse_module(hep_tensor::source::Part { file: "folder/mine.hep", text, base: 0 }).unwrap_err();
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        (error.code, error.help.clone().unwrap_or_default())
    };
    assert_eq!(module("let k = 1"), (codes::HEADER, "write `module mine` on the first line".to_owned()));
    let (code, help) = module("program p\nlet k = 1");
    assert_eq!((code, &*help), (codes::BAD_MODULE, "write `module mine` in place of `program p`"));
    assert!(
        module("program p\ndim n = 1").1.contains("to a file of their own that starts with `module NAME`")
    );
}
