//! Keys by their names, where kernels find them.

use crate::prepared::Prepared;
use hep_circuits::{RefreshKeys, ServerKeys};
use hep_ckks::{Context, EvaluationKeys, KeyForm, SwitchingKey};
use hep_plan::RefreshShape;
use hep_plan::isa::Key;
use hep_plan::plan::ServerKey;
use hep_plan::refresh::RefreshKey;
use std::collections::BTreeMap;

/// The primes and digits of a key.
#[must_use]
pub fn key_form(prepared: &Prepared, key: ServerKey) -> KeyForm {
    let low = || {
        let params = prepared.context().parameters();
        let special = |shape: &RefreshShape| shape.low_special(params);
        // Alike for all shapes of a plan.
        prepared.plan().refresh_shapes().next().map_or(params.p.len(), special)
    };
    match key {
        ServerKey::Refresh(RefreshKey::ToSparse) => KeyForm::Low { special: 1 },
        ServerKey::Refresh(RefreshKey::Raise(_)) => KeyForm::Whole,
        ServerKey::Refresh(RefreshKey::Low(_)) if low() < prepared.context().parameters().p.len() => {
            KeyForm::Low { special: low() }
        }
        ServerKey::Operation(_) | ServerKey::Refresh(_) => KeyForm::Full,
    }
}

/// All of them where kernels find them; those of refreshes only if the first of them is there.
#[must_use]
pub fn server_keys(context: &Context, keys: Vec<(ServerKey, SwitchingKey)>) -> ServerKeys {
    let (mut evaluation, mut low, mut top) =
        (EvaluationKeys::default(), EvaluationKeys::default(), EvaluationKeys::default());
    let (mut to_sparse, mut raise) = (None, BTreeMap::new());
    let rotation = |step: u32| context.rotation(i64::from(step));
    for (key, switching) in keys {
        match key {
            ServerKey::Operation(Key::Relinearization) => evaluation.relinearization = Some(switching),
            ServerKey::Operation(Key::Conjugation) => {
                evaluation.galois.insert(context.conjugation(), switching);
            }
            ServerKey::Operation(Key::Rotation(step)) => {
                evaluation.galois.insert(rotation(step.0), switching);
            }
            ServerKey::Refresh(RefreshKey::ToSparse) => to_sparse = Some(switching),
            ServerKey::Refresh(RefreshKey::Raise(step)) => {
                raise.insert(rotation(step), switching);
            }
            ServerKey::Refresh(RefreshKey::Low(step)) => {
                low.galois.insert(rotation(step), switching);
            }
            ServerKey::Refresh(RefreshKey::Top(step)) => {
                top.galois.insert(rotation(step), switching);
            }
            ServerKey::Refresh(RefreshKey::Conjugation) => {
                top.galois.insert(context.conjugation(), switching);
            }
            ServerKey::Refresh(RefreshKey::Relinearization) => top.relinearization = Some(switching),
        }
    }
    let refresh = to_sparse.map(|to_sparse| RefreshKeys { to_sparse, raise, low, top });
    ServerKeys { evaluation, refresh }
}
