use super::*;
use crate::syntax::{Chain, ExpressionKind, Item, Link, LinkKind};

fn read(text: &str) -> (File, Vec<String>) {
    let mut report = Report::default();
    let file = parse(text.parse().unwrap(), &mut report);
    (file, report.into_mistakes().iter().map(ToString::to_string).collect())
}

/// The structure of the one chain of a file, each link by its kind.
fn structure(text: &str) -> String {
    let (file, mistakes) = read(&format!("struct A = {text};"));
    assert_eq!(mistakes, Vec::<String>::new(), "{text}");
    let [Item::Network(network)] = &file.items[..] else { panic!("one network") };
    chain(&network.body.as_ref().unwrap().outputs[0])
}

fn chain(chain: &Chain) -> String {
    chain.links.iter().map(link).collect::<Vec<_>>().join(" ")
}

fn link(link: &Link) -> String {
    let label = link.label.as_ref().map(|label| format!("{}=", label.name)).unwrap_or_default();
    let kind = match &link.kind {
        LinkKind::Repeat(count, inner) => format!("{}*{}", expression(&count.kind), self::link(inner)),
        LinkKind::Group(inner) => format!("({})", chain(inner)),
        LinkKind::Each(inner) => format!("each({})", chain(inner)),
        LinkKind::Merge(merge) => {
            let branches: Vec<String> = merge.branches.iter().map(chain).collect();
            format!("{}<{}>", merge.name, branches.join("|"))
        }
        LinkKind::Call(call) => format!("{}/{}", call.name, call.arguments.as_ref().map_or(0, Vec::len)),
        LinkKind::Path(path) => format!("path/{}", path.arguments.len()),
        LinkKind::Shape(shape) if shape.varies => format!("shape/..{}", shape.sizes.len()),
        LinkKind::Shape(shape) => format!("shape/{}", shape.sizes.len()),
        LinkKind::Wrong => "wrong".to_owned(),
    };
    label + &kind
}

fn expression(kind: &ExpressionKind) -> String {
    match kind {
        ExpressionKind::Integer(integer) => integer.to_string(),
        ExpressionKind::Name(name) => name.to_string(),
        ExpressionKind::Binary(operator, operands) => {
            format!("({operator:?} {} {})", expression(&operands[0].kind), expression(&operands[1].kind))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn reads_links() {
    for (text, expected) in [
        ("[1, 28, 28] -> conv(30, 5) -> relu", "shape/3 conv/2 relu/0"),
        ("[..64, 3] -> each(affine(4) -> relu)", "shape/..2 each(affine/1 relu/0)"),
        ("stem: conv(64, 7, stride = 2)", "stem=conv/3"),
        ("3 * relu", "3*relu/0"),
        ("2 * 3 * conv(1, 1)", "(Multiply 2 3)*conv/2"),
        ("6 / 2 * conv(1, 1)", "(Divide 6 2)*conv/2"),
        ("n * relu", "n*relu/0"),
        ("(n + 1) * relu", "(Add n 1)*relu/0"),
        ("N * my::Swish(3)", "N*path/1"),
        ("2 * a: 3 * relu", "2*a=3*relu/0"),
        ("layer1: 3 * (relu -> tanh)", "layer1=3*(relu/0 tanh/0)"),
        ("add(relu -> tanh | id)", "add<relu/0 tanh/0|id/0>"),
        ("residual(2 * concat(a | b | c))", "residual<2*concat<a/0|b/0|c/0>>"),
        ("Generator -> [784] -> crate::Discriminator -> ::gan::Judge -> [1]", "path/0 shape/1 path/0 path/0 shape/1"),
    ] {
        assert_eq!(structure(text), expected, "{text}");
    }
}

#[test]
fn reads_items() {
    let text = "const N = 3; block b(c, s = 1) { }
        block basic(c) = conv(c, 3);
        /// Two in, two out.
        pub(crate) struct Both(a: [3], b: [4]) = { let c = a -> relu; c, b -> tanh };";
    let (file, mistakes) = read(text);
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].starts_with("expected `=`, found `{`"), "{mistakes:?}");
    let [Item::Const(_), Item::Block(broken), Item::Block(basic), Item::Network(both)] = &file.items[..] else {
        panic!("four items, {file:?}")
    };
    assert!(broken.body.is_none() && broken.parameters.len() == 2);
    assert!(basic.body.is_some());
    assert_eq!((both.attributes.rust.len(), both.inputs.len()), (1, 2));
    let body = both.body.as_ref().unwrap();
    assert_eq!((body.lets.len(), body.outputs.len()), (1, 2));
}

#[test]
fn keeps_the_struct_of_what_it_cannot_read() {
    for text in ["pub struct A", "struct A = ;", "struct A<T> = [3] -> relu;", "struct A = [3] -> -> relu;"] {
        let (file, mistakes) = read(text);
        assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
        assert!(matches!(&file.items[..], [Item::Network(network)] if network.name == "A"), "{text}");
    }
}

#[test]
fn goes_on_behind_a_mistake() {
    let text = "struct A = [3] -> affine(3 4) => relu -> 7 -> tanh
        struct B = [3] -> add(relu) -> (relu | tanh);
        foo
        struct C = [3] -> relu;";
    let (file, mistakes) = read(text);
    assert_eq!(file.items.len(), 3);
    let expected = [
        "expected `,` or `)`, found `4`",
        "expected `->` or the end of the chain, found `=>`",
        "expected a layer, found `7`",
        "expected `;` after this",
        "`add` needs at least two branches",
        "branches need a merge",
        "expected `struct`, `block` or `const`, found `foo`",
    ];
    assert_eq!(mistakes.len(), expected.len(), "{mistakes:#?}");
    for (mistake, expected) in mistakes.iter().zip(expected) {
        assert!(mistake.starts_with(expected), "{mistake} is not {expected}");
    }
}

#[test]
fn always_ends() {
    for text in
        ["#", "# struct", "pub", "block", "const", "struct A = {,;|}", "struct A(,:|) = |;", "-> ; => , |", "let"]
    {
        let (_, mistakes) = read(text);
        assert!(!mistakes.is_empty(), "{text}");
    }
}

#[test]
fn bounds_its_depth() {
    let deep = |n: usize| format!("struct A = [3] -> {}relu{};", "(".repeat(n), ")".repeat(n));
    assert!(read(&deep(30)).1.is_empty());
    let (_, mistakes) = read(&deep(200));
    assert!(mistakes[0].starts_with("more than 64 parentheses within each other"), "{mistakes:?}");
}
