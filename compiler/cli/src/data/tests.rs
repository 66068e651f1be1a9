use super::model::Model;
use super::*;
use hep_plan::host::affine::{Linear, affine};
use hep_plan::host::{HostOp, HostProgram};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

mod tables;

/// A directory that is removed with its value.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("hep-data-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.0.join(name), bytes).unwrap();
        self.0.join(name)
    }

    fn archive(&self, arrays: &[(&str, Vec<u8>)], deflate: bool) -> PathBuf {
        let path = self.0.join("data.npz");
        let mut archive = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        let method = if deflate { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        for (name, bytes) in arrays {
            archive.start_file(format!("{name}.npy"), options).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn csv(text: &str, options: &LoadOptions) -> Result<Dataset, String> {
    let directory = Directory::new();
    let path = directory.file("data.csv", text);
    load(&path, options).map_err(|e| e.to_string().replace(directory.0.to_str().unwrap(), ""))
}

fn labeled(label: LabelColumn) -> LoadOptions {
    LoadOptions { label, ..LoadOptions::default() }
}

fn ranges(rows: Option<&str>, test: Option<&str>) -> LoadOptions {
    let range = |text: Option<&str>| text.map(|t| t.parse().unwrap());
    LoadOptions { rows: range(rows), test_rows: range(test), ..LoadOptions::default() }
}

#[test]
fn headers_are_seen_and_labels_sorted() {
    let data = csv("kind,a,b\nyes,1,2\nno,3,-4e1\n", &LoadOptions::default()).unwrap();
    assert_eq!(data.classes, ["no", "yes"]);
    assert_eq!(data.y, [1.0, 0.0]);
    assert_eq!(data.x.data, [1.0, 2.0, 3.0, -40.0]);
    assert_eq!(data.columns.unwrap().features, ["a", "b"]);
    let data = csv("10,1,2\n9,3,4\n-1,5,6\n", &LoadOptions::default()).unwrap();
    assert_eq!((data.classes, data.y), (vec!["-1".into(), "9".into(), "10".into()], vec![2.0, 1.0, 0.0]));
    assert_eq!(data.columns, None);
    // A header of numbers, separators other than commas, blank lines, Windows line ends, a byte order mark.
    let data = csv("label,0,1\n3,5,6\n4,7,8\n", &LoadOptions::default()).unwrap();
    assert_eq!(
        (data.x.shape, data.columns.unwrap().features),
        (vec![2, 2], vec!["0".to_string(), "1".into()])
    );
    let data = csv("\u{feff}y;a\r\n\r\n1;2\r\n0;3\r\n\r\n", &LoadOptions::default()).unwrap();
    assert_eq!((data.x.data, data.y), (vec![2.0, 3.0], vec![1.0, 0.0]));
}

#[test]
fn the_label_column_can_be_chosen() {
    let text = "a,kind,b\n1,x,2\n3,z,4\n";
    let data = csv(text, &labeled("kind".parse().unwrap())).unwrap();
    assert_eq!(
        (data.x.data, data.columns.unwrap().features),
        (vec![1.0, 2.0, 3.0, 4.0], vec!["a".to_string(), "b".into()])
    );
    let data = csv("1,2,u\n3,4,v\n", &labeled(LabelColumn::Last)).unwrap();
    assert_eq!((data.x.data, data.y), (vec![1.0, 2.0, 3.0, 4.0], vec![0.0, 1.0]));
    let error = csv(text, &labeled("type".parse().unwrap())).unwrap_err();
    assert_eq!(
        error,
        "error[H0706]: there is no column `type`\n   /data.csv\n help: --label takes a name (`a`, `kind`, `b`), a place from 1 to 3, first or last: of the column that holds the labels"
    );
    let error = csv("1,2\n3,4\n", &labeled("type".parse().unwrap())).unwrap_err();
    assert!(error.contains("no header"));
}

#[test]
fn wrong_cells_are_refused_with_line_and_column() {
    let at = |text: &str| csv(text, &LoadOptions::default()).unwrap_err();
    let missing = at("y,a,b\n1,2,3\n0,,4\n");
    assert!(
        missing.starts_with("error[H0703]: the value of `a` is missing\n   /data.csv:3:2\n help: "),
        "{missing}"
    );
    assert!(
        at("1,2,3\n0,4,x\u{7}\n")
            .starts_with("error[H0704]: `x\u{fffd}` is no finite number\n   /data.csv:2:3\n")
    );
    for text in ["-nan", "inf", "-infinity", "1e999", "none of them", "1,5e"] {
        assert!(at(&format!("1,2\n0,\"{text}\"\n")).contains("H0704"), "{text}");
    }
    for text in ["nan", "NA", "n/A", "#N/A", "<NA>", "Null", "NONE", "?", "-", " "] {
        let feature = at(&format!("1,2\n0,{text}\n"));
        assert!(
            feature.starts_with("error[H0703]: the value is missing") && feature.contains(":2:2\n"),
            "{text}"
        );
        assert!(at(&format!("1,2\n{text},4\n")).contains("H0703"), "{text}");
    }
    for text in ["inf", "-inf"] {
        let feature = at(&format!("1,2,3\n0,4,{text}\n"));
        assert_eq!(
            feature,
            format!(
                "error[H0704]: `{text}` is no finite number\n   /data.csv:2:3\n help: fill the value in, or remove the row or the column"
            )
        );
        let label = at(&format!("1,2\n{text},4\n"));
        assert!(
            label.starts_with(&format!("error[H0704]: `{text}` is no finite number\n   /data.csv:2:1\n"))
        );
    }
    assert!(
        at("1,2,3\n0,4\n")
            .starts_with("error[H0705]: this row has 2 columns, the first has 3\n   /data.csv:2\n")
    );
    assert!(at("1,\n0,2\n").contains(":1:2"), "a missing value in the first row is no header");
    assert!(at("").contains("the file is empty"));
    assert!(at("a,b\n").contains("no rows"));
    assert!(at("1\n2\n").contains("single column"));
    assert!(at("1,2\n1,3\n").contains("same label `1`"));
    let directory = Directory::new();
    let path = directory.file("data.csv", b"1,2\n0,\xff\n");
    assert!(load(&path, &LoadOptions::default()).unwrap_err().to_string().contains(":2:2"));
    assert_eq!(load(&directory.file("data.bin", b""), &LoadOptions::default()).unwrap_err().code(), "H0702");
    assert_eq!(load(&directory.0.join("none.csv"), &LoadOptions::default()).unwrap_err().code(), "H0701");
}

#[test]
fn rows_are_cut_and_checked() {
    let text = "0,0\n1,1\n0,2\n1,3\n2,4\n";
    let data = csv(text, &ranges(Some("..3"), Some("3..4"))).unwrap();
    assert_eq!((data.x.data, data.y), (vec![0.0, 1.0, 2.0], vec![0.0, 1.0, 0.0]));
    let (x, y) = data.test.unwrap();
    assert_eq!((x.data, y), (vec![3.0], vec![1.0]));
    assert_eq!(csv(text, &ranges(None, Some("0..2"))).unwrap().x.data, [2.0, 3.0, 4.0]);
    let error = csv(text, &ranges(Some("0..3"), Some("3..5"))).unwrap_err();
    assert!(error.contains("H0708") && error.contains("`2`"), "{error}");
    assert!(
        csv(text, &ranges(Some("0..6"), None)).unwrap_err().contains("--rows 0..6 reaches beyond the 5 rows")
    );
    assert!(csv(text, &ranges(Some("0..3"), Some("2..4"))).unwrap_err().contains("in common"));
    assert!(csv(text, &ranges(None, Some("0..5"))).unwrap_err().contains("no row is left"));
    for wrong in ["", "3", "3..3", "4..2", "a..b", "-1..2", "..", "0..99999999999999999999"] {
        assert!(wrong.parse::<RowRange>().is_err(), "{wrong}");
    }
    let real = LoadOptions { real_targets: true, ..LoadOptions::default() };
    let data = csv("0.5,0\n0.5,1\n", &real).unwrap();
    assert_eq!((data.y, data.classes), (vec![0.5, 0.5], vec![]));
    assert!(csv("a,0\nb,1\n", &real).unwrap_err().contains("predicts numbers"));
}

fn npy(descr: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    super::npy::write(descr, shape, data)
}

#[test]
fn arrays_of_all_types_are_read() {
    let directory = Directory::new();
    let types: [(&str, Vec<u8>); 12] = [
        ("<f2", [0x3c00u16, 0xc000].iter().flat_map(|v| v.to_le_bytes()).collect()),
        ("<f4", [1f32, -2.0].iter().flat_map(|v| v.to_le_bytes()).collect()),
        (">f8", [1f64, -2.0].iter().flat_map(|v| v.to_be_bytes()).collect()),
        ("|i1", vec![1, 254]),
        ("<i2", [1i16, -2].iter().flat_map(|v| v.to_le_bytes()).collect()),
        (">i4", [1i32, -2].iter().flat_map(|v| v.to_be_bytes()).collect()),
        ("<i8", [1i64, -2].iter().flat_map(|v| v.to_le_bytes()).collect()),
        ("|u1", vec![1, 254]),
        ("<u2", [1u16, 254].iter().flat_map(|v| v.to_le_bytes()).collect()),
        ("<u4", [1u32, 254].iter().flat_map(|v| v.to_le_bytes()).collect()),
        ("<u8", [1u64, 254].iter().flat_map(|v| v.to_le_bytes()).collect()),
        ("|b1", vec![1, 0]),
    ];
    for (descr, bytes) in types {
        let path = directory
            .archive(&[("x", npy(descr, &[2, 1, 1], &bytes)), ("y", npy("|u1", &[2], &[3, 5]))], true);
        let data = load(&path, &LoadOptions::default()).unwrap();
        let second = if descr.contains('u') {
            254.0
        } else if descr == "|b1" {
            0.0
        } else {
            -2.0
        };
        assert_eq!(data.x.data, [1.0, second], "{descr}");
        assert_eq!((data.x.shape, data.classes), (vec![2, 1], vec!["3".to_string(), "5".into()]));
    }
}

#[test]
fn fortran_order_words_and_test_sets_are_understood() {
    let directory = Directory::new();
    let mut fortran = npy("|u1", &[2, 3], &[1, 4, 2, 5, 3, 6]);
    let at = fortran.windows(5).position(|w| w == b"False").unwrap();
    fortran[at..at + 5].copy_from_slice(b"True ");
    let words: Vec<u8> = "nosi".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let path = directory.archive(
        &[
            ("X_train", fortran),
            ("y_train", npy("<U2", &[2], &words)),
            ("x_test", npy("|u1", &[1, 3], &[7, 8, 9])),
            ("y_test", npy("|S2", &[1, 1], b"si")),
            ("other", b"no array at all".to_vec()),
        ],
        false,
    );
    let data = load(&path, &LoadOptions::default()).unwrap();
    assert_eq!(data.x.data, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!((data.classes, data.y), (vec!["no".to_string(), "si".into()], vec![0.0, 1.0]));
    assert_eq!(data.test.unwrap().1, [1.0]);
}

#[test]
fn hostile_arrays_are_refused() {
    let directory = Directory::new();
    let good = npy("|u1", &[2], &[0, 1]);
    let y = || npy("|u1", &[2], &[0, 1]);
    let shaped = |shape: &[usize]| npy("<f8", shape, &[0; 16]);
    let mut object = npy("|O8", &[2], &[0; 16]);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (shaped(&[1 << 40, 1 << 40]), "too large"),
        (shaped(&[1 << 27, 1]), "do not fit together"),
        (shaped(&[3, 1]), "do not fit together"),
        (object.clone(), "Python objects"),
        (npy("<c16", &[1], &[0; 16]), "`<c16`"),
        (npy("<f8", &[2, 1], &f64::NAN.to_le_bytes().repeat(2)), "NaN in row 1"),
        (npy("<f8", &[2], &[0; 16]), "rows of features"),
        (good[..40].to_vec(), "truncated"),
        (good[..7].to_vec(), "truncated"),
        (b"PK\x03\x04 and so on".to_vec(), "no .npy array"),
        (npy("|u1", &[1, 2], &[0, 1]), "`x` has 1 rows, but `y` has 2"),
    ];
    for (x, reason) in cases {
        let path = directory.archive(&[("x", x), ("y", y())], false);
        let error = load(&path, &LoadOptions::default()).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let numbers = |values: [f64; 2]| values.map(f64::to_le_bytes).concat();
    let x = npy("<f8", &[1, 2], &numbers([0.0, f64::INFINITY]));
    let path = directory.archive(&[("x", x), ("y", npy("|u1", &[1], &[0]))], false);
    let error = load(&path, &LoadOptions::default()).unwrap_err();
    assert_eq!(error.code(), "H0704");
    let error = error.to_string();
    assert!(error.contains("`x` holds inf in row 1, feature 2\n"), "{error}");
    assert!(error.ends_with("help: fill the value in, or remove the row or the feature"), "{error}");
    let labels = npy("<f8", &[2], &numbers([1.0, f64::NAN]));
    let path = directory.archive(&[("x", npy("<f8", &[2, 1], &[0; 16])), ("y", labels)], false);
    let error = load(&path, &LoadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("`y` holds NaN in row 2\n"), "{error}");
    object.truncate(5);
    let error = |arrays: &[(&str, Vec<u8>)]| {
        load(&directory.archive(arrays, false), &LoadOptions::default()).unwrap_err().to_string()
    };
    assert!(error(&[("y", y())]).contains("no features `x`"));
    assert!(error(&[("z", object)]).contains("no training data"));
    assert!(error(&[]).contains("no training data"));
    // Any damage is an error or leaves sound data, and is never a panic.
    let path = directory.archive(&[("x", npy("<f4", &[2, 2], &[1; 16])), ("y", y())], true);
    let whole = fs::read(&path).unwrap();
    for position in 0..whole.len() {
        for bit in 0..8 {
            let mut damaged = whole.clone();
            damaged[position] ^= 1 << bit;
            fs::write(&path, &damaged).unwrap();
            let _ = load(&path, &LoadOptions::default());
        }
        fs::write(&path, &whole[..position]).unwrap();
        assert!(load(&path, &LoadOptions::default()).is_err());
    }
}

#[test]
fn models_come_back_and_are_the_same_bytes() {
    let directory = Directory::new();
    let tensor = |shape: &[usize]| {
        Tensor::new(shape.to_vec(), (0..shape.iter().product::<usize>()).map(|i| i as f64 / 3.0).collect())
            .unwrap()
    };
    for classes in [vec!["-1", "7"], vec!["0.5", "2"], vec!["nö", "yes"], vec![]] {
        let model = Model {
            revealed: BTreeMap::from([("W".to_string(), tensor(&[2, 3])), ("b".to_string(), tensor(&[]))]),
            state: BTreeMap::from([("mean".to_string(), tensor(&[3]))]),
            classes: classes.into_iter().map(String::from).collect(),
            linear: Some(Linear { coefficients: tensor(&[2, 3]), intercepts: tensor(&[2]) }),
            metadata: serde_json::json!({ "program": "mlr", "insecure": true }),
        };
        let (a, b) = (directory.0.join("a.npz"), directory.0.join("b.npz"));
        fs::write(&a, model::bytes(&a, &model).unwrap()).unwrap();
        fs::write(&b, model::bytes(&b, &model).unwrap()).unwrap();
        assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
        assert_eq!(model::read(&a).unwrap(), model);
    }
    let mut clash = Model::default();
    clash.revealed.insert("hep".into(), tensor(&[1]));
    let error = model::bytes(&directory.0.join("c.npz"), &clash).unwrap_err().to_string();
    assert!(error.contains("rename it"));
    assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 2);
    let path = directory.archive(&[("x", npy("|u1", &[1], &[1]))], false);
    assert!(model::read(&path).unwrap_err().to_string().contains("but a model is needed here"));
}

#[test]
fn coefficients_are_found_where_scores_are_affine() {
    let mut program = HostProgram::default();
    let x = program.push(HostOp::Input("x".into()), vec![]);
    let bias = program.push(HostOp::BiasColumn, vec![x]);
    let w = program.push(HostOp::Input("W".into()), vec![]);
    let scores = program.push(
        HostOp::Contract { left: vec![0, 1], right: vec![2, 1], sum: 1, out: vec![0, 2] },
        vec![bias, w],
    );
    program.outputs = vec![("scores".into(), scores)];
    let weights = Tensor::new(vec![2, 3], vec![5.0, 1.0, 2.0, -1.0, 0.5, 0.25]).unwrap();
    let values = BTreeMap::from([("W".to_string(), weights)]);
    let linear = affine(&program, &values, "x", 2).unwrap();
    assert_eq!(linear.coefficients.data, [1.0, 2.0, 0.5, 0.25]);
    assert_eq!(linear.intercepts.data, [5.0, -1.0]);
    let square = program.push(HostOp::Polynomial(vec![0.0, 0.0, 1.0]), vec![scores]);
    program.outputs = vec![("scores".into(), square)];
    assert_eq!(affine(&program, &values, "x", 2), None);
}

/// Lines that are no data, and columns that are plainly something else: what to do about each.
#[test]
fn lines_of_words_say_what_they_are() {
    let refused = |text: &str, label: &str| {
        let options = LoadOptions {
            given: !label.is_empty(),
            ..labeled(if label.is_empty() { LabelColumn::First } else { label.parse().unwrap() })
        };
        csv(text, &options).unwrap_err()
    };
    let units = refused("age,mass,kind\nyears,kg,\n30,70.5,ill\n40,80,well\n", "kind");
    assert!(units.contains("data.csv:2:1") && units.contains("units perhaps: remove it"), "{units}");
    let again = refused("age,mass,kind\n30,70.5,ill\nage,mass,kind\n40,80,well\n", "kind");
    assert!(
        again.contains("data.csv:3:1") && again.contains("stand here once more: remove the line"),
        "{again}"
    );
    let label = refused("age,mass,kind\n30,70.5,ill\n40,80,well\n", "");
    assert!(label.contains("if `kind` is the column of labels, say `--label kind`"), "{label}");
    let chosen = refused("age,mass,kind,note\n30,70.5,ill,a\n40,80,well,b\n", "kind");
    assert!(!chosen.contains("is the column of labels, say"), "{chosen}");
    let alone = refused("age,mass,kind\n30,70.5,ill\n40,80,ill\n", "kind");
    assert!(alone.contains("no row of the file has another label"), "{alone}");
    let rows = LoadOptions { given: true, label: "kind".parse().unwrap(), ..ranges(Some("0..2"), None) };
    let some = csv("age,mass,kind\n30,70.5,ill\n40,80,ill\n50,60,well\n", &rows).unwrap_err();
    assert!(some.contains("choose other rows with --rows"), "{some}");
    let near = refused("age,mass,kind\n30,70.5,ill\n40,80,well\n", "Kind");
    assert!(near.contains("help: did you mean `--label kind`?"), "{near}");
    let other = refused("age,mass\n30,70.5\n40,80\n", "kind");
    assert!(!other.contains("is `mass`"), "{other}");
}

/// One flipped bit anywhere in the numbers is found by the checksum of the archive.
#[test]
fn damaged_arrays_are_refused() {
    for deflate in [false, true] {
        let directory = Directory::new();
        let numbers: Vec<u8> = (0..400u32).flat_map(|k| f64::from(k * k % 97).to_le_bytes()).collect();
        let labels: Vec<u8> = (0..200).map(|k| k % 2).collect();
        let arrays = [("x", npy("<f8", &[200, 2], &numbers)), ("y", npy("|u1", &[200], &labels))];
        let path = directory.archive(&arrays, deflate);
        assert!(load(&path, &LoadOptions::default()).is_ok());
        let mut bytes = fs::read(&path).unwrap();
        bytes[400] ^= 1;
        fs::write(&path, bytes).unwrap();
        let error = load(&path, &LoadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("H0710") && error.contains("help: copy it again"), "{error}");
    }
}
