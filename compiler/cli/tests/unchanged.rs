//! The numbers of keys, uploads and results, word for word: a change of names, forms or formats changes none of them.
//!
//! The digests are those of the tensors in the files, without the heads that say what they are, so that they outlive a new
//! format. All randomness comes from seed 1. A change that means to change ciphertexts (another schedule, another kernel
//! order) accepts the new digests and says so.

mod common;

use common::Place;
use serde_json::Value;
use std::fmt::Write;

/// Real layouts in little: samples and features share bits of the slots.
const RING: &str = "--ring 11 --insecure";
const ROWS: usize = 12;

/// Examples and the sizes that the data do not say.
const EXAMPLES: [(&str, &str); 11] = [
    ("linear_regression", "-p T=2"),
    ("lr_nesterov", "-p T=2"),
    ("mlr_focal", ""),
    ("mlr_published", ""),
    ("mlr_quadratic_gradient", ""),
    ("mlr_whitened", ""),
    ("nn_mini_batches", "-p n=12 -p h1=5 -p h2=3"),
    ("nn_one_hidden", "-p h=6 -p T=1"),
    ("nn_one_hidden_regression", "-p h=3 -p T=1"),
    ("nn_two_hidden", "-p h1=5 -p h2=3 -p T=1"),
    ("nn_two_hidden_single", "-p h1=5 -p h2=3 -p T=1"),
];

/// Five features in 0 .. 1; the label is a class or a number.
fn table(classes: Option<usize>) -> String {
    let row = |n: usize| {
        let features: Vec<String> =
            (0..5).map(|f| format!("{}", ((n * 7 + f * 5) % 16) as f64 / 16.0)).collect();
        let label = match classes {
            Some(classes) => format!("class{}", n % classes),
            None => format!("{}", (n * 5 % 8) as f64 / 8.0 + (n % 3) as f64),
        };
        format!("{label},{}\n", features.join(","))
    };
    format!("label,a,b,c,d,e\n{}", (0..ROWS).map(row).collect::<String>())
}

/// The digest of all tensors of a file, in the order in which they lie there.
fn digest(place: &Place, file: &str) -> String {
    let bytes = place.read(file);
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
    let (head, data) = rest.split_at(length);
    let head: Value = serde_json::from_slice(head).expect("a header");
    let mut tensors: Vec<(u64, u64)> = head
        .as_object()
        .expect("tensors")
        .iter()
        .filter(|(name, _)| *name != "__metadata__")
        .map(|(_, tensor)| {
            let [from, to] = [0, 1].map(|end| tensor["data_offsets"][end].as_u64().expect("an offset"));
            (from, to)
        })
        .collect();
    tensors.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (from, to) in &tensors {
        hasher.update(&data[*from as usize..*to as usize]);
    }
    format!("{} tensors, {} bytes, {}", tensors.len(), data.len(), &hasher.finalize().to_hex()[..16])
}

#[test]
fn ciphertexts_of_the_examples() {
    let place = Place::new();
    let programs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs/examples");
    let mut said = String::new();
    for (name, sizes) in EXAMPLES {
        let text = std::fs::read_to_string(programs.join(format!("{name}.hep"))).unwrap();
        // Batches that divide the samples.
        let text = text.replace("size = 64", "size = 6");
        let real = text.contains("owner  y  : real");
        let classes = if text.contains("class[n, 2]") { 2 } else { 3 };
        place.write("p.hep", text);
        place.write("p.csv", table((!real).then_some(classes)));
        place.hep(&format!("compile p.hep {sizes} {RING} --data p.csv -o p.hepc")).done();
        place.hep("keygen p.hepc -o keys --seed 1").done();
        place.hep("encrypt p.hepc --keys keys --data p.csv -o in.hct --seed 1").done();
        place.hep("run p.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct").done();
        writeln!(said, "{name}").unwrap();
        for file in ["keys/secret.key", "keys/public.key", "keys/eval.keys", "in.hct", "out.hct"] {
            writeln!(said, "  {file}: {}", digest(&place, file)).unwrap();
        }
        std::fs::remove_dir_all(place.path("keys")).unwrap();
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("ciphertexts_of_the_examples", said);
    });
}
