//! Native code computes what the slot interpreter computes, bit for bit, on any number of threads.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::{program, uploads};
use hep_codegen::{CodegenError, Simulation};
use hep_compiler::slot::Program;
use hep_compiler::slot::interpret::Interpreter;
use hep_compiler::slot::verify::verify;
use hep_plan::tensor::Tensor;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn bits(tensor: &Tensor) -> Vec<u64> {
    tensor.data.iter().map(|v| v.to_bits()).collect()
}

/// Compares scores and results of every iteration.
fn agree(program: &Program, data: &BTreeMap<String, Tensor>) {
    assert_eq!(verify(program), Vec::<String>::new());
    let simulation = Simulation::compile(program).unwrap();
    let mut run = simulation.start(data, u64::MAX).unwrap();
    let mut oracle = Interpreter::new(program, data).unwrap();
    for iteration in 1..=program.iterations {
        run.step();
        oracle.step();
        let (found, expected) = (run.scores().unwrap(), oracle.scores().unwrap());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(bits(found), bits(expected), "scores of iteration {iteration}");
        }
        let (found, expected) = (run.reveals().unwrap(), oracle.reveals().unwrap());
        assert_eq!(found.len(), expected.len());
        for (name, expected) in &expected {
            assert!(expected.data.iter().all(|v| v.is_finite()), "the generator bounds all values");
            assert_eq!(bits(&found[name]), bits(expected), "{name} after iteration {iteration}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_on_short_vectors(seed: u64, log in 1u32..8, blocks in 1usize..6, size in 0usize..60) {
        let program = program(seed, 1 << log, blocks, size);
        agree(&program, &uploads(&program, seed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_on_long_vectors(seed: u64, blocks in 1usize..12, size in 10usize..40) {
        // Longer than a tile and a thread's range.
        let program = program(seed, 1 << 14, blocks, size);
        agree(&program, &uploads(&program, seed));
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let program = program(5, 1 << 13, 9, 30);
    let data = uploads(&program, 5);
    let simulation = Simulation::compile(&program).unwrap();
    let results = [1, 2, 3, 7].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut run = simulation.start(&data, u64::MAX).unwrap();
            (0..program.iterations).for_each(|_| run.step());
            run.reveals().unwrap().values().map(bits).collect::<Vec<_>>()
        })
    });
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn blocks_share_their_code() {
    let loops = |blocks| Simulation::compile(&program(3, 64, blocks, 12)).unwrap().loops();
    // Both fill the parts of their sums.
    assert_eq!(loops(8), loops(40));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let program = program(1, 256, 3, 10);
    let mut data = uploads(&program, 1);
    let simulation = Simulation::compile(&program).unwrap();
    let needed = simulation.bytes();
    assert!(simulation.start(&data, needed).is_ok());
    assert!(matches!(simulation.start(&data, needed - 1).err(), Some(CodegenError::Memory { .. })));
    data.remove("B");
    assert_eq!(simulation.start(&data, u64::MAX).err(), Some(CodegenError::Upload("B".into())));
    data.insert("B".into(), Tensor::scalar(1.0));
    assert_eq!(simulation.start(&data, u64::MAX).err(), Some(CodegenError::Upload("B".into())));
}
