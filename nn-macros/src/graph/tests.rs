use super::*;
use crate::parse::parse;
use crate::shapes;

/// Every mistake, and every network's nodes as `label text`.
fn compile(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut report = Report::default();
    let file = parse(text.parse().unwrap(), &mut report);
    let networks = build(&file, &mut report);
    let nodes = |graph: &Graph| graph.nodes.iter().map(|node| format!("{} {}", node.label, node.text)).collect();
    let graphs = networks.iter().filter_map(|network| network.graph.as_ref());
    let nodes = graphs
        .map(|graph| {
            shapes::infer(graph, &mut report);
            nodes(graph)
        })
        .collect();
    (report.into_mistakes().iter().map(ToString::to_string).collect(), nodes)
}

/// The nodes of the one network of a correct file.
fn nodes(text: &str) -> Vec<String> {
    let (mistakes, mut networks) = compile(text);
    assert_eq!(mistakes, Vec::<String>::new(), "{text}");
    networks.pop().unwrap()
}

#[test]
fn numbers_layers() {
    let nodes = nodes(
        "struct Digits = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> linear(100) -> relu -> affine(10) -> softmax;",
    );
    let expected = [
        " [1, 28, 28]",
        "conv1 conv(30, 5)",
        "relu1 relu",
        "pool1 pool(2)",
        "affine1 linear(100)",
        "relu2 relu",
        "affine2 affine(10)",
        "softmax1 softmax",
    ];
    assert_eq!(nodes, expected);
}
