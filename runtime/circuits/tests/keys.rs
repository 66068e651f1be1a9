//! The keys and tables that a plan announces are those that are made.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use common::*;
use hep_ckks::{Context, EvaluationKeys, KeyForm, SwitchingKey};
use hep_params::{Packing, RefreshShape};
use hep_plan::refresh::{RefreshKey, key_bytes, keys, table_bytes};

/// Keys by what they are for, with their levels and forms.
type Listed = BTreeMap<RefreshKey, (usize, KeyForm)>;

/// log2 of the ring degree and of the period, both splits, and what is packed.
type Case<'a> = (u32, u32, &'a [u8], &'a [u8], Packing);

fn of(key: &SwitchingKey) -> (usize, KeyForm) {
    (key.level(), key.form())
}

fn made(setup: &Setup) -> Listed {
    let (ctx, keys) = (&setup.ctx, &setup.keys);
    let step = |galois| (0..ctx.slots() as u32).find(|step| ctx.rotation(i64::from(*step)) == galois);
    let mut all = Listed::from([(RefreshKey::ToSparse, of(&keys.to_sparse))]);
    for (galois, key) in &keys.raise {
        all.insert(RefreshKey::Raise(step(*galois).unwrap()), of(key));
    }
    let EvaluationKeys { galois, relinearization } = &keys.low;
    assert!(relinearization.is_none());
    for (galois, key) in galois {
        all.insert(RefreshKey::Low(step(*galois).unwrap()), of(key));
    }
    for (galois, key) in &keys.top.galois {
        let conjugation = *galois == ctx.conjugation();
        let name =
            if conjugation { RefreshKey::Conjugation } else { RefreshKey::Top(step(*galois).unwrap()) };
        all.insert(name, of(key));
    }
    all.insert(RefreshKey::Relinearization, of(keys.top.relinearization.as_ref().unwrap()));
    let [top, raise, low] = keys.counts();
    assert_eq!(top + raise + low, all.len());
    all
}

fn announced(shape: &RefreshShape, ctx: &Context) -> Listed {
    let params = ctx.parameters();
    let special = shape.low_special(params);
    let low = if special == params.p.len() { KeyForm::Full } else { KeyForm::Low { special } };
    let form = |key: &RefreshKey| match key {
        RefreshKey::ToSparse => KeyForm::Low { special: 1 },
        RefreshKey::Raise(_) => KeyForm::Whole,
        RefreshKey::Low(_) => low,
        RefreshKey::Top(_) | RefreshKey::Conjugation | RefreshKey::Relinearization => KeyForm::Full,
    };
    keys(shape, params).into_iter().map(|(key, level)| (key, (level, form(&key)))).collect()
}

#[test]
fn keys_are_those_announced() {
    let shapes: [Case<'_>; 12] = [
        (8, 7, &[4, 3], &[3, 2, 2], Packing::Real),
        (8, 7, &[7], &[4, 3], Packing::Pair),
        (8, 6, &[3, 3], &[3, 3], Packing::SideBySide),
        (8, 6, &[1, 2, 3], &[1, 2, 1, 2], Packing::Pair),
        (8, 5, &[2, 3], &[2, 3], Packing::Real),
        (8, 5, &[2, 3], &[3, 2], Packing::SideBySide),
        (8, 4, &[4], &[1, 3], Packing::Pair),
        (8, 3, &[1, 2], &[1, 1, 1], Packing::Real),
        (8, 2, &[2], &[1, 1], Packing::Real),
        (8, 2, &[1, 1], &[1, 1], Packing::SideBySide),
        (9, 8, &[5, 3], &[5, 3], Packing::Real),
        (9, 4, &[2, 2], &[2, 2], Packing::Pair),
    ];
    for (log_n, log_slots, s2c, c2s, packing) in shapes {
        let shape = shape(log_slots, s2c, c2s, packing);
        // With few special primes, keys at the bottom have all of them.
        for special in [1, 2, 8] {
            let setup = Setup::new(params(log_n, 2, special, vec![shape.clone()]), 1);
            assert_eq!(made(&setup), announced(&shape, &setup.ctx), "{special} special primes, {shape:?}");
            // Beside their seeds.
            let bytes = setup.keys.bytes_expanded() - 32 * setup.keys.counts().iter().sum::<usize>();
            assert_eq!(bytes as u64, key_bytes(&shape, setup.ctx.parameters()), "{shape:?}");
            let tables = table_bytes(&shape, setup.ctx.parameters());
            assert_eq!(setup.refresh.bytes() as u64, tables, "{shape:?}");
        }
    }
}

#[test]
fn every_key_is_needed() {
    let mut setup = Setup::new(shared(8, vec![shape(4, &[2, 2], &[2, 2], Packing::Real)]), 2);
    let values = setup.values();
    let ct = setup.encrypt(&values);
    let fails = |setup: &Setup| setup.refresh.run(&setup.ctx, &setup.keys, &[&ct], &mut ()).is_err();
    assert!(!fails(&setup));
    for galois in setup.keys.raise.keys().copied().collect::<Vec<_>>() {
        let key = setup.keys.raise.remove(&galois).unwrap();
        assert!(fails(&setup), "{galois:?}");
        setup.keys.raise.insert(galois, key);
    }
    for low in [true, false] {
        let group = if low { &setup.keys.low } else { &setup.keys.top };
        let all: Vec<_> = group.galois.keys().copied().collect();
        for galois in all {
            let group = if low { &mut setup.keys.low } else { &mut setup.keys.top };
            let key = group.galois.remove(&galois).unwrap();
            assert!(fails(&setup), "{galois:?}");
            let group = if low { &mut setup.keys.low } else { &mut setup.keys.top };
            group.galois.insert(galois, key);
        }
    }
    setup.keys.top.relinearization = None;
    assert!(fails(&setup));
}
