//! Where the elements of a tensor lie in the slots of its ciphertexts.
//!
//! Every axis of a tensor has a *home*: a digit of the slot number, `(slot / stride) mod extent`. Digits that are the
//! home of no axis hold copies of the same data, or, where a layout is *hollow*, data only while they are 0. An axis
//! longer than its home is cut over ciphertexts.
//!
//! Two axes whose homes overlap cannot be read from one slot number. Such a tensor is stored as its *turns*: vector t
//! holds in slot s the element whose one axis is read at slot s and whose other axis is read t·step slots ahead. These
//! are the diagonals of Halevi–Shoup (CRYPTO 2014) and the revolutions of Volley Revolver (arXiv 2201.12577): the
//! product with a tensor that lives on one of the axes is a sum over t of products with its rotations by t·step.
//! With `ahead` < `count` turns are cut in two, as baby steps and giant steps: t = giant·ahead + baby reads the one
//! axis `baby` steps ahead and the other `giant·ahead` steps behind. Several turns may share a ciphertext, in a digit that is
//! no home.
//!
//! ```text
//! samples × features   [n:128·256 | d:512·16]  turned ahead d 16·256, behind n 2·4096, by digit 16·1
//! weights              [c:16·1 | d:512·16]     slot s: class s mod 16, feature (s / 16) mod 512
//! scores               [n:128·256 | c:16·1]    every row of 256 slots holds its scores 16 times
//! ```

mod read;

use crate::reading::MAX_SLOTS;
use crate::tensor::{Tensor, for_each_index};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Most axes of a packed tensor; [`Layout::is_valid`] refuses more.
const MAX_AXES: usize = 8;
/// Most ciphertexts of a tensor.
const MAX_CIPHERTEXTS: usize = 1 << 20;

/// A digit of the slot number: `(slot / stride) mod extent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digit {
    /// Slots between neighbors, a power of two.
    pub stride: usize,
    /// Number of values, a power of two.
    pub extent: usize,
}

impl Digit {
    /// Its value at a slot.
    #[must_use]
    pub fn at(self, slot: usize) -> usize {
        slot / self.stride % self.extent
    }

    fn is_valid(self, slots: usize) -> bool {
        let powers = self.stride.is_power_of_two() && self.extent.is_power_of_two();
        powers && self.stride.checked_mul(self.extent).is_some_and(|end| end <= slots)
    }
}

/// The home of a tensor axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Axis {
    /// Where its index stands.
    pub home: Digit,
    /// Indices per ciphertext, at most the extent of the home: ciphertext b starts with index b·`per_block`.
    pub per_block: usize,
}

/// The turns of a tensor whose axes overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Turns {
    /// Number of turns.
    pub count: usize,
    /// Slots of a baby step, a power of two.
    pub step: usize,
    /// Baby steps; a giant step has `ahead·step` slots.
    pub ahead: usize,
    /// Axis that is read baby steps ahead.
    pub baby: usize,
    /// Axis that is read giant steps behind.
    pub giant: usize,
    /// Digit that holds the low part of the turn's number; without it every turn has a ciphertext of its own.
    pub shared: Option<Digit>,
}

impl Turns {
    /// Turns in one ciphertext.
    fn per_ciphertext(&self) -> usize {
        self.shared.map_or(1, |digit| digit.extent)
    }

    /// Ciphertexts for all turns.
    #[must_use]
    pub fn ciphertexts(&self) -> usize {
        self.count.div_ceil(self.per_ciphertext())
    }

    /// Slots by which an axis is read ahead in a turn, negative when behind.
    #[must_use]
    pub fn offset(&self, axis: usize, turn: usize) -> i64 {
        let babies = (turn % self.ahead * self.step) as i64;
        let giants = (turn / self.ahead * self.ahead * self.step) as i64;
        i64::from(axis == self.baby) * babies - i64::from(axis == self.giant) * giants
    }
}

/// Where an element lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The ciphertext.
    pub block: usize,
    /// The slot.
    pub slot: usize,
}

/// A map from the slots of one or more ciphertexts to the elements of a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Layout {
    /// Names of the tensor's axes, for printing.
    pub names: Vec<String>,
    /// Extents of the tensor's axes.
    pub shape: Vec<usize>,
    /// Number of slots of a ciphertext, a power of two.
    pub slots: usize,
    /// Homes of the axes.
    pub axes: Vec<Axis>,
    /// Bits of the slot number that are 0 wherever there is data.
    pub hollow: usize,
    /// Turns, where homes overlap.
    pub turns: Option<Turns>,
}

/// What a ciphertext holds: the first index of every axis, and the number of its first turn.
struct Part {
    starts: [usize; MAX_AXES],
    turn: usize,
}

impl Layout {
    /// Number of slots of each ciphertext.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// Ciphertexts along one axis.
    #[must_use]
    pub fn blocks(&self, axis: usize) -> usize {
        self.shape[axis].div_ceil(self.axes[axis].per_block).max(1)
    }

    /// Number of ciphertexts: those of the first axis outermost, turns innermost.
    #[must_use]
    pub fn ciphertexts(&self) -> usize {
        let turns = self.turns.map_or(1, |t| t.ciphertexts());
        (0..self.axes.len()).map(|axis| self.blocks(axis)).product::<usize>() * turns
    }

    fn part(&self, block: usize) -> Part {
        let turns = self.turns.map_or(1, |t| t.ciphertexts());
        let first = self.turns.map_or(0, |t| block % turns * t.per_ciphertext());
        let mut part = Part { starts: [0; MAX_AXES], turn: first };
        let mut rest = block / turns;
        for axis in (0..self.axes.len()).rev() {
            let blocks = self.blocks(axis);
            part.starts[axis] = rest % blocks * self.axes[axis].per_block;
            rest /= blocks;
        }
        part
    }

    /// Tensor index held by a slot of ciphertext `block`; `None` for padding.
    #[must_use]
    pub fn index(&self, block: usize, slot: usize) -> Option<Vec<usize>> {
        let index = self.place(&self.part(block), slot)?;
        Some(index[..self.shape.len()].to_vec())
    }

    /// For every slot of ciphertext `block` the position of its element in a tensor with these distances between
    /// neighbors along each axis ([`Tensor::strides`], or 0 along an axis that the tensor lacks); `None` for padding.
    #[must_use]
    pub fn offsets(&self, block: usize, strides: &[usize]) -> Vec<Option<usize>> {
        let part = self.part(block);
        let offset = |index: [usize; MAX_AXES]| index.iter().zip(strides).map(|(i, stride)| i * stride).sum();
        (0..self.slots).map(|slot| self.place(&part, slot).map(offset)).collect()
    }

    /// Tensor index held by a slot, one entry per axis; `None` for padding.
    fn place(&self, part: &Part, slot: usize) -> Option<[usize; MAX_AXES]> {
        if slot & self.hollow != 0 {
            return None;
        }
        let mut index = part.starts;
        let turn = match self.turns {
            Some(Turns { shared: Some(digit), .. }) => part.turn + digit.at(slot),
            _ => part.turn,
        };
        if self.turns.is_some_and(|turns| turn >= turns.count) {
            return None;
        }
        for (number, (axis, extent)) in self.axes.iter().zip(&self.shape).enumerate() {
            let ahead = self.turns.map_or(0, |turns| turns.offset(number, turn));
            let read = (slot as i64 + ahead).rem_euclid(self.slots as i64) as usize;
            let digit = axis.home.at(read);
            index[number] += digit;
            if digit >= axis.per_block || index[number] >= *extent {
                return None;
            }
        }
        Some(index)
    }

    /// 1 where a slot of ciphertext `block` holds an element, 0 elsewhere.
    #[must_use]
    pub fn support(&self, block: usize) -> Vec<f64> {
        let held = |offset: Option<usize>| f64::from(u8::from(offset.is_some()));
        self.offsets(block, &vec![0; self.shape.len()]).into_iter().map(held).collect()
    }

    /// Slot vectors of a tensor, one per ciphertext; `None` when the shape is another.
    #[must_use]
    pub fn pack(&self, tensor: &Tensor) -> Option<Vec<Vec<f64>>> {
        (0..self.ciphertexts()).map(|block| self.pack_block(tensor, block)).collect()
    }

    /// The slot vector of ciphertext `block`; `None` when the shape of the tensor is another.
    #[must_use]
    pub fn pack_block(&self, tensor: &Tensor, block: usize) -> Option<Vec<f64>> {
        if tensor.shape != self.shape {
            return None;
        }
        let value = |offset: Option<usize>| offset.and_then(|o| tensor.data.get(o)).copied().unwrap_or(0.0);
        Some(self.offsets(block, &tensor.strides()).into_iter().map(value).collect())
    }

    /// The tensor held by slot vectors: of every element the first slot that holds it. `None` when the number or
    /// length of the vectors is wrong or an element has no slot.
    #[must_use]
    pub fn unpack<V: AsRef<[f64]>>(&self, vectors: &[V]) -> Option<Tensor> {
        let misfit = |v: &V| v.as_ref().len() != self.slots();
        if vectors.len() != self.ciphertexts() || vectors.iter().any(misfit) {
            return None;
        }
        let homes = self.homes()?;
        let data = homes.iter().map(|home| vectors[home.block].as_ref()[home.slot]).collect();
        Tensor::new(self.shape.clone(), data)
    }

    /// The first slot of every element, in the order of a tensor's numbers; `None` when an element has no slot.
    #[must_use]
    pub fn homes(&self) -> Option<Vec<Home>> {
        let strides = Tensor { shape: self.shape.clone(), data: Vec::new() }.strides();
        let mut homes = vec![None; self.shape.iter().product()];
        for block in 0..self.ciphertexts() {
            for (slot, offset) in self.offsets(block, &strides).into_iter().enumerate() {
                if let Some(flat) = offset {
                    homes[flat].get_or_insert(Home { block, slot });
                }
            }
        }
        homes.into_iter().collect()
    }

    /// Whether all indices make sense and no ciphertext is empty; used on layouts read from files.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let rank = self.shape.len();
        if rank > MAX_AXES || self.names.len() != rank || self.axes.len() != rank || self.shape.contains(&0) {
            return false;
        }
        let slots_ok = self.slots.is_power_of_two() && self.slots <= MAX_SLOTS && self.hollow < self.slots;
        let axis_ok = |a: &Axis| a.home.is_valid(self.slots) && (1..=a.home.extent).contains(&a.per_block);
        let turns_ok = self.turns.is_none_or(|t| {
            t.step.is_power_of_two()
                && (1..=self.slots).contains(&t.count)
                && (1..=t.count).contains(&t.ahead)
                && t.count.checked_mul(t.step).is_some_and(|all| all <= self.slots)
                && t.baby < rank
                && t.giant < rank
                && t.shared.is_none_or(|digit| digit.is_valid(self.slots))
        });
        if !(slots_ok && self.axes.iter().all(axis_ok) && turns_ok) {
            return false;
        }
        let turns = self.turns.map_or(1, |t| t.ciphertexts());
        let blocks = (0..rank).try_fold(turns, |product, axis| product.checked_mul(self.blocks(axis)));
        blocks.is_some_and(|count| count <= MAX_CIPHERTEXTS)
    }

    /// Calls `visit` with every index of the tensor, last axis fastest.
    pub fn for_each_element(&self, visit: impl FnMut(&[usize])) {
        for_each_index(&self.shape, visit);
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}·{}", self.extent, self.stride)
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.ciphertexts();
        if count > 1 {
            write!(f, "{count}×")?;
        }
        write!(f, "[")?;
        for (position, axis) in self.axes.iter().enumerate() {
            let (separator, name) = (if position > 0 { " | " } else { "" }, &self.names[position]);
            write!(f, "{separator}{name}:{}", axis.home)?;
            if axis.per_block < axis.home.extent && self.blocks(position) > 1 {
                write!(f, " by {}", axis.per_block)?;
            }
        }
        write!(f, "]")?;
        if self.hollow != 0 {
            write!(f, " hollow {:#x}", self.hollow)?;
        }
        if let Some(t) = self.turns {
            let giants = t.count.div_ceil(t.ahead);
            write!(f, " turned")?;
            if t.ahead > 1 {
                write!(f, " ahead {} {}·{}", self.names[t.baby], t.ahead, t.step)?;
            }
            if giants > 1 {
                write!(f, " behind {} {giants}·{}", self.names[t.giant], t.ahead * t.step)?;
            }
            if let Some(digit) = t.shared {
                write!(f, " by digit {digit}")?;
            }
            if giants * t.ahead != t.count {
                write!(f, " in all {}", t.count)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Lines;

    fn axis(extent: usize, stride: usize) -> Axis {
        Axis { home: Digit { stride, extent }, per_block: extent }
    }

    fn layout(names: [&str; 2], shape: [usize; 2], slots: usize, axes: [Axis; 2]) -> Layout {
        let names = names.map(String::from).to_vec();
        Layout { names, shape: shape.to_vec(), slots, axes: axes.to_vec(), hollow: 0, turns: None }
    }

    /// 4 samples of 8 slots, 7 features over 8 digits from bit 1: they overlap in the two bits from 3 on.
    fn data() -> Layout {
        let turns = Turns { count: 2, step: 8, ahead: 2, baby: 1, giant: 0, shared: None };
        let plain = layout(["n", "d"], [4, 7], 32, [axis(4, 8), axis(8, 2)]);
        Layout { turns: Some(turns), ..plain }
    }

    #[test]
    fn weights_repeat_over_the_slots_that_are_no_home() {
        let weights = layout(["c", "d"], [3, 7], 64, [axis(4, 1), axis(8, 4)]);
        assert!(weights.is_valid());
        assert_eq!(weights.to_string(), "[c:4·1 | d:8·4]");
        assert_eq!(weights.index(0, 0), Some(vec![0, 0]));
        assert_eq!(weights.index(0, 4 + 2), Some(vec![2, 1]));
        assert_eq!(weights.index(0, 32 + 4 + 2), Some(vec![2, 1]));
        assert_eq!(weights.index(0, 3), None); // class 3 of 3
        assert_eq!(weights.index(0, 7 * 4), None); // feature 7 of 7
    }

    #[test]
    fn a_turn_reads_one_axis_ahead() {
        let data = data();
        assert!(data.is_valid());
        assert_eq!(data.to_string(), "2×[n:4·8 | d:8·2] turned ahead d 2·8");
        // Slot 9 is sample 1; feature (9 / 2) mod 8 = 4, and 4 further in turn 1.
        assert_eq!(data.index(0, 9), Some(vec![1, 4]));
        assert_eq!(data.index(1, 9), Some(vec![1, 0]));
    }

    #[test]
    fn giant_steps_read_the_other_axis_behind() {
        let mut data = data();
        data.turns = Some(Turns { ahead: 1, ..data.turns.unwrap() });
        assert_eq!(data.to_string(), "2×[n:4·8 | d:8·2] turned behind n 2·8");
        assert_eq!(data.index(1, 9), Some(vec![0, 4]));
        let tensor = Tensor::new(vec![4, 7], (0..28).map(f64::from).collect()).unwrap();
        assert_eq!(data.unpack(&data.pack(&tensor).unwrap()).unwrap(), tensor);
    }

    #[test]
    fn turns_share_a_ciphertext_in_a_free_digit() {
        let mut data = data();
        data.turns = Some(Turns { shared: Some(Digit { stride: 1, extent: 2 }), ..data.turns.unwrap() });
        assert!(data.is_valid());
        assert_eq!(data.ciphertexts(), 1);
        assert_eq!(data.index(0, 8), Some(vec![1, 4]));
        assert_eq!(data.index(0, 9), Some(vec![1, 0]));
        let tensor = Tensor::new(vec![4, 7], (0..28).map(f64::from).collect()).unwrap();
        assert_eq!(data.unpack(&data.pack(&tensor).unwrap()).unwrap(), tensor);
    }

    #[test]
    fn offsets_are_those_of_the_indices() {
        let mut data = data();
        data.axes[0].per_block = 3;
        assert_eq!(data.ciphertexts(), 4);
        for block in 0..4 {
            for (slot, offset) in data.offsets(block, &[7, 1]).into_iter().enumerate() {
                assert_eq!(offset, data.index(block, slot).map(|index| 7 * index[0] + index[1]));
            }
        }
    }

    #[test]
    fn long_axes_are_cut_over_ciphertexts_and_hollow_bits_hold_zeros() {
        let plain = layout(["n", "c"], [5, 2], 16, [axis(2, 8), axis(2, 2)]);
        let hollow = Layout { hollow: 0b101, ..plain };
        let tensor = Tensor::new(vec![5, 2], (1..=10).map(f64::from).collect()).unwrap();
        let vectors = hollow.pack(&tensor).unwrap();
        assert_eq!(vectors.len(), 3);
        assert_eq!(vectors[2], [9., 0., 10., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.]);
        assert_eq!(hollow.unpack(&vectors).unwrap(), tensor);
        assert_eq!(hollow.support(2).iter().sum::<f64>(), 2.0);
    }

    #[test]
    fn layouts_are_read_back_from_their_text() {
        let turned = |turns: Turns| Layout { turns: Some(turns), ..data() };
        let turns = data().turns.unwrap();
        let twice = Turns { count: 8, step: 4, ahead: 8, ..turns };
        let square =
            Layout { turns: Some(twice), ..layout(["d", "d"], [7, 7], 32, [axis(8, 4), axis(8, 4)]) };
        let mut cut = layout(["n", "c"], [5, 2], 16, [axis(2, 8), axis(2, 2)]);
        cut.hollow = 0b101;
        let mut some = layout(["n", "c"], [5, 2], 16, [axis(4, 4), axis(2, 2)]);
        some.axes[0].per_block = 3;
        for layout in [
            data(),
            turned(Turns { ahead: 1, baby: 0, ..turns }),
            turned(Turns { count: 4, step: 4, ..turns }),
            turned(Turns { count: 3, step: 4, ..turns }),
            turned(Turns { shared: Some(Digit { stride: 1, extent: 2 }), ..turns }),
            square,
            cut,
            some,
        ] {
            let text = format!("X * B{:?} : {layout}", layout.shape);
            let mut at = Lines::of(&text).next_line().unwrap();
            assert_eq!(Layout::read_named(&mut at, layout.slots), Ok(("X * B".into(), layout)), "{text}");
        }
        for text in
            ["[n:4·8", "2×[n:4·8]", "[n:4·8] turned ahead d 2·8", "[n:64·8]", "[n:3·8]", "[n:4·8 by 0]"]
        {
            let mut at = Lines::of(text).next_line().unwrap();
            assert!(Layout::read(&mut at, vec![4], 32).is_err(), "{text}");
        }
    }

    #[test]
    fn senseless_layouts_are_refused() {
        let broken: [fn(&mut Layout); 6] = [
            |l| l.slots = 48,
            |l| l.axes[0].home.stride = 3,
            |l| l.axes[1].per_block = 9,
            |l| l.axes[0].home.extent = 64,
            |l| l.hollow = 32,
            |l| l.turns.as_mut().unwrap().ahead = 0,
        ];
        for change in broken {
            let mut data = data();
            change(&mut data);
            assert!(!data.is_valid());
        }
    }
}
