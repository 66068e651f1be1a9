//! One array in numpy's `.npy` format, versions 1 to 3, of numbers, truth values or words. No pickles.

use hep_plan::Tensor;
use std::io::Read;

/// An array in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Array {
    /// Numbers of any type.
    Numbers(Tensor),
    /// Words, with their shape.
    Words(Vec<usize>, Vec<String>),
}

const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header that is read, in bytes.
const MAX_HEADER: usize = 1 << 16;
/// Largest number of characters of a word.
const MAX_WORD: usize = 1 << 12;

struct Header {
    /// Type letter: `f`, `i`, `u`, `b`, `U`, `S`.
    letter: char,
    /// Bytes of an element; characters for `U`.
    size: usize,
    big_endian: bool,
    fortran: bool,
    shape: Vec<usize>,
}

/// Reads an array whose file is said to have `length` bytes; never more than it has.
pub(crate) fn read(mut from: impl Read, length: u64, max_elements: usize) -> Result<Array, String> {
    let mut start = [0; 8];
    from.read_exact(&mut start).map_err(|_| "it is truncated".to_string())?;
    if !start.starts_with(MAGIC) {
        return Err("it is no .npy array".into());
    }
    let (header_len, fixed) = if start[6] == 1 {
        let mut word = [0; 2];
        from.read_exact(&mut word).map_err(|_| "it is truncated".to_string())?;
        (usize::from(u16::from_le_bytes(word)), 10)
    } else {
        let mut word = [0; 4];
        from.read_exact(&mut word).map_err(|_| "it is truncated".to_string())?;
        (u32::from_le_bytes(word) as usize, 12)
    };
    if header_len > MAX_HEADER {
        return Err(format!("its header has {header_len} bytes"));
    }
    let mut text = vec![0; header_len];
    from.read_exact(&mut text).map_err(|_| "it is truncated".to_string())?;
    let header = parse(&String::from_utf8_lossy(&text))?;
    let elements = header.shape.iter().try_fold(1usize, |p, &e| p.checked_mul(e));
    let elements = elements.filter(|&n| n <= max_elements).ok_or("it is too large")?;
    let bytes = elements.checked_mul(header.bytes()).ok_or("it is too large")?;
    if bytes as u64 != length.saturating_sub(fixed + header_len as u64) {
        return Err(format!("its shape {:?} and its length do not fit together", header.shape));
    }
    let mut data = Vec::new();
    from.take(bytes as u64).read_to_end(&mut data).map_err(|e| e.to_string())?;
    if data.len() != bytes {
        return Err("it is truncated".into());
    }
    if matches!(header.letter, 'U' | 'S') {
        if header.fortran && header.shape.len() > 1 {
            return Err("words in Fortran order are not supported".into());
        }
        let words = data
            .chunks_exact(header.bytes().max(1))
            .map(|cell| header.word(cell))
            .collect::<Result<_, _>>()?;
        return Ok(Array::Words(header.shape, words));
    }
    let values = data.chunks_exact(header.size).map(|cell| header.number(cell)).collect();
    Ok(Array::Numbers(in_row_order(header.shape, values, header.fortran)))
}

impl Header {
    fn bytes(&self) -> usize {
        if self.letter == 'U' { 4 * self.size } else { self.size }
    }

    fn word(&self, cell: &[u8]) -> Result<String, String> {
        let text: String = if self.letter == 'U' {
            let code = |word: &[u8; 4]| {
                let code =
                    if self.big_endian { u32::from_be_bytes(*word) } else { u32::from_le_bytes(*word) };
                char::from_u32(code).ok_or_else(|| "it holds a word that is no Unicode".to_string())
            };
            cell.as_chunks::<4>().0.iter().map(code).collect::<Result<_, _>>()?
        } else {
            std::str::from_utf8(cell).map_err(|_| "it holds a word that is no UTF-8".to_string())?.to_string()
        };
        Ok(text.trim_end_matches('\0').to_string())
    }

    fn number(&self, cell: &[u8]) -> f64 {
        let mut bytes = [0; 8];
        for (slot, byte) in bytes.iter_mut().zip(0..cell.len()) {
            *slot = cell[if self.big_endian { cell.len() - 1 - byte } else { byte }];
        }
        let word = u64::from_le_bytes(bytes);
        match (self.letter, self.size) {
            ('f', 2) => half(word as u16),
            ('f', 4) => f64::from(f32::from_bits(word as u32)),
            ('f', _) => f64::from_bits(word),
            ('i', size) => {
                // Moves the sign bit to the top and back.
                let unused = 64 - 8 * size as u32;
                (((word << unused) as i64) >> unused) as f64
            }
            ('b', _) => f64::from(u8::from(word != 0)),
            _ => word as f64,
        }
    }
}

/// A number in IEEE half precision.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

fn in_row_order(shape: Vec<usize>, data: Vec<f64>, fortran: bool) -> Tensor {
    if !fortran || shape.len() < 2 {
        return Tensor { shape, data };
    }
    let order: Vec<usize> = (0..shape.len()).rev().collect();
    let reversed = Tensor { shape: shape.into_iter().rev().collect(), data };
    reversed.permuted(&order)
}

/// The header is a Python dictionary with three entries.
fn parse(text: &str) -> Result<Header, String> {
    let value = |key: &str| {
        let at =
            [format!("'{key}'"), format!("\"{key}\"")].iter().find_map(|k| Some(text.find(k)? + k.len()));
        let rest = at.and_then(|at| text[at..].trim_start().strip_prefix(':'));
        rest.map(str::trim_start).ok_or_else(|| format!("its header has no `{key}`"))
    };
    let descr = value("descr")?;
    let quote = descr.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let descr = quote.and_then(|q| descr[1..].split_once(q)).map(|(inner, _)| inner);
    let descr = descr.ok_or("it has fields, and plain numbers are needed")?;
    let (order, kind) = match descr.chars().next() {
        Some(order @ ('<' | '>' | '|' | '=')) => (order, &descr[1..]),
        _ => ('|', descr),
    };
    let mut letters = kind.chars();
    let letter = letters.next().unwrap_or(' ');
    let size: usize = letters.as_str().parse().unwrap_or(0);
    let known = match letter {
        'f' => matches!(size, 2 | 4 | 8),
        'i' | 'u' => matches!(size, 1 | 2 | 4 | 8),
        'b' => size == 1,
        'U' | 'S' => (1..=MAX_WORD).contains(&size),
        _ => false,
    };
    if !known {
        let what = if letter == 'O' {
            "Python objects".to_string()
        } else {
            format!("elements of type `{}`", super::names::short(descr))
        };
        return Err(format!("it holds {what}, and plain numbers are needed"));
    }
    let fortran = value("fortran_order")?;
    let shape =
        value("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(inner, _)| inner);
    let shape = shape.ok_or("its header has no `shape`")?;
    let extents = shape.split(',').map(str::trim).filter(|e| !e.is_empty());
    let shape: Vec<usize> = extents
        .map(|e| e.parse().map_err(|_| "its shape makes no sense".to_string()))
        .collect::<Result<_, _>>()?;
    if shape.len() > 16 {
        return Err("it has too many axes".into());
    }
    Ok(Header { letter, size, big_endian: order == '>', fortran: fortran.starts_with("True"), shape })
}

/// A file of version 1, row-major: `descr` is numpy's name of the type.
pub(crate) fn write(descr: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let extents: String = shape.iter().map(|e| format!("{e}, ")).collect();
    let extents = if shape.len() == 1 {
        extents.trim_end().to_string()
    } else {
        extents.trim_end_matches(", ").to_string()
    };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({extents}), }}");
    // Data begin at a multiple of 64 bytes.
    let length = (MAGIC.len() + 4 + header.len() + 1).next_multiple_of(64);
    header.extend(std::iter::repeat_n(' ', length - MAGIC.len() - 4 - header.len() - 1));
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&[1, 0]);
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn halves_are_what_they_are() {
        let known = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2f64.powi(-24)),
            (0x3555, 0.333_251_953_125),
        ];
        for (bits, value) in known {
            assert_eq!(half(bits), value);
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }
}
