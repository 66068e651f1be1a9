//! The main job at 128-bit security on the shipped data. In release builds only: `cargo test --release -p hep-tests`.
#![cfg(not(debug_assertions))]

use hep_compiler::Options;
use hep_plan::Tensor;
use hep_tests::{Named, compiled, encrypted, example, in_the_clear, root};
use std::io::Read;

/// The first rows of the shipped features.
fn shipped(rows: usize) -> Named {
    let file = std::fs::File::open(root().join("programs/data/mnist_effnetlite0_512.npz")).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut array = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        let header = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
        bytes.split_off(10 + header)
    };
    let half = |bits: u16| {
        let (sign, exponent, fraction) = (bits >> 15, (bits >> 10) & 31, f64::from(bits & 1023));
        let size = match exponent {
            0 => fraction * 2f64.powi(-24),
            e => (1.0 + fraction / 1024.0) * 2f64.powi(i32::from(e) - 15),
        };
        if sign == 1 { -size } else { size }
    };
    let x: Vec<f64> =
        array("x.npy").chunks_exact(2).map(|b| half(u16::from_le_bytes([b[0], b[1]]))).collect();
    let y: Vec<f64> = array("y.npy").into_iter().map(f64::from).collect();
    let columns = x.len() / y.len();
    Named::from([
        ("X0".to_string(), Tensor { shape: vec![rows, columns], data: x[..rows * columns].to_vec() }),
        ("y".to_string(), Tensor { shape: vec![rows], data: y[..rows].to_vec() }),
    ])
}

#[test]
fn the_main_job_trains_on_ciphertexts_at_128_bits() {
    let dims = vec![("n".to_string(), 128), ("f".to_string(), 384)];
    let c = compiled(&example("mlr_quadratic_gradient"), &Options { dims, ..Options::default() });
    assert!(c.plan.params.validate().is_ok() && c.plan.params.security_bits() >= 128.0);
    let data = shipped(128);
    let twin = &in_the_clear(&c, &data)[0].1;
    let found = encrypted(&c.plan, &data, 2);
    let error = found["W"].max_difference(&twin["W"]);
    assert!(error < 1e-4, "weights are off by {error:e}");
    let precision = c.plan.outputs[0].precision_bits;
    assert!(precision >= 16.0, "only {precision} bits predicted");
}
