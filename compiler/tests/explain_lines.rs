//! What lines of the source cost adds up to what the plan costs.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::diagnostics::render::render_all;
use hep_compiler::explain::drawing::Drawing;
use hep_compiler::explain::lines::{Line, lines, text};
use hep_compiler::explain::time::Basis;
use hep_compiler::source::SourceFile;
use hep_compiler::{Compilation, Options, compile};
use hep_plan::cost::estimate;
use std::collections::BTreeSet;

const PROGRAM: &str = "program lines
use optimizers
dim n = 16
dim f = 8
dim c = 3
dim T = 2
owner X0 : real[n, f]
owner y0 : class[n, c]
secret X : real[n, f] = X0   # copies are made of these
secret Y : onehot[n, c] = one_hot(y0)
let score(w) = X @ w.T
loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))
approx sigmoid on -4 .. 4 degree 3 by least_squares

train {
  var w : real[c, f] = 0
  var v : real[c, f] = 0
  for t in 1 .. T {
    let G = grad(nll, Y, score, at = v)
    w, v = heavy_ball(w, v, 2 / n * G, 1 / 2)
  }
}
reveal w
predict score(w)
";

fn compiled(source: &SourceFile) -> Compilation {
    let options = Options { ring_log2: Some(8), insecure: true, precision_bits: 8.0, ..Options::default() };
    compile(source, &options).unwrap_or_else(|errors| panic!("{}", render_all(&errors, source)))
}

fn basis(options: &Options) -> Basis<'_> {
    Basis { table: &options.costs, name: "the table that ships", cores: 1 }
}

fn of(source: &SourceFile) -> (Compilation, Vec<Line>) {
    let (compiled, options) = (compiled(source), Options::default());
    let found = lines(&compiled.plan, &compiled.spans(), source, basis(&options));
    (compiled, found)
}

#[test]
fn the_lines_add_up_to_the_plan() {
    let source = SourceFile::new("lines.hep", PROGRAM);
    let (compiled, found) = of(&source);
    assert_eq!(compiled.origins.len(), compiled.plan.server.values.len());
    let (total, options) = (compiled.plan.summary().total, Options::default());
    let time = estimate(&compiled.plan, basis(&options).table, 1);
    let sum = |of: fn(&Line) -> f64| found.iter().map(of).sum::<f64>();
    assert!((sum(|line| line.seconds) / time.total - 1.0).abs() < 1e-12);
    assert!((sum(|line| line.prologue) - time.prologue).abs() < 1e-12);
    assert!((sum(|line| line.share) - 1.0).abs() < 1e-12);
    assert_eq!(found.iter().map(|line| line.rotations).sum::<u32>(), total.rotations);
    assert_eq!(found.iter().map(|line| line.relinearizations).sum::<u32>(), total.relinearizations);
    assert!(total.rotations > 0 && total.relinearizations > 0);
}

#[test]
fn work_belongs_to_the_line_that_asks_for_it() {
    let source = SourceFile::new("lines.hep", PROGRAM);
    let (_, found) = of(&source);
    for line in &found {
        let file = source.parts().find(|part| part.file == line.file).unwrap();
        assert_eq!(file.text.lines().nth(line.line - 1).unwrap().trim(), line.text);
    }
    let costs = |begin: &str| found.iter().find(|line| line.text.starts_with(begin)).unwrap().clone();
    // The data are separated before the loop, the gradient is a polynomial and a product, the update is linear.
    assert!(costs("secret X").rotations > 0 && costs("secret X").seconds == costs("secret X").prologue);
    assert!(costs("let G").relinearizations > 0 && costs("let G").prologue == 0.0);
    assert_eq!(costs("w, v =").relinearizations, 0);
    assert!(found.iter().any(|line| line.file == "std/optimizers.hep"), "{found:?}");
    insta::assert_snapshot!("explain_lines", text(&found, &source));
}

#[test]
fn groups_of_a_drawing_share_out_the_schedule() {
    let source = SourceFile::new("lines.hep", PROGRAM);
    let (compiled, options) = (compiled(&source), Options::default());
    let (plan, spans) = (&compiled.plan, compiled.spans());
    let drawing = Drawing::of(plan, &spans, &source, basis(&options));
    let mut drawn: Vec<usize> = drawing.groups.iter().flat_map(|group| group.instructions.clone()).collect();
    drawn.sort_unstable();
    assert_eq!(drawn, (0..plan.server.instrs.len()).collect::<Vec<_>>());
    let seconds: f64 = drawing.groups.iter().map(|group| group.seconds).sum();
    assert!((seconds / estimate(plan, basis(&options).table, 1).total - 1.0).abs() < 1e-12);
    let rotations: usize = drawing.groups.iter().filter_map(|group| group.operations.get("rotate")).sum();
    assert_eq!(rotations, plan.summary().total.rotations as usize);
    for edge in &drawing.edges {
        let (from, to) = (&drawing.groups[edge.from], &drawing.groups[edge.to]);
        let part = |of: usize| drawing.rows[of].part;
        assert!(edge.values > 0 && edge.from != edge.to && from.level >= to.level);
        assert!(part(from.row) <= part(to.row));
    }
    // All that is made is read by something, but for the result.
    let results =
        drawing.groups.len() - drawing.edges.iter().map(|edge| edge.from).collect::<BTreeSet<_>>().len();
    assert!(results >= 1 && results <= plan.outputs[0].values.len(), "{results}");
}
