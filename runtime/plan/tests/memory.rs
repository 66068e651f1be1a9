//! What programs in the clear take of memory: no more than what is still needed of them.

use hep_plan::host::affine::affine;
use hep_plan::host::{Binary, HostOp, HostProgram};
use hep_plan::tensor::Tensor;
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, which knows how much is allocated.
struct Measuring;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is left to the system's allocator; counting does not allocate.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Measuring {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Measuring = Measuring;

/// What `f` gives, and the most bytes it takes beyond what there is.
fn peak<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = f();
    (result, PEAK.load(Ordering::Relaxed) - before)
}

fn row(values: impl Fn(usize) -> f64, length: usize) -> Tensor {
    Tensor { shape: vec![length], data: (0..length).map(values).collect() }
}

/// Standardized features with a column of ones, times weights.
fn standardized() -> HostProgram {
    let mut program = HostProgram::default();
    let x = program.push(HostOp::Input("x".into()), vec![]);
    let mean = program.push(HostOp::Input("mean".into()), vec![]);
    let deviation = program.push(HostOp::Input("deviation".into()), vec![]);
    let by_column = |f| HostOp::Binary { f, left: vec![0, 1], right: vec![1], rank: 2 };
    let centered = program.push(by_column(Binary::Sub), vec![x, mean]);
    let scaled = program.push(by_column(Binary::Div), vec![centered, deviation]);
    let biased = program.push(HostOp::BiasColumn, vec![scaled]);
    let w = program.push(HostOp::Input("w".into()), vec![]);
    let product = HostOp::Contract { left: vec![0, 1], right: vec![1], sum: 1, out: vec![0] };
    let scores = program.push(product, vec![biased, w]);
    program.outputs.push(("scores".into(), scores));
    program
}

/// Both in one test: memory is counted of the whole process.
#[test]
fn memory_is_that_of_what_is_still_needed() {
    let columns = 8000;
    let deviation = |i: usize| f64::from(1 << (i % 4));
    let weight = |i: usize| i as f64 - 3000.5;
    let values = BTreeMap::from([
        ("mean".to_string(), row(|i| i as f64 / 8.0, columns)),
        ("deviation".to_string(), row(deviation, columns)),
        ("w".to_string(), row(weight, columns + 1)),
    ]);
    // Unit vectors of all features at once are 512 MB, and the program holds them several times.
    let (found, bytes) = peak(|| affine(&standardized(), &values, "x", columns));
    assert!(bytes < 32 << 20, "coefficients of {columns} features take {bytes} bytes");
    let found = found.expect("scores are affine");
    assert!((0..columns).all(|i| found.coefficients.data[i] == weight(i + 1) / deviation(i)));

    // A chain of operations holds two tensors at a time, however long it is.
    let mut program = HostProgram::default();
    let mut last = program.push(HostOp::Input("x".into()), vec![]);
    for _ in 0..100 {
        let op = HostOp::Binary { f: Binary::Add, left: vec![0], right: vec![0], rank: 1 };
        last = program.push(op, vec![last, last]);
    }
    program.outputs.push(("sum".into(), last));
    let given = BTreeMap::from([("x".to_string(), row(|_| 1.0, 1 << 17))]);
    let (sums, bytes) = peak(|| program.run(&given));
    assert_eq!(sums.expect("it runs")["sum"].data[7], 100f64.exp2());
    assert!(bytes < 4 << 20, "a chain of tensors of 1 MB takes {bytes} bytes");
}
