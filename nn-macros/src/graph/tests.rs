use super::*;
use crate::parse::parse;
use crate::shapes;

/// Every mistake, and every network's nodes as `label text`.
fn compile(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut report = Report::default();
    let file = parse(text.parse().unwrap(), &mut report);
    let networks = build(&file, &mut report);
    let graphs: Vec<&Graph> = networks.iter().filter_map(|network| network.graph.as_ref()).collect();
    for graph in &graphs {
        shapes::infer(graph, &shapes::Parts::new(), &mut report);
    }
    let node = |node: &Node| format!("{} {}", node.label, node.text);
    let nodes = graphs.iter().map(|graph| graph.nodes.iter().map(node).collect()).collect();
    (report.into_mistakes().iter().map(ToString::to_string).collect(), nodes)
}

/// The nodes of the last network of a correct file.
fn nodes(text: &str) -> Vec<String> {
    let (mistakes, mut networks) = compile(text);
    assert_eq!(mistakes, Vec::<String>::new(), "{text}");
    networks.pop().unwrap()
}

/// The labels of those of its nodes that begin with `kind`.
fn labels(text: &str, kind: &str) -> Vec<String> {
    let nodes = nodes(text);
    let (labels, texts): (Vec<&str>, Vec<&str>) = nodes.iter().map(|node| node.split_once(' ').unwrap()).unzip();
    let found = labels.iter().zip(texts).filter(|(_, text)| text.starts_with(kind));
    found.map(|(label, _)| (*label).to_owned()).collect()
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

#[test]
fn nests_labels() {
    let block =
        "block basic(c, s = 1) = residual(conv(c, 3, pad = same) -> bn -> relu -> conv(c, 3, pad = same)) -> relu;";
    for (chain, expected) in [
        ("layer1: 2 * basic(8)", &["layer1.0.conv1", "layer1.0.conv2", "layer1.1.conv1", "layer1.1.conv2"][..]),
        ("basic(8) -> basic(8)", &["basic1.conv1", "basic1.conv2", "basic2.conv1", "basic2.conv2"]),
        ("2 * basic(8)", &["basic1.conv1", "basic1.conv2", "basic2.conv1", "basic2.conv2"]),
        ("stem: conv(8, 3) -> conv(8, 1)", &["stem", "conv1"]),
        ("2 * conv(8, 1)", &["conv1", "conv2"]),
        ("a: 2 * conv(8, 1)", &["a.0", "a.1"]),
        ("a: (conv(8, 1) -> b: conv(8, 1)) -> conv(8, 1)", &["a.conv1", "a.b", "conv1"]),
        ("a: 2 * b: conv(8, 1)", &["a.0.b", "a.1.b"]),
        ("conv1: conv(8, 1) -> conv(8, 1)", &["conv1", "conv2"]),
        ("add(conv(8, 1) | b: conv(8, 1) | conv(8, 1))", &["conv1", "b", "conv2"]),
    ] {
        let text = format!("{block} struct A = [8, 9, 9] -> {chain};");
        assert_eq!(labels(&text, "conv"), expected, "{chain}");
    }
}

#[test]
fn builds_graphs() {
    let mut report = Report::default();
    let text = "struct Two(image: [1, 8, 8], noise: [16]) = {
        let seen = image -> conv(4, 3) -> relu;
        let both = concat(seen -> flatten | noise);
        both -> affine(10) -> softmax,
        seen -> affine(2),
    };";
    let file = parse(text.parse().unwrap(), &mut report);
    let networks = build(&file, &mut report);
    assert!(report.into_mistakes().is_empty());
    let graph = networks[0].graph.as_ref().unwrap();
    let inputs: Vec<Vec<usize>> =
        graph.nodes.iter().map(|node| node.inputs.iter().map(|edge| edge.node).collect()).collect();
    let expected: [&[usize]; 9] = [&[], &[], &[0], &[2], &[3], &[4, 1], &[5], &[6], &[3]];
    assert_eq!(inputs, expected);
    assert_eq!(graph.outputs.iter().map(|edge| edge.node).collect::<Vec<_>>(), [7, 8]);
}

#[test]
fn evaluates_arguments() {
    let text = "const WIDTH = 16; block wide(c, k) = conv(c * 2, [k, 1], pad = [k / 2, 0]);
        struct A = [3, 9, WIDTH - 4] -> wide(WIDTH, k = 3) -> (1 + 1) * relu -> leaky_relu(a = 0.2);";
    let expected = [
        " [3, 9, 12]",
        "wide1.conv1 conv(32, [3, 1], pad = [1, 0])",
        "relu1 relu",
        "relu2 relu",
        "leaky_relu1 leaky_relu(a = 0.2)",
    ];
    assert_eq!(nodes(text), expected);
}

#[test]
fn takes_paths_with_arguments() {
    let mut report = Report::default();
    let file = parse("struct A = [3] -> my::Scale(3, true) -> [4] -> B -> [5];".parse().unwrap(), &mut report);
    let networks = build(&file, &mut report);
    assert!(report.into_mistakes().is_empty());
    let nodes = &networks[0].graph.as_ref().unwrap().nodes;
    let Kind::Path { path, .. } = &nodes[1].kind else { panic!("a path") };
    assert_eq!(path.to_string(), "my :: Scale < 3 , true >");
    assert_eq!((nodes[1].label.as_str(), nodes[1].text.as_str()), ("scale1", "my::Scale(3, true)"));
}

#[test]
fn begins_with_a_network_of_the_same_file() {
    let text =
        "const LATENT = 100; struct Generator = [LATENT] -> affine(784); struct Judge(x: [784]) = x -> affine(1);
        struct Gan = Generator -> [784] -> Judge -> [1];
        struct Again = g: Gan -> [1] -> sigmoid;";
    let expected = [" [100]", "g Gan", " [1]", "sigmoid1 sigmoid"];
    assert_eq!(nodes(text), expected);
    let (mistakes, _) = compile("struct A = B -> [3]; struct B = A -> [3];");
    assert!(mistakes.iter().all(|mistake| mistake.contains("contains itself")), "{mistakes:#?}");
}

/// One mistake gives one message, and each begins as here.
#[test]
fn reports() {
    for (text, expected) in [
        ("struct A = [3] -> rellu;", "there is no layer, block or value `rellu`\nhelp: did you mean `relu`?"),
        ("struct A = [3] -> fc(3);", "there is no layer, block or value `fc`\nhelp: did you mean `affine(3)`?"),
        ("struct A = [3] -> Linear(3);", "there is no layer `Linear`\nhelp: did you mean `affine(3)`?"),
        ("struct A = [3] -> scan(2);", "there is no layer `scan` yet"),
        ("struct A(ab: [3]) = ba -> relu;", "there is no layer, block or value `ba`\nhelp: did you mean `ab`?"),
        ("struct A(x: [3]) = x -> relu -> x;", "`x` is a value: it stands only first"),
        ("struct A(x: [3]) = x(3) -> relu;", "`x` is a value and takes no arguments"),
        ("struct A(x: [3]) = x -> affine(x);", "`x` is a value of the graph, and affine has no argument for one"),
        ("struct A(x: [3]) = relu;", "nothing flows into relu\nhelp: begin this chain with a value: `x -> …`"),
        ("struct A(x: [3]) = [3] -> relu;", "the inputs of this network have names already"),
        ("struct A = affine(3) -> relu;", "nothing flows into affine(3)\nhelp: begin with the shape"),
        ("struct A = { [3] -> relu, [4] -> relu };", "this is a second input without a name"),
        ("struct A = [3];", "`A` has no layers"),
        ("struct A = [3] -> id -> [3];", "`A` has no layers"),
        ("struct A(a: [3], b: [3]) = a -> relu;", "`b` is never used"),
        ("struct A = { let a = [3] -> relu; a -> tanh, a };", ""),
        ("struct A(x: [3]) = { let a = x -> relu; x -> tanh };", "`a` is never used"),
        ("struct A(x: [3]) = { let x = x -> relu; x };", "there is a value `x` already"),
        ("struct A(x: [3], x: [4]) = x -> relu;", "there is an input `x` already"),
        ("struct A(x: [3]) = { let a = b -> relu; let b = x -> relu; a, b };", "`b` has no value yet"),
        ("struct A(x: [3], y: [3]) = x -> add(y | y);", "no branch of this add uses what comes before it"),
        ("struct A(x: [3], y: [3]) = add(x | y) -> relu;", ""),
        ("struct A = [3] -> a: relu -> a: tanh;", "`a` is the name of another layer already"),
        ("struct A = [3] -> 2 * a: relu;", "`a` is the name of another layer already"),
        ("struct A = [3] -> a: [3] -> relu;", "a label names parameters, and a shape has none"),
        ("struct A = [3] -> Stem: relu;", "a label is in lower case, not `Stem`"),
        ("struct A = [3] -> loop: relu;", "`loop` is a word of Rust and cannot be a label"),
        ("struct A = [3] -> 0 * relu;", "a count is a whole number of at least 1, not 0"),
        ("struct A = [3] -> 20000 * relu;", "20000 repeats are more than the 10000"),
        ("block b() = 200 * relu; struct A = [3] -> 200 * b;", "`A` has more than 10000 links"),
        ("struct A = [3] -> N * relu; const N = 3;", "there is no number `N` here\nhelp: `N` is defined further down"),
        ("block b(c) = c -> relu; struct A = [3] -> b(3);", "`c` is a number, not a layer"),
        ("block b() = b; struct A = [3] -> b;", "block `b` contains itself: b -> b"),
        ("block b() = c; block c() = b; struct A = [3] -> b;", "block `b` contains itself: b -> c -> b"),
        ("block b(n) = affine(n); struct A = [3] -> b;", "b needs `n`\nhelp: write `b(n)`"),
        ("block b(n) = affine(n); struct A = [3] -> b(3, 4);", "b takes one argument"),
        ("block b() = { relu, tanh }; struct A = [3] -> b;", "a block has one output"),
        ("block b() = { let a = relu; tanh }; struct A = [3] -> 2 * b;", "`a` is never used"),
        ("block conv() = relu; struct A = [3] -> relu;", "`conv` is the name of a layer"),
        ("block add() = relu; struct A = [3] -> relu;", "`add` is a word of the language"),
        ("block gru() = relu; struct A = [3] -> relu;", "`gru` is the name of a layer"),
        ("struct A = { let id = [3] -> relu; id };", "`id` is a word of the language"),
        ("struct a = [3] -> relu;", "the name of a network is in CamelCase, not `a`\nhelp: write `A`"),
        ("struct A(X: [3]) = X -> [3];", "the name of an input is in lower case"),
        ("const n = 3; struct A = [3] -> relu;", "the name of a constant is in capitals, not `n`\nhelp: write `N`"),
        ("struct A = [3] -> A -> [3];", "`A` contains itself: A -> A"),
        ("struct A = [3] -> my::L(2.5) -> [3];", "an argument of a path is a whole number, not 2.5"),
        ("struct A = [3] -> my::L(n = 3) -> [3];", "arguments of a path have no names such as `n`"),
        ("struct A = [0] -> relu;", "a size is a whole number of at least 1, not 0"),
        ("struct A = [3] -> [2 - 3] -> relu;", "a size is a whole number of at least 1, not -1"),
        ("struct A = [3] -> relu -> id(3);", "id takes no arguments"),
    ] {
        let (mistakes, _) = compile(text);
        match &mistakes[..] {
            [] => assert_eq!(expected, "", "{text}"),
            [mistake, ..] => {
                assert!(mistake.starts_with(expected) && !expected.is_empty(), "{text}\n{mistake}\nis not {expected}");
                let several = text.contains("X:");
                assert!(several || mistakes.len() == 1, "{text}\n{mistakes:#?}");
            }
        }
    }
}

#[test]
fn reports_what_is_wrong_with_arguments() {
    for (call, expected) in [
        ("conv(30)", "conv needs `kernel`\nhelp: write `conv(out, kernel, stride = 1, pad = 0,"),
        ("conv(30, 5, strid = 2)", "conv has no argument `strid`\nhelp: did you mean `stride`?"),
        ("conv(30, kernal = 5)", "conv has no argument `kernal`\nhelp: did you mean `kernel`?"),
        ("conv(30, 5, kernel = 3)", "`kernel` is given twice"),
        ("conv(30, stride = 2, 5)", "an argument without a name stands before those with one"),
        ("conv(0, 5)", "`out` of conv is a whole number of at least 1, not 0"),
        ("conv(30, [1, 2, 3])", "`kernel` of conv is a whole number of at least 1, or two as `[3, 1]`, not [1, 2, 3]"),
        ("conv(30, 5, bias = 1)", "`bias` of conv is `true` or `false`, not 1"),
        (
            "conv(30, 3, pad = [[0, 1], 2, 3])",
            "`pad` of conv is a whole number, two as `[1, 0]`, four as `[[0, 1], [0, 1]]`, or",
        ),
        ("avg_pool(2, count_include_pad = false)", "avg_pool has no argument `count_include_pad`\nhelp: write"),
        ("conv(30, 3, pad = smae)", "there is no number `smae` here\nhelp: did you mean `same`?"),
        ("conv(30, 3, groups = 4)", "`groups` of conv must divide its 30 output channels"),
        ("pool(2, pad = 2)", "`pad` of a pool is at most half its kernel"),
        ("relu(3)", "relu takes no arguments"),
        (
            "affine(3, true, 4)",
            "affine takes `out` by place, and everything else by name\nhelp: did you mean `bias = true`?",
        ),
        ("affine(2.5)", "`out` of affine is a whole number of at least 1, not 2.5"),
        ("dropout(1)", "`p` of dropout is a number from 0 to below 1, not 1"),
        ("elu(-1)", "`alpha` of elu is a number above 0, not -1"),
        ("bn(eps = 0)", "`eps` of bn is a number above 0 and below 1, not 0"),
        ("layer_norm(eps = 1)", "`eps` of layer_norm is a number above 0 and below 1, not 1"),
        (
            "conv(3, 16, 3)",
            "conv takes `out` and `kernel` by place, and everything else by name\nhelp: conv takes its input channels from its \
             input: write `conv(16, 3)`, or `stride = 3`",
        ),
        (
            "deconv(3, 16, [2, 1], 1)",
            "deconv takes `out` and `kernel` by place, and everything else by name\nhelp: deconv takes its input channels \
             from its input: write `deconv(16, [2, 1], stride = 1)`, or `stride = [2, 1]`",
        ),
        ("pool(2, 2)", "pool takes `kernel` by place, and everything else by name\nhelp: did you mean `stride = 2`?"),
        (
            "affine(784, 10)",
            "affine takes `out` by place, and everything else by name\nhelp: affine takes its count of inputs",
        ),
        ("batch_norm(8)", "batch_norm takes its arguments by name\nhelp: batch_norm takes its channels from its input"),
        ("bn(0.001)", "bn takes its arguments by name\nhelp: did you mean `eps = 0.001`?"),
        ("layer_norm(64)", "layer_norm takes its arguments by name\nhelp: layer_norm takes its shape from its input"),
        ("prelu(true)", "prelu takes its arguments by name\nhelp: did you mean `shared = true`?"),
        ("dropout(0.1, 0.2)", "dropout takes one argument\nhelp: it is `dropout(p = 0.5)`"),
        ("reshape(784)", "the sizes of reshape stand in brackets\nhelp: write `reshape([784])`"),
        ("reshape(1, 28)", "the sizes of reshape stand in brackets\nhelp: write `reshape([1, 28])`"),
        (
            "conv(filters = 30, kernel_size = 5, activation = relu)",
            "conv has no argument `filters`\nhelp: write `conv(30, 5) -> relu`",
        ),
        (
            "conv(in_channels = 3, out_channels = 30, kernel_size = 5, padding = 2)",
            "conv has no argument `in_channels`\nhelp: write `conv(30, 5, pad = 2)`",
        ),
        ("conv(30 5)", "expected `,` or `)`, found `5`"),
        (
            "Conv2d(3, 30, 5, 1, 2)",
            "there is no layer `Conv2d`\nhelp: did you mean `conv(30, 5, stride = 1, pad = 2)`?",
        ),
        ("nn::Linear(10)", "the layers of the language stand without a path\nhelp: write `affine(10)`"),
        ("nn.relu", "the layers of the language stand without a path\nhelp: write `relu`"),
        ("Self", "`Self` is no layer"),
        ("affine(crate::WIDTH)", "a constant of Rust is not known here yet\nhelp: write `const WIDTH = …;`"),
        ("conv(30, (3, 1))", "several numbers stand in brackets\nhelp: write `[3, 1]`"),
        ("conv(30, 5, bias = True)", "there is no number `True` here\nhelp: write `true`"),
        ("for i in 0..3 { relu }", "`for` is a word of Rust, not a layer\nhelp: a repetition is written `3 * layer`"),
        ("stem = relu", "a label is written with a colon\nhelp: write `stem: …`"),
        ("concat([relu, id])", "the branches of `concat` are no list\nhelp: write `concat(relu | id)`"),
        ("relu * 3", "a count stands before what it repeats\nhelp: write `3 * …`"),
        ("-2 * relu", "expected a layer, found `-`\nhelp: a count is a whole number of at least 1: `2 * …`"),
        ("Sequential(relu -> relu)", "`Sequential` takes no chain"),
        ("affine(10 / 0)", "division by zero"),
    ] {
        let (mistakes, _) = compile(&format!("struct A = [3, 28, 28] -> {call} -> relu;"));
        assert_eq!(mistakes.len(), 1, "{call}\n{mistakes:#?}");
        assert!(mistakes[0].starts_with(expected), "{call}\n{}\nis not {expected}", mistakes[0]);
    }
}

#[test]
fn reports_a_block_once() {
    let (mistakes, _) = compile("block b() = cnov(3, 3); struct A = [3, 9, 9] -> 3 * b; struct B = [3, 9, 9] -> b;");
    assert_eq!(mistakes, ["there is no layer, block or value `cnov`\nhelp: did you mean `conv`?"]);
}

#[test]
fn keeps_every_network() {
    let mut report = Report::default();
    let file = parse("pub struct A = [3] -> rellu; struct B = ; struct C = [3] -> relu;".parse().unwrap(), &mut report);
    let networks = build(&file, &mut report);
    assert_eq!(report.into_mistakes().len(), 2);
    let names: Vec<String> = networks.iter().map(|network| network.name.to_string()).collect();
    assert_eq!(names, ["A", "B", "C"]);
    assert_eq!(networks.iter().map(|network| network.graph.is_some()).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn looks_into_blocks_that_nobody_calls() {
    for (block, expected) in [
        ("b(c) = konv(c, 3)", 1),
        ("b(c) = conv(c, 3) -> c * relu -> reshape([c, 2]) -> a(c)", 0),
        ("b(c = 0) = conv(c, 3)", 1),
        ("b = residual(conv(3, 3, knirsch = 2) -> rellu)", 2),
        ("b = { let x = relu; id }", 1),
        ("b = b -> relu", 1),
    ] {
        let (mistakes, _) = compile(&format!("block {block}; block a(d) = affine(d); struct A = [3] -> relu;"));
        assert_eq!(mistakes.len(), expected, "{block}\n{mistakes:#?}");
    }
}

#[test]
fn shows_what_is_unused_to_rustc() {
    let source =
        "const A = 3; const B = A; block b(x, y) = affine(x); block c = b(2, 3); #[allow(dead_code)] const C = 1;
        block d(x = A) = affine(x); struct N = [3] -> c -> d;";
    let mut report = Report::default();
    let file = parse(source.parse().unwrap(), &mut report);
    assert!(report.into_mistakes().is_empty());
    let expected = "const _ : () = { const B : () = () ; } ; \
        const _ : () = { fn b () { let y = () ; } const _ : fn () = b ; } ; \
        const _ : () = { # [allow (dead_code)] const C : () = () ; } ;";
    assert_eq!(unused(&file).to_string(), expected);
}
