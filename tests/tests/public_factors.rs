//! Secrets times public vectors and matrices, from either side, inside and outside of the loop.

use hep_compiler::source::SourceFile;
use hep_compiler::{Compilation, Options, compile};
use hep_tests::{compiled, data, encrypted, forms_agree, in_the_clear, small};
use proptest::prelude::*;

/// Secret matrices and public factors over all pairs of dimensions.
const HEAD: &str = "program factors
dim n = 4  dim d = 6  dim c = 3  dim T = 2
owner X0 : real[n, d] in 0 .. 1
owner y : class[n, 2]
public p : real[d] = normal(seed = 1, deviation = 0.5)
public q : real[n] = normal(seed = 2, deviation = 0.5)
public P : real[d, c] = normal(seed = 3, deviation = 0.5)
public Q : real[c, n] = normal(seed = 4, deviation = 0.5)
public S : real[d, d] = normal(seed = 5, deviation = 0.5)
public R : real[n, n] = normal(seed = 6, deviation = 0.5)
secret X : real[n, d] = X0
secret Y : bit[n] = y
secret u : real[d] = mean(X0, over = n)
secret Z : real[c, d] = (Q @ X0) / n
";

/// A value over these dimensions, computed in every iteration.
fn inside((dims, value): (&str, &str)) -> String {
    format!(
        "{HEAD} train {{ var s : real{dims} = 0 for t in 1 .. T {{ s = 0.5 * s + {value} / t }} }} reveal s"
    )
}

/// The same, computed before the loop.
fn outside((dims, value): (&str, &str)) -> String {
    format!(
        "{HEAD} let k = {value} train {{ var s : real{dims} = 0 for t in 1 .. T {{ s = s + k }} }} reveal s"
    )
}

const PRODUCTS: [(&str, &str); 24] = [
    ("[n]", "X @ p"),
    ("[n]", "p @ X.T"),
    ("[d]", "q @ X"),
    ("[d]", "X.T @ q"),
    ("[n, c]", "X @ P"),
    ("[c, n]", "P.T @ X.T"),
    ("[c, d]", "Q @ X"),
    ("[d, c]", "X.T @ Q.T"),
    ("", "u @ p"),
    ("[c]", "u @ P"),
    ("[c]", "P.T @ u"),
    ("[n, d]", "X @ S"),
    ("[n, d]", "X @ S.T"),
    ("[d, n]", "S @ X.T"),
    ("[d]", "S @ u"),
    ("[d]", "u @ S"),
    ("[n, d]", "R @ X"),
    ("[c]", "Z @ p"),
    ("[c, d]", "Z @ S"),
    ("[n, d]", "Q.T @ Z"),
    ("[d]", "(X @ p - 0.1) @ X"),
    ("[n]", "X @ (u * p)"),
    ("[n, c]", "R @ (X @ P)"),
    ("[n]", "(X @ P) @ (u @ P)"),
];

/// Training loops with public factors.
const LOOPS: [&str; 6] = [
    // Fixed random features.
    "let score(w) = (X @ P) @ w
     loss l(y, z) = (z - y) ** 2
     train { var w : real[c] = 0.1
       for t in 1 .. T { w = w - 0.05 / n * grad(l, Y, score, at = w) } }
     reveal w predict score(w)",
    // A public matrix between the data and the model.
    "let score(w) = X @ (P @ w)
     loss l(y, z) = (z - y) ** 2
     train { var w : real[c] = 0.1
       for t in 1 .. T { w = w - 0.05 / n * grad(l, Y, score, at = w) } }
     reveal w predict score(w)",
    // A preconditioner.
    "let score(w) = X @ w
     loss l(y, z) = (z - y) ** 2
     train { var w : real[d] = 0.1
       for t in 1 .. T { w = w - 0.05 / n * S @ grad(l, Y, score, at = w) } }
     reveal w predict score(w)",
    // Mini-batches.
    "let score(w) = (X @ P) @ w
     loss l(y, z) = (z - y) ** 2
     train { var w : real[c] = 0.1
       for t in 1 .. T { for batch in rows(X, Y, size = 2) { w = w - 0.05 / n * grad(l, Y, score, at = w) } } }
     reveal w predict score(w)",
    // A public variable of the loop.
    "train { var v : real[d] = p  var s : real[n] = 0
       for t in 1 .. T { v, s = v / 2 + p * p, s + X @ v } }
     reveal s",
    // A factor of each iteration.
    "train { var w : real[d] = u
       for t in 1 .. T { w = 0.5 * w + (S / t) @ w } }
     reveal w",
];

fn agree(text: &str, ring: u32, dims: &[(&str, usize)]) -> Result<Compilation, String> {
    let c = compiled(text, &Options { precision_bits: 1.0, ..small(ring, dims) });
    forms_agree(&c, &data(&c.plan, 5)).map(|()| c)
}

#[test]
fn products_with_public_factors_keep_their_meaning() {
    let sizes: [&[(&str, usize)]; 4] =
        [&[], &[("n", 1)], &[("d", 1), ("c", 1)], &[("n", 16), ("d", 9), ("c", 5)]];
    for product in PRODUCTS {
        for sizes in sizes {
            for text in [inside(product), outside(product)] {
                agree(&text, 9, sizes).unwrap_or_else(|e| panic!("{} {sizes:?}: {e}", product.1));
            }
        }
    }
}

#[test]
fn loops_with_public_factors_keep_their_meaning() {
    for body in LOOPS {
        for sizes in [&[][..], &[("n", 16), ("d", 9), ("c", 5)], &[("n", 40), ("c", 1)]] {
            agree(&format!("{HEAD} {body}"), 9, sizes).unwrap_or_else(|e| panic!("{body} {sizes:?}: {e}"));
        }
    }
}

#[test]
fn encrypted_products_with_public_factors_are_as_precise_as_predicted() {
    let texts = PRODUCTS.iter().map(|product| inside(*product));
    for text in texts.chain(LOOPS.map(|body| format!("{HEAD} {body}"))) {
        let c = compiled(&text, &Options { precision_bits: 1.0, ..small(8, &[]) });
        let data = data(&c.plan, 3);
        let meaning = &in_the_clear(&c, &data)[0].1;
        let found = encrypted(&c.plan, &data, 2);
        for output in &c.plan.outputs {
            let error = found[&output.name].max_difference(&meaning[&output.name]);
            let predicted = (-output.precision_bits).exp2();
            assert!(error <= predicted, "{text}: {error:e} exceeds {predicted:e}");
            assert!(meaning[&output.name].max_abs() > 1e-4, "{text}: nothing was computed");
        }
    }
}

/// Products with what is public take no relinearization.
#[test]
fn public_factors_are_not_relinearized() {
    for product in &PRODUCTS[..20] {
        let c = agree(&outside(*product), 9, &[]).unwrap_or_else(|e| panic!("{e}"));
        let total = c.plan.summary().total;
        assert_eq!((total.ct_products, total.relinearizations), (0, 0), "{}", product.1);
        assert!(total.pt_products > 0, "{}", product.1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// In rings where dimensions share slots; what has no packing says so, with what to do.
    #[test]
    fn in_every_ring_products_are_right_or_refused(
        n in 1usize..20, d in 1usize..14, c in 1usize..10, ring in 5u32..9, which in 0usize..24, first: bool,
    ) {
        let text = if first { outside(PRODUCTS[which]) } else { inside(PRODUCTS[which]) };
        let options = Options { precision_bits: 1.0, ..small(ring, &[("n", n), ("d", d), ("c", c)]) };
        match compile(&SourceFile::new("test.hep", text), &options) {
            Ok(c) => forms_agree(&c, &data(&c.plan, 5)).map_err(TestCaseError::fail)?,
            Err(found) => {
                let turned = ["R @ X", "R @ (X @ P)", "Z @ S", "Q.T @ Z", "(X @ P) @ (u @ P)"];
                // Also where one dimension alone exceeds a ciphertext.
                let wide = [n, d, c].iter().any(|size| *size > 1 << (ring - 1));
                prop_assert!(wide || turned.contains(&PRODUCTS[which].1), "{found:?}");
                prop_assert!(found.iter().all(|m| ["H0601", "H0604"].contains(&m.code)), "{found:?}");
            }
        }
    }
}

/// The help of a refusal can be followed.
#[test]
fn a_refused_product_is_computed_by_the_owner() {
    let options = small(5, &[("n", 5)]);
    let text = inside(("[c, d]", "Z @ S"));
    let found = compile(&SourceFile::new("test.hep", text.clone()), &options).expect_err("no packing");
    let help = found[0].help.as_deref().unwrap_or_default();
    assert!(help.contains("`secret NAME : TYPE = A0 @ P`"), "{help}");
    let followed = text.replace("Z @ S / t", "K / t");
    let followed = followed.replace("train {", "secret K : real[c, d] = ((Q @ X0) / n) @ S train {");
    agree(&followed, 5, &[("n", 5)]).unwrap_or_else(|e| panic!("{e}"));
}

/// Sums of products of the rotations of one value whose scales differ: within an iteration, and from one to the next.
#[test]
fn sums_of_different_scales_share_rotations() {
    let bodies = [
        "var s : real[d] = 0 var r : real[d] = 0 for t in 1 .. 1 { s, r = S @ u + u, S @ u / 2 + 3 * u }",
        "var s : real[d] = 0 var r : real[d] = 0 for t in 1 .. 3 { s, r = 0.5 * s + (S / t) @ u, s }",
    ];
    for body in bodies {
        let source = format!("{HEAD} train {{ {body} }} reveal s reveal r").replace("dim T = 2", "");
        let file = SourceFile::new("scales.hep", source);
        let c = compile(&file, &Options { precision_bits: 5.0, ..small(8, &[]) });
        let c = c
            .unwrap_or_else(|list| panic!("{}", hep_compiler::diagnostics::render::render_all(&list, &file)));
        let data = data(&c.plan, 3);
        let (_, meaning) = &in_the_clear(&c, &data)[0];
        let found = encrypted(&c.plan, &data, 2);
        for output in &c.plan.outputs {
            let error = found[&output.name].max_difference(&meaning[&output.name]);
            assert!(error <= (-output.precision_bits).exp2(), "{}: {error:e}", output.name);
        }
    }
}
