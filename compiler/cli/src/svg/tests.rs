//! Axes have round ends, names do not touch, texts are harmless.

use super::lines::{Plot, Series, apart};
use super::scale::{Scale, whole};
use super::*;

fn ticks(values: &[f64]) -> Vec<String> {
    Scale::of(values.iter().copied(), (0.0, 100.0)).ticks().into_iter().map(|(_, text)| text).collect()
}

#[test]
fn axes_have_round_values() {
    assert_eq!(ticks(&[71.1, 92.9]), ["70", "75", "80", "85", "90", "95"]);
    assert_eq!(ticks(&[0.0, 1.0]), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    assert_eq!(ticks(&[0.31, 0.33]), ["0.310", "0.315", "0.320", "0.325", "0.330"]);
    assert_eq!(ticks(&[0.01, 900.0]), ["0.01", "0.1", "1", "10", "100", "1000"]);
    assert_eq!(ticks(&[-1e6, 2.5e6]), ["-1e6", "0", "1e6", "2e6", "3e6"]);
    assert_eq!(ticks(&[]).len(), 6);
    assert!(ticks(&[5.0, 5.0]).len() > 1 && ticks(&[0.0]).len() > 1 && ticks(&[1e-300, 1e300]).len() < 9);
}

#[test]
fn every_value_has_its_place() {
    let scale = Scale::of([71.1, 92.9].into_iter(), (100.0, 0.0));
    assert_eq!((scale.place(70.0), scale.place(95.0)), (100.0, 0.0));
    let logarithmic = Scale::of([0.01, 900.0].into_iter(), (0.0, 5.0));
    assert!((logarithmic.place(1.0) - 2.0).abs() < 1e-12);
}

#[test]
fn iterations_are_written_where_there_is_room() {
    assert_eq!(whole(4), [1, 2, 3, 4]);
    assert_eq!(whole(1), [1]);
    assert_eq!(whole(0), [0; 0]);
    for count in 2..200 {
        let found = whole(count);
        assert!(found.len() <= 12 && found[0] == 1 && found.last() == Some(&count), "{count}: {found:?}");
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
    }
}

#[test]
fn names_keep_apart() {
    let places = apart(&[50.0, 51.0, 52.0, 200.0], 30.0, 260.0);
    assert_eq!(places, [50.0, 65.0, 80.0, 200.0]);
    let low = apart(&[255.0, 256.0, 257.0], 30.0, 260.0);
    assert_eq!(low, [230.0, 245.0, 260.0]);
}

#[test]
fn no_text_is_markup() {
    assert_eq!(escaped("<a href=\"x\">&'\u{1b}é"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;é");
    let bar = bars::Bar { name: "</svg><script>".into(), style: 9, value: None, text: "<b>".into() };
    let svg = bars::svg("<t>", "\"d\"", &[bar]);
    assert!(!svg.contains("<script") && !svg.contains("<b>") && svg.matches("</svg>").count() == 1, "{svg}");
}

#[test]
fn what_is_no_number_is_left_out() {
    let values = vec![1.0, f64::NAN, f64::INFINITY, 2.0];
    let series = [Series { names: vec!["a".into(), "b".into()], style: 0, values, diverges: true }];
    let plot =
        Plot { title: "t", description: "d", unit: "u", series: &series, limits: &[(1.5, "here".into())] };
    let svg = lines::svg(&plot);
    assert!(
        !svg.contains("NaN") && !svg.contains("inf") && svg.contains(">here<") && svg.contains(">a = b ↑<"),
        "{svg}"
    );
    assert_eq!((svg.matches("class=\"marker\"").count(), svg.matches("<polyline").count()), (2, 0));
    let values = vec![1.0, 2.0, f64::NAN, 3.0, 4.0, 5.0];
    let gap = [Series { values, diverges: false, ..series[0].clone() }];
    assert_eq!(lines::svg(&Plot { series: &gap, ..plot.clone() }).matches("<polyline").count(), 2);
    let empty = lines::svg(&Plot { series: &[], limits: &[], ..plot });
    assert!(empty.ends_with("</svg>") && !empty.contains("NaN"), "{empty}");
}
