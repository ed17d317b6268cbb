//! Names of tensors that are not the network's: labels in quotes, names changed while loading, files that fit in part.

use std::path::PathBuf;

use nn_core::parameters::flatten;
use nn_core::weights::Weights;
use nn_core::{Network, network};

network! {
    block basic(c) = residual(first: conv(c, 3, pad = 1) -> relu -> second: conv(c, 3, pad = 1)) -> relu;

    /// As a `nn.Sequential` of PyTorch names its tensors.
    struct Theirs = [1, 8, 8]
        -> "features.0": conv(4, 3, pad = 1) -> relu -> "features.2": conv(4, 3, pad = 1) -> relu
        -> "features.10": conv(4, 3, pad = 1) -> relu -> "layer2.1": 2 * basic(4) -> "type": affine(3);

    struct Ours = [1, 8, 8]
        -> 3 * (conv(4, 3, pad = 1) -> relu) -> tail: 2 * basic(4) -> head: affine(3);

    /// With another head.
    struct Other = [1, 8, 8]
        -> 3 * (conv(4, 3, pad = 1) -> relu) -> tail: 2 * basic(4) -> head: affine(2) -> last: affine(5);

    /// A block whose layers are named as if they stood in its place.
    struct Flat = [1, 8, 8] -> conv(4, 3, pad = 1) -> "": basic(4) -> tail: ("": basic(4) -> conv(2, 1));

    struct Narrow = [1, 8, 8] -> "features.0": conv(2, 3, pad = 1) -> relu -> affine(3);
}

fn labels<N: Network>() -> Vec<String> {
    flatten(N::ENTRIES)
        .into_iter()
        .filter_map(|segment| segment.label.strip_suffix(".weight").map(str::to_owned))
        .collect()
}

/// A file with the weights of a network, which is removed in the end.
struct Saved(PathBuf);

impl Saved {
    fn of<N: Network>(net: &N, name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("nn-names-{}-{name}.safetensors", std::process::id()));
        net.save(&path).expect("the temporary folder can be written to");
        Self(path)
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn labels_in_quotes_are_names_of_tensors() {
    let expected = [
        "features.0",
        "features.2",
        "features.10",
        "layer2.1.first",
        "layer2.1.second",
        "layer2.2.first",
        "layer2.2.second",
        "type",
    ];
    assert_eq!(labels::<Theirs>(), expected);
    let net = Theirs::<f32>::new(1);
    let features = net.parameters().features();
    assert_eq!(features.tensor("10.weight").expect("a convolution").shape(), [4, 4, 3, 3]);
    assert_eq!(net.parameters()._type().len(), 3 * (4 * 64 + 1));
}

#[test]
fn an_empty_label_adds_nothing() {
    let expected = ["conv1", "first", "second", "tail.first", "tail.second", "tail.conv1"];
    assert_eq!(labels::<Flat>(), expected);
}

#[test]
fn names_are_changed_while_loading() {
    let theirs = Theirs::<f32>::new(1);
    let saved = Saved::of(&theirs, "renamed");
    let weights = Weights::open(&saved.0).expect("a weights file");
    assert_eq!(weights.tensors().count(), 16);
    let proposal = weights.proposal::<Ours>().expect("the same layers");
    assert_eq!(
        proposal.to_string(),
        [
            r#".rename("features.0", "conv1")"#,
            r#".rename("features.2", "conv2")"#,
            r#".rename("features.10", "conv3")"#,
        ]
        .join("\n")
            + "\n"
            + &[
                r#".rename("layer2.1.first", "tail.0.first")"#,
                r#".rename("layer2.1.second", "tail.0.second")"#,
                r#".rename("layer2.2.first", "tail.1.first")"#,
                r#".rename("layer2.2.second", "tail.1.second")"#,
                r#".rename("type", "head")"#,
            ]
            .join("\n")
    );
    let by_proposal = proposal.renames.iter().fold(weights.clone(), |weights, (from, to)| weights.rename(from, to));
    let ours: Ours = by_proposal.load().expect("all names are the network's now");
    assert_eq!(ours.block(), theirs.block());

    let by_hand = weights
        .rename("features.0", "conv1")
        .rename("features.2", "conv2")
        .rename("features.10", "conv3")
        .rename("layer2.1.*", "tail.0.*")
        .rename("layer2.2", "tail.1")
        .rename("type", "head");
    assert_eq!(by_hand.load::<Ours>().expect("likewise").block(), theirs.block());
}

#[test]
fn a_part_is_loaded_and_told() {
    let ours = Ours::<f32>::new(1);
    let saved = Saved::of(&ours, "part");
    let weights = Weights::open(&saved.0).expect("a weights file").rename("head", "first_head");
    let mut other = Other::<f32>::new(2);
    let before = other.clone();
    let report = weights.load_part_into(&mut other).expect("the trunk fits");
    assert_eq!(report.loaded.len(), 14);
    assert_eq!(report.missing, ["head.weight", "head.bias", "last.weight", "last.bias"]);
    assert_eq!(report.left_over.len(), 2);
    let trunk = other.parameters().head().range().start;
    assert_eq!(other.block()[..trunk], ours.block()[..trunk]);
    assert_eq!(other.block()[trunk..], before.block()[trunk..]);
}

#[test]
fn what_does_not_fit_is_an_error_that_leaves_the_network_alone() {
    let saved = Saved::of(&Theirs::<f32>::new(1), "errors");
    let open = || Weights::open(&saved.0).expect("a weights file");
    let mut narrow = Narrow::<f32>::new(3);
    let before = narrow.clone();
    let error = open().load_part_into(&mut narrow).expect_err("another shape").to_string();
    assert!(error.contains("features.0.weight: expected [2, 1, 3, 3], found [4, 1, 3, 3]"), "{error}");
    assert_eq!(narrow.block(), before.block());

    let error = open().rename("feature.0", "conv1").load::<Ours>().map(|_| ()).expect_err("no such name").to_string();
    assert!(error.contains("feature.0: renamed, but no tensor of the file is called so"), "{error}");
    let error =
        open().rename("features.*", "conv1").load::<Ours>().map(|_| ()).expect_err("three of a name").to_string();
    assert!(error.contains("conv1.weight: both features.0.weight and features.2.weight of the file"), "{error}");

    // Of several missing tensors of one shape nobody can tell which is which.
    let error = Ours::<f32>::load(&saved.0).map(|_| ()).expect_err("other names").to_string();
    assert!(error.contains("tail.0.first.weight: missing from the file, expected [4, 4, 3, 3]\n"), "{error}");
    assert!(!error.contains("tail.0.second.weight: missing from the file, expected [4, 4, 3, 3];"), "{error}");
    assert!(open().proposal::<Narrow>().is_none());
}
