//! Every kind of tensor has a layout that holds each element, and layouts that meet element by element line up.

use super::*;
use crate::tensor::graph::Dim;
use hep_plan::Tensor;
use proptest::prelude::*;

fn dim(name: &str, size: usize) -> Dim {
    Dim { name: name.into(), size }
}

proptest! {
    #[test]
    fn packing_loses_nothing(n in 1usize..40, f in 1usize..17, c in 1usize..5, which in 0usize..7) {
        let (n, d, c) = (dim("n", n), dim("d", f), dim("c", c));
        let grid = Grid::new(Some(&n), &d, c.size, 256).unwrap();
        let dims: Vec<Dim> = match which {
            0 => vec![n.clone(), d],
            1 => vec![c, d],
            2 => vec![d, c],
            3 => vec![n, c],
            4 => vec![d],
            5 => vec![c],
            _ => vec![n],
        };
        let shape: Vec<usize> = dims.iter().map(|d| d.size).collect();
        let len = shape.iter().product::<usize>();
        let tensor = Tensor::new(shape, (0..len).map(|i| i as f64 + 1.0).collect()).unwrap();
        for inner in [Inner::Zero, Inner::Copy] {
            let layout = grid.layout(&dims, inner).unwrap();
            prop_assert!(layout.is_valid());
            prop_assert_eq!(layout.slots(), 256);
            prop_assert_eq!(layout.unpack(&layout.pack(&tensor).unwrap()).unwrap(), tensor.clone());
        }
    }
}

#[test]
fn a_model_that_exceeds_a_ciphertext_is_refused() {
    let found = Grid::new(None, &dim("d", 401), 10, 4096);
    assert_eq!(found, Err(PackingError::TooWide { classes: 16, columns: 512, needed: 8192, slots: 4096 }));
}

#[test]
fn a_third_dimension_is_refused() {
    let (n, d) = (dim("n", 8), dim("d", 8));
    let grid = Grid::new(Some(&n), &d, 4, 256).unwrap();
    assert!(grid.layout(&[n, dim("c", 4), d.clone()], Inner::Zero).is_err());
    assert!(grid.layout(&[dim("c", 4), dim("e", 4)], Inner::Zero).is_err());
    assert!(grid.layout(&[dim("c", 5), d], Inner::Zero).is_err());
}
