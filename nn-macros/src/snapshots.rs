//! Snapshots of what networks expand to, formatted, for people to read.

use quote::quote;

use crate::expand;

/// The expansion of the networks in `source`, as `rustfmt` would write it.
fn expansion(source: &str) -> String {
    let tokens = expand(source.parse().expect("tokens"), &quote!(::nn_core));
    prettyplease::unparse(&syn::parse2(tokens).expect("the expansion is Rust"))
}

/// The bodies of the passes alone: the part that differs from network to network.
fn passes(source: &str) -> String {
    let text = expansion(source);
    let start = text.find("        fn forward(").expect("every network predicts");
    let end = text[start..].find("\n    #[automatically_derived]").map_or(text.len(), |end| start + end);
    text[start..end].to_owned()
}

/// What C calls alone.
fn for_c(source: &str) -> String {
    let text = expansion(source);
    let start = text
        .find("    #[automatically_derived]\n    impl E<f32> {\n        ///The header")
        .expect("the network is exported");
    text[start..].to_owned()
}

macro_rules! snapshots {
    ($($name:ident: $show:ident($source:literal);)+) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!($show($source));
        }
    )+};
}

snapshots! {
    // The whole of a small network: struct, documentation, tables and passes.
    perceptron: expansion("pub struct Xor = [2] -> affine(8) -> tanh -> affine(2) -> softmax;");
    // The main job: convolution, activation and pooling in one pass, then the whole batch.
    convolution: passes("pub struct Digits = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;");
    // Batch normalisation as a reduction between two stages, and two contributions to one gradient.
    residual: passes("struct R = [4, 8, 8] -> conv(4, 3, pad = same) -> residual(bn -> relu -> conv(4, 3, pad = same)) -> relu -> affine(2);");
    // The same after a convolution: part of it while predicting.
    normalised: passes("struct N = [4, 8, 8] -> residual(conv(4, 3, pad = same, bias = false) -> bn) -> relu -> affine(2);");
    // Branches that are put together, and slots that are used again.
    branches: passes("struct B = [3, 8, 8] -> concat(conv(2, 1) -> gelu | pool(3, stride = 1, pad = 1)) -> dropout(0.2) -> conv(2, 3);");
    // Several inputs and outputs.
    graph: passes("struct G(a: [4], b: [4]) = { let both = add(a | b) -> affine(5) -> relu; both -> affine(2) -> softmax, both };");
    // Another network by path, whose sizes only the compiler proper can see.
    path: expansion("struct P = [2] -> affine(8) -> inner::Network -> [4] -> affine(2);");
    // Functions for C: thin ones.
    exported: for_c("#[weights(\"../tests/ui/weights/right.safetensors\")] #[export(c)] struct E(left: [1], right: [3]) = { let both = concat(left | right) -> affine(3); both -> affine(2), both };");
    // Whole numbers: their own type in every signature, no gradient, and a bound to keep to.
    whole: expansion("struct W(words: [3 of 9], more: [2]) = { let row = words -> embedding(4) -> flatten; concat(row | more) -> affine(2) };");
    // Rows whose number varies: stages over rows, and the product of all of them at once.
    rows: passes("struct S = [..6, 3] -> each(affine(4) -> relu) -> layer_norm -> softmax;");
    // A mistake: the struct alone, and the message.
    mistake: expansion("struct M = [1, 4, 4] -> conv(2, 5) -> relu;");
}

/// The words of Rust's prelude mean what the user says they do: the expansion names none of them without its path.
#[test]
fn names_the_prelude_by_its_path() {
    const PRELUDE: [&str; 16] = [
        "Some", "None", "Ok", "Err", "Option", "Result", "Vec", "Box", "String", "Clone", "Copy", "Default", "From",
        "Into", "AsRef", "Iterator",
    ];
    for source in [
        "struct A = [1, 8, 8] -> conv(4, 3) -> bn -> relu -> pool(2) -> dropout(0.2) -> affine(3) -> softmax;",
        "struct A(words: [3 of 9], more: [..4, 2]) = { let a = words -> embedding(4) -> flatten; a -> affine(2), more -> affine(2) };",
        "#[observe] struct A = [2] -> affine(8) -> inner::Network -> [4] -> affine(2);",
        "#[weights(\"../tests/ui/weights/right.safetensors\", precision = f16)] #[export(c)] struct A = [4] -> affine(3) -> relu -> affine(2);",
        "#[observe] struct A(a: [3 of 9], b: [2]) = a -> relu;",
    ] {
        let text = expand(source.parse().expect("tokens"), &quote!(::nn_core)).to_string();
        let words: Vec<&str> = text.split_whitespace().collect();
        for pair in words.windows(2) {
            assert!(pair[0] == "::" || !PRELUDE.contains(&pair[1]), "`{}` in {source}", pair.join(" "));
        }
    }
}
