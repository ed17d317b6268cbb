use std::path::Path;

use super::*;
use crate::base::test_folder::Folder;

fn idx(dims: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dims.len() as u8];
    dims.iter().for_each(|dim| bytes.extend(dim.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

#[cfg(feature = "gzip")]
fn gz(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory is writable");
    encoder.finish().expect("memory is writable")
}

/// The message after the file's name.
fn message(path: &Path) -> String {
    let error = Idx::read(path).expect_err("bad input").to_string();
    let name = format!("{}: ", path.display());
    error.strip_prefix(&name).unwrap_or_else(|| panic!("no file in {error}")).to_owned()
}

#[test]
fn damaged_files_are_named_and_explained() {
    let folder = Folder::new("data-damaged");
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("empty", vec![], "ends within its header, after 0 bytes"),
        ("magic", vec![1, 2, 3, 4, 5], "not an IDX file: expected to begin with 00 00 08, found 01 02 03 04"),
        ("floats", vec![0, 0, 0x0d, 1, 0, 0, 0, 0], "expected elements of type 0x08 (unsigned bytes), found 0x0d"),
        ("header", vec![0, 0, 8, 3, 0, 0, 0, 1, 0, 0], "ends within its header, after 10 bytes"),
        ("short", idx(&[4], &[1, 2, 3]), "its header promises 4 bytes of data, but it holds 3"),
        ("long", idx(&[2], &[1, 2, 3]), "holds more than the 2 bytes of data that its header promises"),
        ("vast", idx(&[u32::MAX, u32::MAX], &[1]), "bytes of data, but it holds 1"),
        ("overflow", idx(&[u32::MAX; 3], &[1]), "are too large for this computer's memory"),
        ("many", idx(&[u32::MAX; 255], &[1]), "are too large for this computer's memory"),
        ("text", b"<html>not found</html>".to_vec(), "not an IDX file"),
    ];
    for (name, bytes, expected) in cases {
        let found = message(&folder.file(name, &bytes));
        assert!(found.contains(expected), "{name}: {found}");
    }
    let missing = Idx::read(folder.0.join("missing")).expect_err("no file").to_string();
    assert!(missing.starts_with("cannot open ") && missing.contains("missing"), "{missing}");
    assert!(Idx::read(&folder.0).is_err(), "a folder");
}

#[cfg(feature = "gzip")]
#[test]
fn compressed_files_are_recognised_and_bounded() {
    let folder = Folder::new("data-gz");
    let plain = idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
    let whole = gz(&plain);
    let read = Idx::read(folder.file("named-without-suffix", &whole)).expect("valid");
    assert_eq!(read, Idx { dims: vec![2, 1, 3], bytes: vec![1, 2, 3, 4, 5, 6] });

    let bomb = gz(&idx(&[3], &vec![0; 50_000_000]));
    let liar = gz(&idx(&[u32::MAX], &[0; 1000]));
    let mut flipped = whole.clone();
    flipped[whole.len() - 5] ^= 1;
    let mut followed = whole.clone();
    followed.push(7);
    let cases: [(&str, &[u8], &str); 7] = [
        ("bomb", &bomb, "holds more than the 3 bytes of data"),
        ("liar", &liar, "its header promises 4294967295 bytes of data, but it holds 1000"),
        ("cut", &whole[..whole.len() - 12], "its header promises 6 bytes of data, but it holds"),
        ("cut in the checksum", &whole[..whole.len() - 3], "damaged gz data: its checksum is cut off"),
        ("checksum", &flipped, "damaged gz data"),
        ("followed", &followed, "damaged gz data"),
        ("nothing", &whole[..3], "ends within its header, after 0 bytes"),
    ];
    for (name, bytes, expected) in cases {
        let found = message(&folder.file(name, bytes));
        assert!(found.contains(expected), "{name}: {found}");
    }
}

#[test]
fn images_and_labels_must_belong_together() {
    let folder = Folder::new("data-pairs");
    let images = folder.file("images", &idx(&[2, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7]));
    let labels = |name: &str, bytes: &[u8]| folder.file(name, &idx(&[bytes.len() as u32], bytes));
    let data = Dataset::from_idx(&images, labels("good", &[1, 0]), 2).expect("valid");
    assert_eq!((data.len(), data.shape(), data.image(1), data.label(0)), (2, [1, 2, 2], &[4, 5, 6, 7][..], 1));

    let none = folder.file("none", &idx(&[0, 2, 2], &[]));
    let cases = [
        (&images, labels("three", &[0, 1, 0]), "has 2 images but"),
        (&images, labels("out", &[0, 2]), "label 2 of sample 1 is out of range; 2 classes are labelled 0 to 1"),
        (&images, images.clone(), "expected labels: count, hence 1 dimensions, found 3"),
        (&none, labels("zero", &[]), "holds no samples"),
    ];
    for (images, labels, expected) in cases {
        let found = Dataset::from_idx(images, &labels, 2).expect_err("bad input").to_string();
        assert!(found.contains(expected), "{found}");
        assert!(
            found.contains(labels.to_str().expect("text")) || found.contains(images.to_str().expect("text")),
            "{found}"
        );
    }
    let exchanged = Dataset::from_idx(labels("exchanged", &[1, 0]), &images, 2).expect_err("bad input").to_string();
    assert!(exchanged.contains("expected images: count, height, width"), "{exchanged}");

    let colour = folder.file("colour", &idx(&[1, 3, 1, 2], &[1, 2, 3, 4, 5, 6]));
    let data = Dataset::from_idx(colour, labels("one", &[0]), 1).expect("valid");
    assert_eq!(data.shape(), [3, 1, 2]);
}

#[test]
fn fashion_mnist_says_what_is_missing() {
    let folder = Folder::new("data-fashion");
    let message = fashion_mnist(&folder.0).expect_err("nothing there").to_string();
    assert!(
        message.starts_with("found neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz in "),
        "{message}"
    );
    for (prefix, count) in [("train", 2), ("t10k", 1)] {
        folder.file(&format!("{prefix}-images-idx3-ubyte"), &idx(&[count, 1, 1], &vec![0; count as usize]));
        folder.file(&format!("{prefix}-labels-idx1-ubyte"), &idx(&[count], &vec![9; count as usize]));
    }
    let (train, test) = fashion_mnist(&folder.0).expect("valid");
    assert_eq!((train.len(), test.len(), train.class_name(9)), (2, 1, Some("Ankle boot")));
}

fn numbered(count: u8) -> Dataset {
    Dataset::new((0..count).collect(), [1, 1, 1], vec![0; count.into()], 1).expect("valid")
}

#[test]
fn parts_hold_every_image_once() {
    let data = numbered(100).shuffled(3);
    let first: Vec<u8> = (0..100).map(|i| data.image(i)[0]).collect();
    assert_ne!(first, (0..100).collect::<Vec<_>>());
    assert_eq!(first, (0..100).map(|i| numbered(100).shuffled(3).image(i)[0]).collect::<Vec<_>>());
    let (a, b) = data.split(0.75).expect("valid");
    assert_eq!((a.len(), b.len()), (75, 25));
    let mut all: Vec<u8> = [&a, &b].iter().flat_map(|part| (0..part.len()).map(|i| part.image(i)[0])).collect();
    all.sort_unstable();
    assert_eq!(all, (0..100).collect::<Vec<_>>());
    assert_eq!(a.clone().take(10).len(), 10);
    assert!(a.clone().split_at(76).is_err());
    for share in [-0.1, 1.1, f64::NAN] {
        assert!(b.clone().split(share).is_err(), "{share}");
    }
}

#[test]
fn wrong_parts_are_refused() {
    assert!(Dataset::new(vec![], [1, 1, 1], vec![], 1).is_err(), "empty");
    assert!(Dataset::new(vec![1], [0, 1, 1], vec![0], 1).is_err(), "no pixels");
    assert!(Dataset::new(vec![1, 2, 3], [1, 1, 1], vec![0, 0], 1).is_err(), "too many bytes");
    assert!(Dataset::new(vec![1], [usize::MAX, usize::MAX, 2], vec![0], 1).is_err(), "overflow");
    assert!(numbered(2).with_names(["a", "b"]).is_err(), "too many names");
    assert!(Samples::<f32, usize>::new(0, vec![], vec![]).is_err(), "none");
    assert!(Samples::new(2, vec![1.0_f32; 3], vec![0, 1]).is_err(), "one and a half");
    assert!(Samples::new(2, vec![1.0_f32; 4], Vec::<usize>::new()).is_err(), "no targets");
}

/// So many that several threads take part.
#[test]
fn many_images_are_gathered_as_each_alone() {
    let bytes = (0..100 * 768).map(|i| (i * 7919 % 256) as u8).collect();
    let data = Dataset::new(bytes, [3, 16, 16], vec![0; 100], 1).expect("valid");
    let indices: Vec<usize> = (0..100).map(|i| i * 37 % 100).collect();
    for layout in [Layout::ChannelsFirst, Layout::ChannelsLast] {
        let (mut together, mut alone) = (vec![0.0_f32; 100 * 768], [0.0; 768]);
        data.gather_images(&indices, layout, &mut together).expect("valid");
        for (index, together) in indices.iter().zip(together.chunks(768)) {
            data.gather_images(&[*index], layout, &mut alone).expect("valid");
            assert_eq!(alone, together, "image {index}, {layout:?}");
        }
        data.gather_images::<f32>(&[], layout, &mut []).expect("nothing");
        assert!(data.gather_images(&[0, 100], layout, &mut together[..2 * 768]).is_err(), "there is no image 100");
    }
}

#[test]
fn bytes_are_normalised_on_the_way() {
    // Two channels of one row with two pixels.
    let data = Dataset::new(vec![0, 51, 102, 255], [2, 1, 2], vec![0], 1).expect("valid");
    let mut numbers = [0.0_f64; 4];
    data.gather_images(&[0], Layout::ChannelsFirst, &mut numbers).expect("valid");
    assert_eq!(numbers, [0.0, 0.2, 0.4, 1.0]);
    data.gather_images(&[0], Layout::ChannelsLast, &mut numbers).expect("valid");
    assert_eq!(numbers, [0.0, 0.4, 0.2, 1.0]);

    let standard = Normalisation::standard(&[(0.1, 0.5), (0.4, 0.2)]).expect("valid");
    let data = data.with_normalisation(&standard).expect("valid");
    data.gather_images(&[0], Layout::ChannelsFirst, &mut numbers).expect("valid");
    for (found, expected) in numbers.iter().zip([-0.2, 0.2, 0.0, 3.0]) {
        assert!((found - expected).abs() < 1e-12, "{numbers:?}");
    }
    let one = Normalisation::standard(&[(0.1, 0.5)]).expect("valid");
    assert!(data.clone().with_normalisation(&one).is_err(), "one channel of two");
    assert!(Normalisation::standard(&[(0.0, 0.0)]).is_err() && Normalisation::standard(&[(f64::NAN, 1.0)]).is_err());

    let mut twice = vec![9.0; 8];
    data.gather(&[0, 0], &mut twice).expect("valid");
    assert_eq!(twice, [numbers, numbers].concat());

    let (mut inputs, mut labels) = ([0.0_f64; 4], [7]);
    Source::<f64>::targets(&data, &[0], &mut labels).expect("valid");
    assert_eq!(labels, [0]);
    assert!(data.gather(&[1], &mut inputs).is_err(), "out of range");
    assert!(data.gather(&[0], &mut [0.0_f64; 5]).is_err(), "more than an image has");
    assert!(data.gather(&[0], &mut inputs[..3]).is_err(), "too short");
    assert!(Source::<f64>::targets(&data, &[0], &mut labels[..0]).is_err(), "no room for the label");
    assert!(Source::<f64>::targets(&data, &[1], &mut labels).is_err(), "out of range");
}

#[test]
fn numbers_are_gathered_with_their_targets() {
    let data = Samples::new(3, vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0], vec![0.1_f32, 0.2, 0.3]).expect("valid");
    let (mut inputs, mut targets) = ([0.0; 4], [0.0; 2]);
    data.gather(&[2, 0], &mut inputs).expect("valid");
    data.targets(&[2, 0], &mut targets).expect("valid");
    assert_eq!((inputs, targets), ([5.0, 6.0, 1.0, 2.0], [0.3, 0.1]));
}
