use super::*;
use crate::testing::{data, prepared, small_plan};

#[test]
fn data_near_what_was_planned_are_accepted() {
    let found = rehearse(&prepared(), &data()).unwrap();
    assert_eq!((found.uploads.packed.len(), found.uploads.outlook.exponents.len()), (2, 0));
    assert!(found.delivered.iter().all(|one| one.bits > 8.0), "{:?}", found.delivered);
}

#[test]
fn values_that_would_wrap_around_are_refused_with_their_name() {
    let mut plan = small_plan();
    let named = |text: &str| hep_plan::plan::SourceName { text: text.into(), place: "p.hep:7".into() };
    plan.info.values.names = vec![named("X * Y")];
    plan.info.values.of = vec![0; plan.server.values.len()];
    let prepared = Prepared::new(plan).unwrap();
    let mut data = data();
    // Products of such numbers exceed every modulus of the plan.
    data.get_mut("x").unwrap().data.iter_mut().for_each(|x| *x *= 1e20);
    let error = refusal(&prepared, &data);
    let Error::Room(found) = &error else { panic!("{error}") };
    assert!(found.largest * MARGIN >= found.room, "{found:?}");
    let text = error.to_string();
    assert!(text.starts_with("error[H0503]") && text.contains("`X * Y` (p.hep:7)"), "{text}");
    // Whoever has no program cannot try a remedy, and none is named.
    let lost = NoRoom { largest: f64::INFINITY, ..(**found).clone() }.to_string();
    assert!(
        lost.ends_with(
            "⟨check PROGRAM⟩ with ⟨data = FILE⟩, the same ⟨rows⟩ and ⟨label⟩, which tries what helps"
        ),
        "{lost}"
    );
    data.get_mut("x").unwrap().data[3] = f64::NAN;
    assert!(matches!(rehearse(&prepared, &data), Err(Error::Host(_))));
}

#[test]
fn results_that_noise_would_drown_are_refused() {
    let mut plan = small_plan();
    plan.promised_bits = 30.0;
    let error = refusal(&Prepared::new(plan).unwrap(), &data());
    assert!(matches!(error, Error::Imprecise(_)), "{error}");
    assert!(error.to_string().contains("30.0 are promised"), "{error}");
}

fn refusal(prepared: &Prepared, data: &BTreeMap<String, Tensor>) -> Error {
    match rehearse(prepared, data) {
        Ok(found) => panic!("accepted: {:?}", found.delivered),
        Err(error) => error,
    }
}
