//! The lanes of [`super::Native`] on any processor, with claims about ranges verified.

use super::lanes::{FACTOR_BITS, Lanes};
use super::{Kernel, Run, Vector};

#[derive(Debug, Clone, Copy)]
pub(super) struct Emulated;

impl Run for Emulated {
    fn run(self, kernel: impl Kernel) {
        kernel.run(self);
    }
}

fn by_lane<T: Copy, U>(x: [T; 8], y: [T; 8], f: impl Fn(T, T) -> U) -> [U; 8] {
    std::array::from_fn(|j| f(x[j], y[j]))
}

fn product(x: u64, y: u64) -> u128 {
    u128::from(x % (1 << FACTOR_BITS)) * u128::from(y % (1 << FACTOR_BITS))
}

impl Lanes for Emulated {
    type V = Vector;
    type F = [f64; 8];

    fn load(self, from: &Vector) -> Vector {
        *from
    }
    fn store(self, to: &mut Vector, x: Vector) {
        *to = x;
    }
    fn splat(self, x: u64) -> Vector {
        [x; 8]
    }
    fn add(self, x: Vector, y: Vector) -> Vector {
        by_lane(x, y, u64::wrapping_add)
    }
    fn sub(self, x: Vector, y: Vector) -> Vector {
        by_lane(x, y, u64::wrapping_sub)
    }
    fn min(self, x: Vector, y: Vector) -> Vector {
        by_lane(x, y, u64::min)
    }
    fn madd_low(self, sum: Vector, x: Vector, y: Vector) -> Vector {
        self.add(sum, by_lane(x, y, |x, y| (product(x, y) % (1 << FACTOR_BITS)) as u64))
    }
    fn madd_high(self, sum: Vector, x: Vector, y: Vector) -> Vector {
        self.add(sum, by_lane(x, y, |x, y| (product(x, y) >> FACTOR_BITS) as u64))
    }
    fn carry(self, x: Vector) -> Vector {
        x.map(|x| x >> FACTOR_BITS)
    }
    fn permute(self, x: Vector, order: Vector) -> Vector {
        order.map(|j| x[(j % 8) as usize])
    }
    fn even_lanes(self, x: Vector, y: Vector) -> Vector {
        [x[0], y[0], x[2], y[2], x[4], y[4], x[6], y[6]]
    }
    fn odd_lanes(self, x: Vector, y: Vector) -> Vector {
        [x[1], y[1], x[3], y[3], x[5], y[5], x[7], y[7]]
    }
    fn even_pairs(self, x: Vector, y: Vector) -> Vector {
        [x[0], x[1], x[4], x[5], y[0], y[1], y[4], y[5]]
    }
    fn odd_pairs(self, x: Vector, y: Vector) -> Vector {
        [x[2], x[3], x[6], x[7], y[2], y[3], y[6], y[7]]
    }
    fn splat_float(self, x: f64) -> [f64; 8] {
        [x; 8]
    }
    fn to_float(self, x: Vector) -> [f64; 8] {
        self.claim_below(x, 1 << 53);
        x.map(|x| x as f64)
    }
    fn floor(self, x: [f64; 8]) -> Vector {
        x.map(|x| {
            assert!((0.0..18446744073709551616.0).contains(&x));
            x as u64
        })
    }
    fn add_float(self, x: [f64; 8], y: [f64; 8]) -> [f64; 8] {
        by_lane(x, y, |x, y| x + y)
    }
    fn mul_float(self, x: [f64; 8], y: [f64; 8]) -> [f64; 8] {
        by_lane(x, y, |x, y| x * y)
    }
    fn claim_below(self, x: Vector, bound: u64) {
        assert!(x.iter().all(|&x| x < bound), "{x:?} not below {bound}");
    }
}

#[test]
fn transposes() {
    let rows: [Vector; 8] = std::array::from_fn(|i| std::array::from_fn(|j| (8 * i + j) as u64));
    let columns: [Vector; 8] = std::array::from_fn(|j| std::array::from_fn(|i| rows[i][j]));
    assert_eq!(super::lanes::transpose(Emulated, rows), columns);
}
