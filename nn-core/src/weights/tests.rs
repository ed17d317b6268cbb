use std::fs;
use std::path::Path;

use nn_sizes::{Axis, Role};

use super::*;
use crate::base::test_folder::Folder;
use crate::{Error, FlatSegment, Group};

/// A weight `[2, 3]` that lies transposed in the block, and a bias.
fn table() -> Vec<FlatSegment> {
    let axes = &[Axis { len: 2, stride: 1 }, Axis { len: 3, stride: 2 }];
    let (role, group) = (Role::Bias, Group::default());
    let weight = FlatSegment { label: "fc.weight".into(), offset: 0, shape: &[2, 3], axes, role, group };
    let axes = &[Axis { len: 2, stride: 1 }];
    vec![weight, FlatSegment { label: "fc.bias".into(), offset: 6, shape: &[2], axes, role, group }]
}

const BLOCK: [f32; 8] = [0.0, 3.0, 1.0, 4.0, 2.0, 5.0, 10.0, 11.0];

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn f32s(numbers: impl IntoIterator<Item = f32>) -> Vec<u8> {
    numbers.into_iter().flat_map(f32::to_le_bytes).collect()
}

/// What is wrong with a file, which must leave the block alone.
fn problem(path: &Path) -> WeightsProblem {
    let mut block = [7.0_f32; 8];
    let error = load(path, &table(), &mut block).expect_err("bad input");
    assert_eq!(block, [7.0; 8], "{error}");
    assert!(error.to_string().contains(path.to_str().expect("text")), "{error}");
    match error {
        Error::Weights { problem, .. } => problem,
        error => panic!("{error}"),
    }
}

#[test]
fn what_is_saved_is_loaded_in_pytorchs_order() {
    let folder = Folder::new("weights-round");
    let names: &[&str] =
        if cfg!(feature = "gzip") { &["w.safetensors", "w.safetensors.gz"] } else { &["w.safetensors"] };
    for name in names {
        let path = folder.0.join(name);
        save(&path, &table(), &[9.0_f32; 8]).expect("valid");
        save(&path, &table(), &BLOCK).expect("an older file is replaced");
        let mut block = [0.0_f32; 8];
        load(&path, &table(), &mut block).expect("valid");
        assert_eq!(block, BLOCK, "{name}");
    }
    let left: Vec<_> = fs::read_dir(&folder.0).expect("a folder").collect();
    assert_eq!(left.len(), names.len(), "no temporary file is left: {left:?}");

    let bytes = fs::read(folder.0.join("w.safetensors")).expect("saved");
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("another reader's view");
    let weight = tensors.tensor("fc.weight").expect("named so");
    assert_eq!((weight.shape(), weight.data()), (&[2, 3][..], &f32s([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])[..]));
    assert_eq!(tensors.len(), 2);
}

#[test]
fn double_precision_is_kept() {
    let folder = Folder::new("weights-double");
    let path = folder.0.join("w.safetensors");
    let block: [f64; 8] = std::array::from_fn(|i| 1.0 / (i as f64 + 3.0));
    save(&path, &table(), &block).expect("valid");
    let mut read = [0.0_f64; 8];
    load(&path, &table(), &mut read).expect("valid");
    assert_eq!(read, block);
    let mut narrow = [0.0_f32; 8];
    load(&path, &table(), &mut narrow).expect("valid");
    assert_eq!(narrow, block.map(|number| number as f32));
}

#[test]
fn files_of_others_are_read() {
    use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
    let folder = Folder::new("weights-others");
    let path = folder.0.join("w.safetensors");
    // 0 … 5 as bfloat16, and one tensor that PyTorch adds.
    let weight: Vec<u8> = (0..6).flat_map(|i| (((i as f32).to_bits() >> 16) as u16).to_le_bytes()).collect();
    let bias = f32s([10.0, 11.0]);
    let tracked = 5_i64.to_le_bytes();
    let tensors = [
        ("fc.weight", TensorView::new(Dtype::BF16, vec![2, 3], &weight).expect("valid")),
        ("fc.bias", TensorView::new(Dtype::F32, vec![2], &bias).expect("valid")),
        ("bn.num_batches_tracked", TensorView::new(Dtype::I64, vec![], &tracked).expect("valid")),
    ];
    serialize_to_file(tensors, None, &path).expect("saved");
    let mut block = [0.0_f32; 8];
    load(&path, &table(), &mut block).expect("valid");
    assert_eq!(block, BLOCK);
}

#[test]
fn all_mismatches_are_listed_at_once() {
    let folder = Folder::new("weights-mismatch");
    let header = r#"{"fc.wieght":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
        "fc.bias":{"dtype":"F32","shape":[3],"data_offsets":[24,36]},
        "head.scale":{"dtype":"F32","shape":[1],"data_offsets":[36,40]}}"#;
    let found = problem(&folder.file("w", &file(header, &[0; 40]))).to_string();
    let expected = "the weights do not fit the network
    fc.bias: expected [2], found [3]
    fc.weight: missing from the file, expected [2, 3]; is it the file's fc.wieght?
    fc.wieght: [2, 3] in the file, but the network has no such tensor; did you mean fc.weight?
    head.scale: [1] in the file, but the network has no such tensor";
    assert_eq!(found, expected);
}

#[test]
fn lying_headers_are_found_out() {
    let folder = Folder::new("weights-lies");
    let tensor = |kind: &str, shape: &str, start: u64, end: u64| {
        format!(r#"{{"dtype":"{kind}","shape":{shape},"data_offsets":[{start},{end}]}}"#)
    };
    let pair = |weight: String, bias: String| format!(r#"{{"fc.weight":{weight},"fc.bias":{bias}}}"#);
    let (weight, bias) = (tensor("F32", "[2,3]", 0, 24), tensor("F32", "[2]", 24, 32));
    let cases = [
        (
            "type",
            pair(tensor("I32", "[2,3]", 0, 24), bias.clone()),
            "expected numbers of type F32, F64, F16 or BF16, found I32",
        ),
        ("length", pair(tensor("F64", "[2,3]", 0, 24), bias.clone()), "its shape needs 48 bytes, its range has 24"),
        ("overlap", pair(weight.clone(), tensor("F32", "[2]", 20, 28)), "overlaps that of fc.weight"),
        ("gap", pair(weight.clone(), tensor("F32", "[2]", 26, 34)), "2 bytes before its range belong to no tensor"),
        ("backwards", pair(weight.clone(), tensor("F32", "[2]", 32, 24)), "ends before it starts"),
        ("offsets", pair(weight.clone(), tensor("F32", "[2]", 24, u64::MAX)), "its range has 18446744073709551591"),
        ("shape", pair(weight.clone(), tensor("F32", "[-2]", 24, 32)), "has no valid \"shape\""),
        ("vast", pair(tensor("F32", "[18446744073709551615,9]", 0, 24), bias.clone()), "expected [2, 3], found ["),
        ("array", "[1, 2]".into(), "expected a JSON object"),
        (
            "twice",
            format!(r#"{{"fc.bias":{bias},"fc.weight":{weight},"fc.b\u0069as":{bias}}}"#),
            r#""fc.bias" is there twice"#,
        ),
        ("number", r#"{"fc.bias":5}"#.into(), "expected a JSON object"),
        (
            "types",
            pair(weight.clone(), r#"{"dtype":"F32","shape":[2],"data_offsets":[24,32],"dtype":"F32"}"#.into()),
            r#""dtype" is there twice"#,
        ),
        (
            "shapes",
            pair(weight.clone(), r#"{"shape":[3],"dtype":"F32","shape":[2],"data_offsets":[24,32]}"#.into()),
            r#""shape" is there twice"#,
        ),
        (
            "ranges",
            pair(weight.clone(), r#"{"data_offsets":[0,0],"dtype":"F32","shape":[2],"data_offsets":[24,32]}"#.into()),
            r#""data_offsets" is there twice"#,
        ),
        ("deep", "[".repeat(10_000), "not a safetensors header"),
        ("text", "{\"fc.weight\": ".into(), "not a safetensors header"),
    ];
    for (name, header, expected) in cases {
        let found = problem(&folder.file(name, &file(&header, &[0; 32]))).to_string();
        assert!(found.contains(expected), "{name}: {found}");
    }
}

/// Metadata is skipped and not held, whatever is in it; what describes tensors is bounded.
#[test]
fn long_headers_are_read() {
    let folder = Folder::new("weights-metadata");
    let tensors = r#""fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}"#;
    let long = format!(
        r#"{{"format":"pt","text":"{}"}}"#,
        r#"}],{[\\\" ,:"__metadata__":"#.replace('"', "\\\"").repeat(100_000)
    );
    let data = f32s([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 11.0]);
    let headers = [
        format!(r#"{{"__metadata__":{long},{tensors}}}"#),
        format!("{{ {tensors}, \"__metadata__\" : {long} }}  "),
        format!("{{\"__metadata__\":{{}},{tensors}}}"),
    ];
    for (number, header) in headers.iter().enumerate() {
        let mut block = [0.0_f32; 8];
        load(folder.file(&format!("{number}"), &file(header, &data)), &table(), &mut block).expect("valid");
        assert_eq!(block, BLOCK, "{number}");
    }
    let tensor = format!(r#"{{"dtype":"F32","shape":[],"data_offsets":[0,0],"more":{long}}}"#);
    let found = problem(&folder.file("held", &file(&format!(r#"{{"fc.bias":{tensor}}}"#), &[])));
    assert!(matches!(found, WeightsProblem::HeaderTensors { .. }), "{found}");
}

/// Names, shapes and tensors without end: a person can read the answer. Were the search for near names not bounded, this would take
/// minutes.
#[test]
fn headers_of_an_attacker_are_answered_in_short() {
    let folder = Folder::new("weights-attack");
    let empty = r#"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#;
    let many = |names: &mut dyn Iterator<Item = String>| {
        let tensors: Vec<String> = names.map(|name| format!(r#""{name}":{empty}"#)).collect();
        format!("{{{}}}", tensors.join(","))
    };
    let one = |kind: &str, shape: &str| {
        format!(r#"{{"fc.bias":{{"dtype":"{kind}","shape":[{shape}],"data_offsets":[0,0]}}}}"#)
    };
    let cases = [
        ("long names", many(&mut (0..4000).map(|i| format!("{i:0>200}")))),
        ("short names", many(&mut (0..16_000).map(|i| format!("f{i}")))),
        ("similar names", many(&mut (0..12_000).map(|i| format!("fc.weight{i}")))),
        ("few long names", many(&mut (0..256).map(|i| format!("fc.weight{i:0>3000}")))),
        ("a long name", many(&mut ["x".repeat(900_000)].into_iter())),
        ("a long name twice", many(&mut vec!["x".repeat(400_000); 2].into_iter())),
        ("a long type", one(&"F".repeat(900_000), "2")),
        ("many axes", one("F32", &vec!["1"; 300_000].join(","))),
        ("a long name without a type", format!(r#"{{"{}":{{}}}}"#, "x".repeat(900_000))),
    ];
    for (name, header) in cases {
        let found = problem(&folder.file(name, &file(&header, &[]))).to_string();
        assert!(found.len() < 16_000, "{name}: {} bytes", found.len());
    }
}

#[test]
fn lengths_are_compared_with_the_file() {
    let folder = Folder::new("weights-lengths");
    let path = folder.0.join("w.safetensors");
    save(&path, &table(), &BLOCK).expect("valid");
    let good = fs::read(&path).expect("saved");
    let len = good.len() as u64;
    let found = |name: &str, bytes: &[u8]| problem(&folder.file(name, bytes));
    assert_eq!(found("cut", &good[..good.len() - 1]), WeightsProblem::Truncated { expected: len, found: len - 1 });
    assert_eq!(found("empty", &[]), WeightsProblem::Truncated { expected: 8, found: 0 });
    assert!(matches!(found("header", &good[..20]), WeightsProblem::Truncated { found: 20, .. }));
    let mut more = good.clone();
    more.push(0);
    assert_eq!(found("more", &more), WeightsProblem::Trailing { expected: len });
    let vast = u64::MAX.to_le_bytes();
    assert!(matches!(found("vast", &vast), WeightsProblem::HeaderLength { found: u64::MAX, limit: 100_000_000 }));

    #[cfg(feature = "gzip")]
    {
        use std::io::Write;
        let gz = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(bytes).expect("memory is writable");
            encoder.finish().expect("memory is writable")
        };
        let mut bomb = good.clone();
        bomb.resize(50_000_000, 0);
        assert_eq!(found("bomb", &gz(&bomb)), WeightsProblem::Trailing { expected: len });
        let cut = &gz(&good[..good.len() - 1]);
        assert_eq!(found("short", cut), WeightsProblem::Truncated { expected: len, found: len - 1 });
        assert!(matches!(found("damaged", &gz(&good)[..20]), WeightsProblem::Truncated { .. }));

        // Pieces are joined, but not for ever.
        let pieces: Vec<u8> = good.chunks(100).flat_map(gz).collect();
        let mut block = [0.0_f32; 8];
        load(folder.file("pieces", &pieces), &table(), &mut block).expect("valid");
        assert_eq!(block, BLOCK);
        let expected = WeightsProblem::Gzip { reason: "it is in too many pieces".into() };
        assert_eq!(found("empty pieces", &gz(&[]).repeat(400_000)), expected);
    }
}

#[test]
fn numbers_that_are_not_finite_are_neither_loaded_nor_saved() {
    let folder = Folder::new("weights-nan");
    let path = folder.0.join("w.safetensors");
    save(&path, &table(), &BLOCK).expect("valid");
    let mut bytes = fs::read(&path).expect("saved");
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    bytes[end - 8..end - 4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let expected = WeightsProblem::NotFinite { tensors: vec![("fc.bias".into(), 2)] };
    assert_eq!(problem(&folder.file("nan", &bytes)), expected);

    let mut block = BLOCK;
    block[1] = f32::NAN;
    let error = save(&path, &table(), &block).expect_err("not finite").to_string();
    assert!(error.contains("not saved") && error.contains("fc.weight: 1 of its numbers"), "{error}");
    let mut read = [0.0_f32; 8];
    load(&path, &table(), &mut read).expect("the old file is untouched");
    assert_eq!(read, BLOCK);
}

/// What a killed process left is cleared away by the next save to that name; what somebody writes, and what only looks like it, stays.
#[test]
fn what_a_killed_save_left_is_cleared_away() {
    let folder = Folder::new("weights-left");
    let [left, written, others] = [".w.999999-0.part", ".w.999999-1.part", ".w.x.999999-0.part"];
    let alike = [".w.1-2-3.part", ".w.-1.part", ".w.1-1.partial", "w.1-1.part", ".w.bak.part"];
    let names = [left, written, others].into_iter().chain(alike);
    names.for_each(|name| fs::write(folder.0.join(name), "half").expect("a file"));
    let file = fs::File::options().write(true).open(folder.0.join(written)).expect("there");
    file.lock().expect("locked, as by a process that writes it");
    save(folder.0.join("w"), &table(), &BLOCK).expect("valid");
    let is_there = |name: &str| folder.0.join(name).exists();
    assert!(!is_there(left));
    assert!([written, others].into_iter().chain(alike).all(is_there));
    drop(file);
    save(folder.0.join("w"), &table(), &BLOCK).expect("valid");
    assert!(!is_there(written));
}

/// Saves to one name from many threads disturb each other in nothing.
#[test]
fn saves_at_the_same_time_all_succeed() {
    let folder = Folder::new("weights-threads");
    let path = folder.0.join("w");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| save(&path, &table(), &BLOCK).expect("valid")));
        }
    });
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 1);
}

#[test]
fn a_refused_save_leaves_nothing() {
    let folder = Folder::new("weights-refused");
    assert!(save(folder.0.join("no/such/folder/w"), &table(), &BLOCK).is_err());
    let target = folder.0.join("taken");
    fs::create_dir(&target).expect("a folder");
    assert!(save(&target, &table(), &BLOCK).is_err(), "a folder is in the way");
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 1, "the temporary file is removed");
    assert!(save("/", &table(), &BLOCK).is_err() && save("", &table(), &BLOCK).is_err());
    assert!(load(folder.0.join("missing"), &table(), &mut [0.0_f32; 8]).is_err());
    assert!(save(folder.0.join("w"), &table(), &BLOCK[..7]).is_err(), "a block of another network");
}
