//! Mini-batches: which rows of a whole tensor an iteration works on.

use super::graph::Dim;
use hep_plan::tensor::Tensor;

/// The rows of an iteration (from 1): of the blocks of `size` rows the one with number `iteration − 1`, from the start
/// again after the last. `None` where there is no such block.
#[must_use]
pub fn rows(whole: &Tensor, size: usize, iteration: u32) -> Option<Tensor> {
    let count = whole.shape.first()?.checked_div(size).filter(|count| *count > 0)?;
    let number = (iteration.checked_sub(1)? as usize) % count;
    let length = size * whole.shape.iter().skip(1).product::<usize>();
    let data = whole.data.get(number * length..(number + 1) * length)?.to_vec();
    let mut shape = whole.shape.clone();
    *shape.first_mut()? = size;
    Some(Tensor { shape, data })
}

/// Whether `batch` are the dimensions of `size` rows of a tensor with dimensions `whole`, and all its rows can be divided
/// like this.
#[must_use]
pub fn fits(whole: &[Dim], size: usize, batch: &[Dim]) -> bool {
    match (whole, batch) {
        ([n, rest @ ..], [rows, others @ ..]) => {
            rows.size == size && size > 0 && n.size % size == 0 && rest == others
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_rows_come_round_again() {
        let whole = Tensor::new(vec![6, 2], (0..12).map(f64::from).collect()).unwrap();
        let first = |iteration| rows(&whole, 2, iteration).map(|t| (t.shape.clone(), t.data[0]));
        let found: Vec<_> = (1..=4).map(|i| first(i).unwrap()).collect();
        assert_eq!(found, [0.0, 4.0, 8.0, 0.0].map(|x| (vec![2, 2], x)));
        assert_eq!((first(0), rows(&whole, 0, 1), rows(&whole, 7, 1)), (None, None, None));
        assert_eq!(rows(&Tensor::scalar(1.0), 1, 1), None);
    }
}
