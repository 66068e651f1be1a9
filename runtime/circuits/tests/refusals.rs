//! What a refresh refuses, and that no keys are made of refused sets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use hep_circuits::eval_mod::EvalMod;
use hep_circuits::{CircuitError, Refresh};
use hep_ckks::{
    CkksError, Context, EvaluationKeys, Evaluator, ParameterError, Params, SecretKey, Security, SparseSecret,
    SwitchingKey,
};
use hep_params::primes::nearest;
use hep_params::{Packing, ParamsError, RefreshError, RefreshShape};
use hep_plan::refresh::{Chain, ChainError, chain};
use num_complex::Complex64;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn good() -> Params {
    shared(8, vec![shape(6, &[3, 3], &[3, 3], Packing::Real)])
}

/// What the shape of good parameters is refused with after a change.
fn refused(change: impl Fn(&mut RefreshShape)) -> RefreshError {
    let mut params = good();
    change(&mut params.refresh[0]);
    let (shape, error) = (params.refresh[0].clone(), params.refresh[0].validate(&params).unwrap_err());
    // By their texts: NaN is not itself.
    let text = error.to_string();
    assert!(text.len() < 150, "{text}");
    assert_eq!(params.validate().unwrap_err().to_string(), text);
    // No tables are made of it.
    let ctx = Context::new_insecure(params).unwrap();
    let refused = Refresh::new(&ctx, &shape, 1.0).unwrap_err();
    // A shape with NaN is not the one that the parameters name, either.
    assert!(matches!(refused, CircuitError::Shape(_) | CircuitError::UnknownShape), "{refused}");
    error
}

/// The same of changed primes.
fn refused_primes(change: impl Fn(&mut Params)) -> RefreshError {
    let mut params = good();
    change(&mut params);
    params.refresh[0].validate(&params).unwrap_err()
}

#[test]
fn shapes_that_are_no_transform_are_refused() {
    assert_eq!(good().validate(), Ok(()));
    let layers = |name, factors: &[u8], found| RefreshError::Layers {
        name,
        factors: factors.to_vec(),
        found,
        log_slots: 6,
    };
    assert_eq!(refused(|s| s.s2c = vec![3, 2]), layers("s2c", &[3, 2], 5));
    assert_eq!(refused(|s| s.c2s = vec![3, 2, 2]), layers("c2s", &[3, 2, 2], 7));
    // A factor of nothing takes a level for nothing.
    assert_eq!(refused(|s| s.c2s = vec![3, 0, 3]), layers("c2s", &[3, 0, 3], 6));
    let slots = |packing, log_slots| RefreshError::Slots { packing, log_slots, log_n: 8 };
    assert_eq!(refused(|s| s.log_slots = 0), slots(Packing::Real, 0));
    assert_eq!(refused(|s| s.log_slots = 8), slots(Packing::Real, 8));
    let side = |s: &mut RefreshShape| (s.log_slots, s.packing) = (7, Packing::SideBySide);
    assert_eq!(refused(side), slots(Packing::SideBySide, 7));
    let babies =
        |found: &[u8], layers: &[u8]| RefreshError::Babies { found: found.to_vec(), layers: layers.to_vec() };
    assert_eq!(refused(|s| s.babies = vec![2, 2]), babies(&[2, 2], &[3, 3, 3]));
    assert_eq!(refused(|s| s.babies = vec![2, 5, 2]), babies(&[2, 5, 2], &[3, 3, 3]));
    let few = |found: &[u8]| RefreshError::FewKeys { found: found.to_vec(), factors: 1 };
    assert_eq!(refused(|s| s.few_keys = vec![4, 4]), few(&[4, 4]));
    // One key is for giant steps, and there are always baby steps.
    assert_eq!(refused(|s| s.few_keys = vec![1]), few(&[1]));
    // The first factor is that of the raise; there must be another.
    let one = |s: &mut RefreshShape| (s.c2s, s.babies) = (vec![6], vec![2, 2]);
    assert_eq!(refused(one), babies(&[2, 2], &[3, 3]));
}

#[test]
fn numbers_that_mean_nothing_are_refused() {
    for bound in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(
            matches!(refused(|s| s.bound = bound), RefreshError::Number { name: "bound", .. }),
            "{bound}"
        );
    }
    for ratio in [5, 21] {
        let error = refused(|s| s.ratio_log2 = ratio);
        assert!(matches!(error, RefreshError::Number { name: "ratio_log2", least: 6.0, most: 20.0, .. }));
    }
    for delta in [0.02, -0.02, f64::NAN] {
        assert!(
            matches!(refused(|s| s.delta = delta), RefreshError::Number { name: "delta", .. }),
            "{delta}"
        );
    }
}

#[test]
fn chains_that_do_not_fit_are_refused() {
    let limbs = good().refresh[0].limbs();
    let short = refused_primes(|p| p.q.truncate(limbs - 1));
    assert_eq!(short, RefreshError::Chain { found: limbs - 1, wanted: limbs });
    let prime = |error: RefreshError, at: usize| match error {
        RefreshError::Prime { index, found, .. } => index == at && (found - 45.0).abs() < 0.5,
        _ => false,
    };
    let other = nearest(45, 16, 1, &good().q).unwrap()[0];
    let top = good().q.len() - 1;
    let shape = good().refresh.remove(0);
    let sine = shape.sine_level(top);
    for index in [0, sine, sine - 1, sine - 2, sine + 1 - shape.sine_limbs()] {
        assert!(prime(refused_primes(|p| p.q[index] = other), index), "{index}");
    }
    assert!(prime(refused_primes(|p| p.p[0] = other), top + 1));
    // Those of the program are anybody's.
    assert_eq!(shape.validate(&Params { q: [&[good().q[0]], &good().q[1..]].concat(), ..good() }), Ok(()));
    // One prime of two that spread a wide square does not fit a narrow one.
    assert!(matches!(refused_primes(|p| p.refresh[0].wide_square = false), RefreshError::Prime { .. }));
}

fn secure(log_n: u32, levels: usize, special: usize, security: Security) -> Result<Params, ChainError> {
    let shape = RefreshShape::standard(log_n - 1, Packing::Real);
    chain(Chain { log_n, levels, bits: 45, special, security }, vec![shape])
}

#[test]
fn only_proven_sets_are_secure() {
    use Security::{Standard128, Standard192, Standard256};
    assert!(secure(16, 12, 10, Standard128).is_ok());
    assert!(secure(15, 1, 2, Standard128).is_ok());
    let refused = |log_n, levels, special, security| match secure(log_n, levels, special, security) {
        Err(ChainError::Params(error)) => error,
        other => panic!("{other:?}"),
    };
    for log_n in [13, 14] {
        let error = refused(log_n, 0, 1, Standard128);
        assert!(matches!(error, ParamsError::Refresh(RefreshError::Sparse { log_n: at, found, .. })
            if at == log_n && (found - 102.0).abs() < 0.1));
    }
    for (security, bits) in [(Standard192, 192), (Standard256, 256)] {
        assert_eq!(refused(16, 1, 3, security), ParamsError::Refresh(RefreshError::Security(bits)));
    }
    let large = refused(16, 14, 10, Standard128);
    assert!(matches!(large, ParamsError::Insecure { bits: 128, log_n: 16, .. }), "{large}");
}

#[test]
fn refused_sets_have_no_context_and_no_keys() {
    // 192 bits for the modulus, but not for the sparse secret.
    let mut params = secure(16, 1, 3, Security::Standard128).unwrap();
    params.security = Security::Standard192;
    assert!(params.log_qp() < 1199.0);
    let refused = Context::new(params).unwrap_err();
    assert_eq!(refused, ParameterError::Refresh(RefreshError::Security(192)));
    let text = refused.to_string();
    assert!(text.starts_with("192 bits of security are not claimed together with a refresh"), "{text}");
    let mut params = secure(16, 1, 3, Security::Standard128).unwrap();
    params.refresh[0].bound = f64::NAN;
    assert!(matches!(Context::new(params), Err(ParameterError::Refresh(RefreshError::Number { .. }))));
}

#[test]
fn parameters_without_a_refresh_have_no_sparse_keys() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    // One special prime is there for every key: the refresh is what is missing.
    let q = nearest(51, 8, 4, &[]).unwrap();
    let p = nearest(51, 8, 1, &q).unwrap();
    let params = Params { log_n: 8, q, p, digit_limbs: 1, security: Security::Insecure, refresh: Vec::new() };
    let ctx = Context::new_insecure(params).unwrap();
    let (secret, sparse) = (SecretKey::generate(&ctx, &mut rng), SparseSecret::generate(&ctx, &mut rng));
    let down = SwitchingKey::to_sparse(&ctx, &secret, &sparse, &mut rng);
    assert!(matches!(down, Err(CkksError::OtherContext { .. })));
    let up = SwitchingKey::from_sparse(&ctx, &sparse, &secret, (ctx.rotation(1), 3), &mut rng);
    assert!(matches!(up, Err(CkksError::OtherContext { .. })));
}

/// What is under the sparse secret has two primes: no ciphertext of a higher level can be brought there.
#[test]
fn the_key_to_the_sparse_secret_ends_at_q0_and_p0() {
    let setup = Setup::new(good(), 1);
    let key = &setup.keys.to_sparse;
    assert_eq!((key.level(), key.b().len()), (0, 2 * setup.ctx.degree()));
}

/// And there are two ways only to use it: the source says so.
#[test]
fn the_sparse_secret_has_two_uses() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../ckks/src");
    let mut uses = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = || text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let taken = code().filter(|line| line.contains("&SparseSecret"));
            let impls = code().filter(|line| line.contains(" for SparseSecret"));
            uses.extend(taken.chain(impls).map(|_| path.file_name().unwrap().to_owned()));
        }
    }
    assert_eq!(uses, ["sparse.rs", "sparse.rs"]);
}

#[test]
fn a_refresh_refuses_what_it_has_no_tables_for() {
    let mut setup = Setup::new(good(), 2);
    let other = shape(5, &[3, 2], &[3, 2], Packing::Real);
    assert_eq!(Refresh::new(&setup.ctx, &other, 1.0).unwrap_err(), CircuitError::UnknownShape);
    let shape = setup.shape().clone();
    for scale in [0.0, -1.0, f64::NAN] {
        let refused = Refresh::new(&setup.ctx, &shape, scale).unwrap_err();
        assert!(matches!(refused, CircuitError::Ckks(_)), "{scale}: {refused}");
    }
    let values = setup.values();
    let ct = setup.encrypt(&values);
    let refused = |setup: &Setup, vectors: &[_]| {
        setup.refresh.run(&setup.ctx, &setup.keys, vectors, &mut ()).unwrap_err()
    };
    let count = |found| CircuitError::Vectors { packing: Packing::Real, wanted: 1, found };
    assert_eq!(refused(&setup, &[]), count(0));
    assert_eq!(refused(&setup, &[&ct, &ct]), count(2));
    let mut scaled = ct.clone();
    let wanted = ct.scale();
    scaled.set_scale(wanted * (1.0 + 1e-6)).unwrap();
    assert_eq!(refused(&setup, &[&scaled]), CircuitError::Scale { found: scaled.scale(), wanted });
    // Below the level of operands.
    let low = setup.encrypt_at(&[Complex64::ONE], wanted, setup.refresh.operand_level() - 1);
    assert!(matches!(refused(&setup, &[&low]), CircuitError::Ckks(CkksError::CannotRaise { .. })));
    // Of another ring.
    let mut larger = Setup::new(shared(9, vec![shape]), 3);
    let foreign = larger.encrypt(&values);
    assert!(matches!(refused(&setup, &[&foreign]), CircuitError::Ckks(CkksError::OtherContext { .. })));
    // Keys of another ring.
    let result = setup.refresh.run(&setup.ctx, &larger.keys, &[&ct], &mut ());
    assert!(matches!(result, Err(CircuitError::Ckks(_))));
    // Three parts.
    let product = setup.top().sum_mul(&[(&ct, &ct)], ct.level()).unwrap();
    let mut product = product;
    product.set_scale(wanted).unwrap();
    assert!(matches!(refused(&setup, &[&product]), CircuitError::Ckks(CkksError::PartCount { .. })));
}

#[test]
fn pairs_take_two() {
    for packing in [Packing::Pair, Packing::SideBySide] {
        let mut setup = Setup::new(shared(8, vec![shape(4, &[2, 2], &[2, 2], packing)]), 4);
        let ct = setup.encrypt(&[1.0]);
        for found in [0, 1, 3] {
            let vectors = vec![&ct; found];
            let refused = setup.refresh.run(&setup.ctx, &setup.keys, &vectors, &mut ()).unwrap_err();
            assert_eq!(refused, CircuitError::Vectors { packing, wanted: 2, found });
        }
    }
}

#[test]
fn the_sine_of_what_is_too_low_is_refused() {
    let mut setup = Setup::new(good(), 5);
    let (u, scale) = ([Complex64::ZERO], 2f64.powf(54.5));
    // It takes nine primes, and one is left. With those of other places scales go astray first.
    for level in 0..setup.shape().sine_limbs() {
        let ct = setup.encrypt_at(&u, scale, level);
        assert!(EvalMod::new(true).apply(&setup.top(), &ct).is_err(), "{level}");
    }
    let bottom = setup.encrypt_at(&u, scale, 0);
    let refused = EvalMod::new(true).apply(&setup.top(), &bottom).unwrap_err();
    assert!(matches!(refused, CkksError::LevelExhausted { level: 0, .. }), "{refused}");
    let level = setup.shape().sine_level(setup.ctx.max_level());
    let ct = setup.encrypt_at(&u, scale, level);
    assert!(EvalMod::new(true).apply(&setup.top(), &ct).is_ok());
    let none = EvaluationKeys::default();
    let keyless = EvalMod::new(true).apply(&Evaluator::new(&setup.ctx, &none), &ct);
    assert_eq!(keyless.unwrap_err(), CkksError::MissingRelinearizationKey);
}
