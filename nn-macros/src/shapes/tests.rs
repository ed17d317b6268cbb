use super::*;
use crate::graph::build;
use crate::parse::parse;

fn compile(text: &str) -> (Vec<String>, Option<Shapes>) {
    let mut report = Report::default();
    let file = parse(text.parse().unwrap(), &mut report);
    let networks = build(&file, &mut report);
    let shapes = infer_all(&networks, &mut report).pop().flatten();
    (report.into_mistakes().iter().map(ToString::to_string).collect(), shapes)
}

#[test]
fn infers() {
    for (chain, expected) in [
        ("[1, 28, 28] -> conv(30, 5)", vec![30, 24, 24]),
        ("[3, 224, 224] -> conv(64, 7, stride = 2, pad = 3)", vec![64, 112, 112]),
        ("[3, 10, 10] -> conv(6, [3, 1], pad = same, dilation = 2, groups = 3)", vec![6, 10, 10]),
        ("[64, 112, 112] -> pool(3, stride = 2, ceil = true)", vec![64, 56, 56]),
        ("[64, 7, 7] -> avg_pool([7, 1])", vec![64, 1, 7]),
        ("[64, 7, 7] -> global_avg_pool", vec![64]),
        ("[64, 7, 7] -> affine(10)", vec![10]),
        ("[4, 3, 2] -> flatten", vec![24]),
        ("[4, 3, 2] -> reshape([2, 12])", vec![2, 12]),
        ("[4, 3, 2] -> concat(id | conv(5, 1) | id)", vec![13, 3, 2]),
        ("[4] -> concat(id | affine(3))", vec![7]),
        ("[4, 3, 2] -> residual(conv(4, 1) -> bn -> gelu) -> mul(id | sigmoid)", vec![4, 3, 2]),
        ("[12 of 40] -> embedding(7) -> layer_norm", vec![12, 7]),
        ("[..64, 3] -> each(affine(4) -> [4]) -> [..64, 4] -> layer_norm -> log_softmax", vec![64, 4]),
        ("[..30 of 40] -> embedding(7) -> residual(each(affine(7))) -> concat(id | relu)", vec![30, 14]),
        ("[6, 3, 8, 8] -> each(conv(4, 3) -> relu -> global_avg_pool) -> affine(2)", vec![2]),
        ("[9] -> my::Layer -> [4, 3] -> layer_norm -> dropout -> log_softmax", vec![4, 3]),
    ] {
        let (mistakes, shapes) = compile(&format!("struct A = {chain};"));
        assert_eq!(mistakes, Vec::<String>::new(), "{chain}");
        let shapes = shapes.unwrap();
        assert_eq!(shapes.0.last().unwrap()[0][..], expected, "{chain}");
    }
}

#[test]
fn reports() {
    for (chain, expected) in [
        (
            "[3, 8, 8] -> conv(64, 3) -> relu -> pool(2) -> pool(2) -> pool(2) -> affine(10)",
            "pool(2) needs a map of at least 2×2, but its input here is [64, 1, 1]\n\
             on the way here: [3, 8, 8] -> conv [64, 6, 6] -> pool [64, 3, 3] -> pool [64, 1, 1]\n\
             help: leave out this pool, or pad an earlier layer",
        ),
        (
            "[1, 8, 8] -> conv(3, 5, pad = 1, dilation = 3)",
            "conv(3, 5, pad = 1, dilation = 3) needs a map of at least 11×11 before padding, but its input here is [1, 8, 8]",
        ),
        (
            "[12 of 40] -> conv(3, 3)",
            "conv(3, 3) takes real numbers, but its input here is [12 of 40], whole numbers\n\
             help: `embedding(size)` makes so many real numbers of each",
        ),
        (
            "[..64, 3] -> affine(4)",
            "affine(4) needs a fixed number of rows, but its input here is [..64, 3]\n\
             help: `each(…)` around it takes every row by itself",
        ),
        (
            "[..64, 3] -> each(relu -> each(affine(4)))",
            "each stands within another `each`, which gives it one row\n\
             on the way here: [..64, 3] -> each [3]",
        ),
        (
            "[64, 3, 2] -> each(affine(4))",
            "each takes the rows of [rows, features], but its input here is the map [64, 3, 2]\n\
             help: `reshape([rows, features])` makes rows of it",
        ),
        ("[..64] -> softmax", "softmax needs rows of several numbers, but here each row is one number"),
        (
            "[..64, 3] -> my::Layer -> [4]",
            "my::Layer takes samples with a fixed number of rows, not rows\n\
             help: a part by path stands before or after them",
        ),
        (
            "[..64, 3] -> each(affine(4)) -> [64, 4]",
            "expected [64, 4] here, but the shape is [..64, 4]\n\
             on the way here: [..64, 3] -> each [3] -> affine [4] -> each [..64, 4]\n\
             help: write [..64, 4], or change a layer before it",
        ),
        (
            "[12] -> embedding(4)",
            "embedding(4) takes whole numbers, but its input here is [12], real numbers\n\
             help: give the input its bound: `[12 of 40]` is twelve numbers, each below 40",
        ),
        (
            "{ let words = [12 of 40]; words -> embedding(3), words }",
            "an output of a network is real numbers, but this is [12 of 40], whole numbers\n\
             help: `embedding(size)` makes so many real numbers of each",
        ),
        (
            "[3] -> my::Swish -> [12 of 40] -> embedding(2)",
            "my::Swish gives real numbers, but the check after it says [12 of 40]",
        ),
        ("[10] -> conv(3, 3)", "conv(3, 3) needs a map [channels, height, width], but its input here is [10]"),
        ("[10] -> pool(2)", "pool(2) needs a map [channels, height, width], but its input here is [10]"),
        ("[28, 28] -> conv(30, 29)", "conv(30, 29) needs a length of at least 29, but its input here is [28, 28]"),
        ("[3, 4] -> pool(5)", "pool(5) needs a length of at least 5, but its input here is [3, 4]"),
        (
            "[3, 28] -> conv(4, [1, 3])",
            "conv(4, [1, 3]) takes single numbers along [channels, length], but its input here is [3, 28]",
        ),
        (
            "[3, 28] -> conv(4, 3) -> upsample(2)",
            "upsample(2) needs a map [channels, height, width], but its input here is [4, 26]",
        ),
        ("[3] -> transpose", "transpose needs at least two axes to exchange"),
        ("[6, 9] -> attention(2)", "attention(2) has 2 heads, which do not divide the 9 features of its input [6, 9]"),
        ("[6] -> attention(2)", "attention(2) needs a sequence [steps, features], but its input here is [6]"),
        ("[10, 2] -> bn", "bn needs a row [n] or a map [channels, height, width], but its input here is [10, 2]"),
        (
            "[3, 8, 8] -> conv(4, 3, groups = 2)",
            "conv(4, 3, groups = 2) has 2 groups, which do not divide the channels",
        ),
        ("[3, 8, 8] -> reshape([3, 8])", "reshape([3, 8]) holds 24 numbers, but its input here is [3, 8, 8] with 192"),
        (
            "[3, 8, 8] -> add(conv(3, 3) | id)",
            "add needs branches of one shape, but branch 1 gives [3, 6, 6] and branch 2 gives [3, 8, 8]",
        ),
        (
            "[3, 8, 8] -> concat(id | conv(5, 1) | conv(4, 3))",
            "concat needs branches that differ in their first size alone, but branch 1 gives [3, 8, 8] and branch 3 gives \
             [4, 6, 6]",
        ),
        (
            "[3, 8, 8] -> residual(conv(4, 1))",
            "residual adds its input [3, 8, 8] to what its chain makes of it, which is [4, 8, 8]",
        ),
        (
            "[1, 28, 28] -> conv(30, 5) -> [30, 28, 28]",
            "expected [30, 28, 28] here, but the shape is [30, 24, 24]\n\
             on the way here: [1, 28, 28] -> conv [30, 24, 24]\n\
             help: write [30, 24, 24], or change a layer before it",
        ),
        (
            "[3] -> my::Swish -> affine(3)",
            "my::Swish needs a shape right after it\nhelp: the macro cannot see what it gives",
        ),
        ("[3] -> my::Swish", "my::Swish needs a shape right after it"),
        ("[3] -> my::Swish -> [0]", "a size is a whole number of at least 1, not 0"),
        ("[10000000000, 10000000000] -> relu", "[10000000000, 10000000000] is more than 1099511627776 numbers"),
        ("[10000000, 10000] -> affine(10000000000)", "affine(10000000000) is too large to compute"),
        ("[1, 10, 10] -> conv(1, 3, pad = 9000000000000000000)", "conv(1, 3, pad = 9000000000000000000) is too large"),
        ("[1, 10, 10] -> conv(1, 3, dilation = 9223372036854775807)", "conv(1, 3, dilation = 9223372036854775807)"),
    ] {
        let (mistakes, shapes) = compile(&format!("struct A = {chain};"));
        assert_eq!(mistakes.len(), 1, "{chain}\n{mistakes:#?}");
        assert!(mistakes[0].starts_with(expected), "{chain}\n{}\nis not\n{expected}", mistakes[0]);
        assert!(shapes.is_none(), "{chain}");
    }
}

#[test]
fn resumes_at_a_check() {
    let (mistakes, _) = compile(
        "struct A = [1, 8, 8] -> conv(4, 9) -> relu -> pool(99) -> [4, 6, 6] -> reshape([7]) -> [7] -> conv(1, 1) -> rellu
            -> pool(2) -> [3] -> pool(2);",
    );
    let starts = ["conv(4, 9) needs", "reshape([7]) holds", "conv(1, 1) needs", "there is no layer", "pool(2) needs"];
    assert_eq!(mistakes.len(), starts.len(), "{mistakes:#?}");
    for (mistake, start) in mistakes.iter().zip(starts) {
        assert!(mistake.starts_with(start), "{mistake} is not {start}");
    }
}

#[test]
fn a_network_with_a_wrong_part_has_no_shapes() {
    let mut report = Report::default();
    let text =
        "struct Whole = [3] -> Half -> [4] -> affine(2); struct Half = [3] -> Part -> [4]; struct Part = [3] -> rellu;
        struct Other = [3] -> relu;";
    let file = parse(text.parse().unwrap(), &mut report);
    let networks = build(&file, &mut report);
    let known: Vec<bool> = infer_all(&networks, &mut report).iter().map(Option::is_some).collect();
    assert_eq!(known, [false, false, false, true]);
    assert_eq!(report.into_mistakes().len(), 1);
}

#[test]
fn sees_the_parts_of_its_file() {
    for (text, expected) in [
        ("struct A = [8] -> affine(4); struct B = [8] -> A -> affine(2);", None),
        ("struct B = [8] -> A -> [4] -> affine(2); struct A = [8] -> affine(4);", None),
        (
            "struct A = [8] -> affine(4); struct B = [8] -> 2 * A;",
            Some("A takes [8], but its input here is [4]\non the way"),
        ),
        (
            "struct A = [8] -> affine(4); struct B = [9] -> A -> [4];",
            Some("A takes [8], but its input here is [9]\nhelp"),
        ),
        (
            "struct A = [8] -> affine(4); struct B = [8] -> A -> [5] -> affine(2);",
            Some("A gives [4], but the check after it says [5]\nhelp: write `A -> [4]`, or no check"),
        ),
        (
            "struct A(a: [8], b: [8]) = add(a | b); struct B = [8] -> A -> [8];",
            Some("A has 2 inputs and one output, and a part has one of each\nhelp"),
        ),
        ("struct A(a: [8]) = { a -> relu, a -> tanh }; struct B = [8] -> A;", Some("A has one input and 2 outputs")),
        ("struct A = [..8, 2] -> each(relu); struct B = [8, 2] -> A;", Some("A takes or gives samples whose number")),
    ] {
        let (mistakes, shapes) = compile(text);
        match expected {
            None => assert_eq!((mistakes.len(), shapes.is_some()), (0, true), "{text}\n{mistakes:?}"),
            Some(expected) => {
                assert_eq!(mistakes.len(), 1, "{text}\n{mistakes:#?}");
                assert!(mistakes[0].starts_with(expected), "{text}\n{}\nis not {expected}", mistakes[0]);
            }
        }
    }
}

#[test]
fn helps_with_the_habits_of_others() {
    for (chain, help) in [
        ("[32, 1, 28, 28] -> conv(30, 5)", "a shape is that of one sample, whatever the batch: `[1, 28, 28]`"),
        ("[28, 28] -> deconv(30, 5)", "a map of one channel is `[1, 28, 28]`"),
        ("[3, 28] -> conv(4, 3) -> gru(5)", "the channels along a length become the features of steps by `transpose`"),
        ("[3, 28] -> residual(conv(3, 3, pad = 1))", "put a convolution before both"),
        ("[3, 28] -> conv(4, 3) -> upsample(2)", "`reshape([4, 1, 26])` makes one of it"),
        ("[28, 28, 1] -> conv(30, 5)", "channels stand first: `[1, 28, 28]`"),
        ("[3, 8, 8] -> concat(id | affine(10))", "a map and a row do not join"),
        ("[3, 8, 8] -> deconv(3, 3, pad = same)", "half an odd kernel keeps the size"),
        ("[784] -> reshape([1, 28, -1])", "no size follows from the others here"),
        ("[784] -> dropout(50)", "a rate is a part of one: 50 percent are `0.5`"),
    ] {
        let (mistakes, _) = compile(&format!("struct A = {chain};"));
        assert_eq!(mistakes.len(), 1, "{chain}\n{mistakes:#?}");
        assert!(mistakes[0].contains(&format!("help: {help}")), "{chain}\n{}\nis not {help}", mistakes[0]);
    }
    let (mistakes, _) =
        compile("block b(c) = residual(conv(c, 3, pad = 1)); struct A = [4, 8, 8] -> 2 * b(4) -> tail: 2 * b(8);");
    assert!(mistakes[0].contains("in `tail.0`, as its parameters are called"), "{mistakes:?}");
}
