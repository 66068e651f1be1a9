//! Scratch: deleted before the end of the session.
#![allow(clippy::all, clippy::unwrap_used, clippy::print_stdout)]
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, compile};
use hep_tests::{data, encrypted, in_the_clear};
use std::time::Instant;

fn main() {
    std::panic::set_hook(Box::new(|i| println!("    PANIC {i}")));
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut o = Options { ring_log2: Some(9), insecure: true, precision_bits: 1.0, ..Options::default() };
        let (mut enc, mut clear, mut seeds) = (false, true, vec![5u64]);
        for w in text.lines().next().unwrap_or("").trim_start_matches('#').split_whitespace() {
            let Some((k, v)) = w.split_once('=') else {
                if w == "enc" {
                    enc = true
                }
                if w == "noclear" {
                    clear = false
                }
                if w == "quiet" {}
                continue;
            };
            match k {
                "ring" => o.ring_log2 = if v == "auto" { None } else { Some(v.parse().unwrap()) },
                "insecure" => o.insecure = v == "1",
                "prec" => o.precision_bits = v.parse().unwrap(),
                "seeds" => seeds = v.split(',').map(|s| s.parse().unwrap()).collect(),
                _ => o.dims.push((k.into(), v.parse().unwrap())),
            }
        }
        let name = std::path::Path::new(&path).file_stem().unwrap().to_string_lossy().to_string();
        let file = SourceFile { name: format!("{name}.hep"), text: text.clone() };
        let start = Instant::now();
        let r = std::panic::catch_unwind(|| compile(&file, &o));
        let took = start.elapsed().as_secs_f64();
        match r {
            Err(_) => println!("!! {name}: compile panicked ({took:.2}s)"),
            Ok(Err(list)) => println!(
                "-- {name}: refused ({took:.2}s)\n{}",
                hep_compiler::diagnostics::render::render_all(&list, &file)
            ),
            Ok(Ok(c)) => {
                println!(
                    "ok {name}: {took:.2}s nodes {} depth {} ring {} bits {:?} {}",
                    c.ckks.graph.len(),
                    c.ckks.depth,
                    c.plan.params.log_n,
                    c.plan
                        .outputs
                        .iter()
                        .map(|o| format!("{}:{:.1}", o.name, o.precision_bits))
                        .collect::<Vec<_>>(),
                    c.analysis.warnings.len()
                );
                if !c.analysis.warnings.is_empty() {
                    println!(
                        "{}",
                        hep_compiler::diagnostics::render::render_all(&c.analysis.warnings, &file)
                    );
                }
                for seed in seeds {
                    let r = std::panic::catch_unwind(|| {
                        let d = data(&c.plan, seed);
                        if !clear {
                            return;
                        }
                        let forms = in_the_clear(&c, &d);
                        let meaning = &forms[0].1;
                        for (form, found) in &forms[1..] {
                            for (n, t) in meaning {
                                let diff = found[n].max_difference(t);
                                let tol = 1e-9 * t.max_abs().max(1.0);
                                if !(diff <= tol) {
                                    println!(
                                        "!! {name}: {n} of {form} differs by {diff:e} (max {:e})",
                                        t.max_abs()
                                    );
                                }
                            }
                        }
                        if enc {
                            let got = encrypted(&c.plan, &d, 2);
                            for o in &c.plan.outputs {
                                let diff = got[&o.name].max_difference(&meaning[&o.name]);
                                let pred = (-o.precision_bits).exp2();
                                println!(
                                    "   {} seed {seed} {}: error {diff:.2e} predicted {pred:.2e} ratio {:.1} max {:.1e}",
                                    if diff > pred {
                                        "VIOLATION"
                                    } else if pred > 1000.0 * diff {
                                        "LOOSE"
                                    } else {
                                        "fine"
                                    },
                                    o.name,
                                    pred / diff,
                                    meaning[&o.name].max_abs()
                                );
                            }
                        }
                    });
                    if r.is_err() {
                        println!("!! {name}: run panicked");
                    }
                }
            }
        }
    }
}
