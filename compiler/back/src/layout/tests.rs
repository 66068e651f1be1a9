//! Every kind of tensor has a layout that holds each element, and layouts that meet element by element line up.

use super::*;
use hep_plan::Tensor;
use hep_tensor::graph::Dim;
use proptest::prelude::*;

fn dim(name: &str, size: usize) -> Dim {
    Dim { name: name.into(), size }
}

fn home(name: &str, bits: std::ops::Range<u32>) -> DimHome {
    DimHome { name: name.into(), per_block: 1 << bits.len(), bits }
}

/// 256 slots: rows of 16 slots, 8 units of a first layer and 4 of a second, features across rows and samples.
fn placement() -> Placement {
    let homes = vec![home("d", 3..6), home("h", 0..3), home("c", 2..4), home("n", 4..8)];
    Placement { slots: 256, homes, rows: vec!["n".into()] }
}

proptest! {
    #[test]
    fn packing_loses_nothing(
        n in 1usize..40, f in 1usize..17, h in 1usize..9, c in 1usize..5, which in 0usize..9, log in 0u32..3,
        shared in prop::sample::select(vec![1usize, 2, 64]), bit in 0u32..2,
    ) {
        let (n, d, h, c) = (dim("n", n), dim("d", f), dim("h", h), dim("c", c));
        let dims: Vec<Dim> = match which {
            0 => vec![n, d],
            1 => vec![h, d],
            2 => vec![d, h],
            3 => vec![n, h],
            4 => vec![c, h],
            5 => vec![d],
            6 => vec![c],
            7 => vec![n, c],
            _ => vec![n],
        };
        let shape: Vec<usize> = dims.iter().map(|d| d.size).collect();
        let len = shape.iter().product::<usize>();
        let tensor = Tensor::new(shape, (0..len).map(|i| i as f64 + 1.0).collect()).unwrap();
        // The last two have their low bits free.
        let hollow = if which > 6 { usize::from(bit == 1) } else { 0 };
        let layout = placement().layout(&dims, Form { hollow, ahead: Some(1 << log), shared }).unwrap();
        prop_assert!(layout.is_valid());
        prop_assert_eq!(layout.slots(), 256);
        prop_assert_eq!(layout.unpack(&layout.pack(&tensor).unwrap()).unwrap(), tensor);
    }
}

#[test]
fn what_shares_bits_is_turned_and_the_earlier_home_is_read_ahead() {
    let layout = |a: &str, b: &str| placement().layout(&[dim(a, 4), dim(b, 4)], Form::default()).unwrap();
    assert_eq!(layout("n", "d").to_string(), "4×[n:16·16 | d:8·8] turned ahead d 4·16");
    assert_eq!(layout("c", "h").to_string(), "2×[c:4·4 | h:8·1] turned ahead h 2·4");
    assert_eq!(layout("n", "h").to_string(), "[n:16·16 | h:8·1]");
}

#[test]
fn a_third_dimension_beside_two_that_share_bits_is_refused() {
    let (n, d, c) = (dim("n", 8), dim("d", 8), dim("c", 4));
    let found = placement().layout(&[n, c, d], Form::default());
    assert!(matches!(found, Err(PackingError::Unplaced { shared, .. }) if shared == "n, d"));
    assert!(placement().layout(&[dim("x", 4)], Form::default()).is_err());
    let twice = placement().layout(&[dim("c", 4), dim("c", 4)], Form::default());
    assert_eq!(twice, Err(PackingError::Twice("c".into())));
}
