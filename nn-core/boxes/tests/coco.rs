//! The same averages as `pycocotools`; `tests/fixtures/generate.py` says what the file holds.

use nn_boxes::{COCO, Detection, Rect, Truth, average_precision, mean_average_precision};
use safetensors::SafeTensors;

const PICTURES: usize = 30;
const CLASSES: usize = 3;

/// The numbers of a tensor.
fn numbers(file: &SafeTensors<'_>, name: &str) -> Vec<f64> {
    let data = file.tensor(name).expect("a tensor of the fixture").data();
    data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()
}

/// A list for each picture, of rows `picture, class, left, top, right, bottom` and more.
fn by_picture<T>(rows: &[f64], len: usize, make: impl Fn(Rect, usize, &[f64]) -> T) -> Vec<Vec<T>> {
    let mut lists: Vec<Vec<T>> = (0..PICTURES).map(|_| Vec::new()).collect();
    for row in rows.chunks_exact(len) {
        let rect = Rect::new([2, 3, 4, 5].map(|i| row[i] as f32)).expect("a box");
        lists[row[0] as usize].push(make(rect, row[1] as usize, &row[6..]));
    }
    lists
}

#[test]
fn averages_are_those_of_pycocotools() {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/detections.safetensors"));
    let bytes = bytes.expect("the fixture is part of the repository");
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let found = numbers(&file, "found");
    let found = by_picture(&found, 7, |rect, class, more| Detection { rect, class, score: more[0] as f32 });
    let truth = by_picture(&numbers(&file, "truth"), 6, |rect, class, _| Truth { rect, class });
    let expected = numbers(&file, "precision");
    let mut differences = Vec::new();
    for (i, &limit) in COCO.iter().enumerate() {
        for class in 0..CLASSES {
            let average = average_precision(&found, &truth, class, limit).expect("things of every class");
            let expected = expected[i * CLASSES + class];
            if (average - expected).abs() > 1e-9 {
                differences.push(format!("class {class} at {limit}: {average}, not {expected}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let means = [mean_average_precision(&found, &truth, &COCO[..1]), mean_average_precision(&found, &truth, &COCO)];
    for (mean, expected) in means.iter().zip(numbers(&file, "mean")) {
        assert!((mean - expected).abs() < 1e-9, "{mean}, not {expected}");
    }
    assert!(means[0] > 0.3 && means[0] < 0.95 && means[1] < means[0], "neither all nor nothing is right: {means:?}");
}
