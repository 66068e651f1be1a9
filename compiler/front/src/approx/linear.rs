//! Small dense linear systems.

use super::real::Real;

/// Solves `rows · x = right` by elimination with row exchanges; every row carries its right-hand side as its last
/// entry. `None` when the matrix is singular or not square.
pub(super) fn solve<R: Real>(mut rows: Vec<Vec<R>>) -> Option<Vec<R>> {
    let n = rows.len();
    if rows.iter().any(|row| row.len() != n + 1) {
        return None;
    }
    for column in 0..n {
        let size = |row: &Vec<R>| row.get(column).map_or(0.0, R::size);
        let best = (column..n).max_by(|&a, &b| {
            let of = |i: usize| rows.get(i).map_or(0.0, size);
            of(a).total_cmp(&of(b))
        })?;
        rows.swap(column, best);
        let (above, below) = rows.split_at_mut(column + 1);
        let pivot_row = above.last()?;
        let pivot = pivot_row.get(column)?;
        if pivot.size() == 0.0 || !pivot.size().is_finite() {
            return None;
        }
        for row in below {
            let factor = row.get(column)?.over(pivot);
            for (a, p) in row.iter_mut().zip(pivot_row).skip(column) {
                *a = a.minus(&factor.times(p));
            }
        }
    }
    let mut solution: Vec<R> = vec![R::ratio(0, 1); n];
    for i in (0..n).rev() {
        let row = rows.get(i)?;
        let mut rest = row.get(n)?.clone();
        for (a, x) in row.iter().zip(&solution).skip(i + 1) {
            rest = rest.minus(&a.times(x));
        }
        *solution.get_mut(i)? = rest.over(row.get(i)?);
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_and_refuses() {
        let x = solve(vec![vec![0.0, 2.0, 4.0], vec![3.0, 1.0, 5.0]]).unwrap();
        assert_eq!(x, vec![1.0, 2.0]);
        assert_eq!(solve(vec![vec![1.0, 2.0, 3.0], vec![2.0, 4.0, 6.0]]), None);
        assert_eq!(solve(vec![vec![1.0]]), None);
        assert_eq!(solve::<f64>(vec![]), Some(vec![]));
    }
}
