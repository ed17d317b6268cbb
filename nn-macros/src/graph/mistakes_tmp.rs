#[test]
fn show() {
    for text in [
        "struct A = [1, 28, 28] -> conv(30, stride = 2, 5);",
        "struct A(a: [3]) = a -> b -> affine(3);",
        "struct A(a: [3]) = affine(3);",
        "struct A = [3] -> ;",
        "struct A = [3] => relu;",
        "struct A = [3] -> add(relu, tanh);",
        "struct A = { let a = [3] -> relu; };",
        "struct A = { let a = [3] -> relu; [3] -> add(a -> tanh | a) -> affine(4) };",
        "struct A(x: [3], y: [3]) = x -> add(y | y);",
        "struct A = [3] -> B -> [4]; struct B = [3] -> A -> [3] -> affine(4);",
        "struct A = [3] -> A -> [4]; struct B = [3] -> A -> [3] -> affine(4);",
        "struct A = [1, 28, 28] -> conv(30, 5) -> [30, 28, 28] -> pool(2) -> [30, 12, 12] -> affine(10);",
        "struct A = [10000000000, 10000000000] -> affine(10);",
        "struct A = [3] -> loop: affine(10) -> self: affine(3);",
        "struct A = [3] -> affine(-10) -> affine(2 - 3);",
    ] {
        if text.parse::<proc_macro2::TokenStream>().is_err() {
            println!("== LEX {text}");
            continue;
        }
        println!("== {text}");
        let mut report = crate::report::Report::default();
        let file = crate::parse::parse(text.parse().unwrap(), &mut report);
        for n in super::build(&file, &mut report) {
            if let Some(g) = &n.graph {
                crate::shapes::infer(g, &mut report);
            }
        }
        for m in report.into_mistakes() {
            let s = m.site.start.start().column;
            let e = m.site.end.end().column;
            println!("   {}", text);
            println!("   {}{}", " ".repeat(s), "^".repeat(e.saturating_sub(s).max(1)));
            println!("{m}\n");
        }
    }
}
