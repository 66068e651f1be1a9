//! Real features: those in the repository, and those that may only lie beside it.

use crate::{Named, root};
use hep_plan::Tensor;
use std::io::Read;
use std::path::Path;

/// The first rows of the features in `programs/data`.
///
/// # Panics
/// When they cannot be read.
#[must_use]
pub fn shipped_features(rows: usize) -> Named {
    let path = root().join("programs/data/mnist_effnetlite0_512.npz");
    read(&path, rows).unwrap_or_else(|| panic!("{} cannot be read", path.display()))
}

/// A table in `programs/data`: a line of names, then rows of numbers with the label first.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn shipped_table(name: &str) -> Named {
    let path = root().join("programs/data").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let mut cells = line.split(',').map(|cell| cell.parse::<f64>().unwrap_or(f64::NAN));
        y.extend(cells.next());
        x.extend(cells);
    }
    let (rows, columns) = (y.len(), x.len() / y.len());
    Named::from([
        ("X0".to_string(), Tensor { shape: vec![rows, columns], data: x }),
        ("y".to_string(), Tensor { shape: vec![rows], data: y }),
    ])
}

/// The first rows of the features that the reference program trains on, which are not shipped: of the archive that
/// `HEP_PUBLISHED_FEATURES` names.
#[must_use]
pub fn published_features(rows: usize) -> Option<Named> {
    read(Path::new(&std::env::var_os("HEP_PUBLISHED_FEATURES")?), rows)
}

fn read(path: &Path, rows: usize) -> Option<Named> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).ok()?).ok()?;
    let mut array = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).ok()?.read_to_end(&mut bytes).ok()?;
        let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let kind = String::from_utf8_lossy(&bytes[10..header]).into_owned();
        Some((kind, bytes.split_off(header)))
    };
    let (kind, x) = array("x.npy")?;
    let (_, y) = array("y.npy")?;
    let x: Vec<f64> = if kind.contains("<f2") {
        x.chunks_exact(2).map(|b| half(u16::from_le_bytes([b[0], b[1]]))).collect()
    } else {
        x.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect()
    };
    let columns = x.len() / y.len();
    let labels = y[..rows].iter().map(|label| f64::from(*label)).collect();
    Some(Named::from([
        ("X0".to_string(), Tensor { shape: vec![rows, columns], data: x[..rows * columns].to_vec() }),
        ("y".to_string(), Tensor { shape: vec![rows], data: labels }),
    ]))
}

/// IEEE 754 half precision.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from((bits >> 10) & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        e => (1.0 + fraction / 1024.0) * 2f64.powi(e - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}
