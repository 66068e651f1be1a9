//! Nothing below 128 bits unless somebody says so.

use hep_ckks::{Context, ParameterError, ParamsBuilder, Preset, Security};
use hep_params::security::max_log_qp;

#[test]
fn presets_are_secure_and_use_the_room_there_is() {
    for (preset, log_n, depth) in
        [(Preset::Depth6, 14, 6), (Preset::Depth14, 15, 14), (Preset::Depth30, 16, 30)]
    {
        let parameters = preset.parameters().unwrap();
        assert_eq!((parameters.log_n, parameters.q.len()), (log_n, depth + 1));
        let bound = max_log_qp(128, log_n).unwrap();
        assert!(parameters.log_qp() <= bound && parameters.log_qp() > 0.9 * bound, "{preset:?}");
        // Divisions keep the scale, and a result of 1 has room at level 0.
        for prime in &parameters.q[1..] {
            assert!((*prime as f64 / preset.scale() - 1.0).abs() < 1e-4, "{preset:?}");
        }
        assert!(parameters.q[0] as f64 > 32.0 * preset.scale());
        // A larger modulus on the same ring is refused.
        let deeper = preset.builder().depth(2 * depth).build();
        assert!(matches!(deeper, Err(ParameterError::Insecure { .. })), "{preset:?}");
    }
    assert_eq!(Preset::ALL.map(|preset| preset.parameters().unwrap().log_n), [14, 15, 16]);
}

#[test]
fn a_context_below_128_bits_must_be_asked_for() {
    // 50 + 8·40 + 2·51 bits: more than the 430 of this ring.
    let small = ParamsBuilder::new(14).depth(8).build_insecure().unwrap();
    let refused = Context::new(small.clone()).unwrap_err();
    assert!(
        matches!(refused, ParameterError::Insecure { log_n: 14, bound, .. } if bound == 430.0),
        "{refused}"
    );
    let said = refused.to_string();
    assert!(said.starts_with("log2(QP) = 472.0, but 128-bit security allows 430 at N = 2^14"), "{said}");
    assert!(Context::new_insecure(small).is_ok());
    // Rings below the table have no secure modulus at all.
    let tiny = ParamsBuilder::new(11).digit_limbs(1).build_insecure().unwrap();
    assert!(matches!(Context::new(tiny), Err(ParameterError::Insecure { bound, .. }) if bound == 0.0));
    // A claim of more is held to more.
    let mut claimed = Preset::Depth6.parameters().unwrap();
    claimed.security = Security::Standard192;
    assert!(
        matches!(Context::new(claimed), Err(ParameterError::Insecure { bits: 192, bound, .. }) if bound == 297.0)
    );
}

#[test]
fn a_builder_says_what_it_cannot_choose() {
    use ParameterError::{BadDegree, BadDigit, BadLimbCount, TooFewPrimes};
    let build = |log_n| ParamsBuilder::new(log_n);
    assert!(matches!(build(2).build_insecure(), Err(BadDegree { log_n: 2 })));
    assert!(matches!(build(64).build_insecure(), Err(BadDegree { log_n: 64 })));
    assert!(matches!(build(14).digit_limbs(3).build_insecure(), Err(BadDigit { digit_limbs: 3, limbs: 2 })));
    assert!(matches!(build(14).digit_limbs(0).build_insecure(), Err(BadDigit { digit_limbs: 0, .. })));
    assert!(matches!(build(14).depth(usize::MAX).build_insecure(), Err(BadLimbCount { .. })));
    for bits in [0, 15, 52, 64, u32::MAX] {
        let refused = build(14).scale_bits(bits).digit_limbs(1).build_insecure();
        assert!(matches!(refused, Err(TooFewPrimes { found: 0, wanted: 1, .. })), "{bits}: {refused:?}");
    }
    // Primes of one size for everything are distinct.
    let same = build(14).depth(3).scale_bits(51).first_bits(51).build_insecure().unwrap();
    assert_eq!((same.q.len(), same.p.len()), (4, 2));
}
