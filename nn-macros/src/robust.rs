//! What nobody writes: the macro answers all of it, soon and without a panic.

use std::time::{Duration, Instant};

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand;

/// Expands a source, on a stack as large as rustc's.
fn expansion(source: String) -> (String, Duration) {
    let run = move || {
        let tokens: TokenStream = source.parse().expect("tokens");
        let start = Instant::now();
        let text = expand(tokens, &quote!(::nn_core)).to_string();
        (text, start.elapsed())
    };
    std::thread::Builder::new().stack_size(8 << 20).spawn(run).expect("a thread").join().expect("no panic")
}

fn mistakes(text: &str) -> usize {
    text.matches("compile_error").count()
}

#[test]
fn answers_long_expressions() {
    for operator in [" + ", " * ", " - "] {
        let (text, _) = expansion(format!("struct A = [{}] -> relu;", vec!["1"; 20_000].join(operator)));
        assert_eq!(mistakes(&text), 1, "{operator}");
    }
    let (text, _) = expansion(format!("struct A = [1] -> {} * relu;", vec!["1"; 20_000].join(" * ")));
    assert_eq!(mistakes(&text), 1);
}

#[test]
fn answers_deep_ones() {
    for (open, close) in
        [("(", ")"), ("add(id | ", ")"), ("each(", ")"), ("2 * (", ")"), ("affine(", ")"), ("affine([", "])")]
    {
        let source = format!("struct A = [1] -> {}relu{};", open.repeat(500), close.repeat(500));
        assert!(mistakes(&expansion(source).0) > 0, "{open}");
    }
    let minus = format!("struct A = [{}1] -> relu;", "-".repeat(5_000));
    assert_eq!(mistakes(&expansion(minus).0), 1);
    let repeats = format!("struct A = [1] -> {}relu;", "2 * ".repeat(5_000));
    assert_eq!(mistakes(&expansion(repeats).0), 1);
    let labels = format!("struct A = [1] -> {}relu;", "a: 2 * ".repeat(5_000));
    assert!(mistakes(&expansion(labels).0) > 0);
}

#[test]
fn answers_many_mistakes_and_layers_in_linear_time() {
    let time = |count: usize, source: &dyn Fn(usize) -> String| {
        let of = |count| (0..3).map(|_| expansion(source(count)).1).min().expect("three runs");
        (of(count), of(4 * count))
    };
    let mistakes = |count: usize| format!("struct A = [1] {};", "-> rellu ".repeat(count));
    let layers = |count: usize| format!("struct A = [4] -> {count} * residual(affine(4) -> bn);");
    for (name, (one, four)) in [("mistakes", time(500, &mistakes)), ("layers", time(40, &layers))] {
        assert!(four < 12 * one, "{name}: {one:?}, and of four times as many {four:?}");
    }
}

#[cfg(unix)]
#[test]
fn reads_no_weights_from_devices_and_folders() {
    for (file, expected) in
        [("/dev/zero", "a pipe or a device"), ("/dev/null", "a pipe or a device"), ("/dev", "directory")]
    {
        let (text, _) = expansion(format!("#[weights({file:?})] struct A = [1] -> affine(1);"));
        assert!(mistakes(&text) == 1 && text.contains(expected), "{file}");
    }
}

#[test]
fn bounds_layers() {
    for source in ["[4] -> 10_001 * relu", "[4] -> 101 * (100 * relu)", "[4] -> 9223372036854775807 * relu"] {
        assert_eq!(mistakes(&expansion(format!("struct A = {source};")).0), 1, "{source}");
    }
}

/// Sources that are changed at random, and what each change inserts.
const SEEDS: [&str; 6] = [
    "pub struct Digits = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;",
    "const WIDTH = 16; block basic(c, s = 1) = residual(conv(c, 3, pad = same) -> bn -> relu) -> relu;
     struct Deep = [3, 8, 8] -> stem: conv(WIDTH, 3, pad = 1) -> layers: 2 * basic(WIDTH) -> global_avg_pool -> affine(10);",
    "struct Graph(words: [3 of 9], more: [..4, 2]) = { let (a, b) = words -> embedding(4) -> split(2); concat(a | b) -> affine(2), more -> each(affine(3)) };",
    "struct Part = [4] -> affine(3); struct Whole = [4] -> part: Part -> [3] -> per_sample(my::Swish(3)) -> [3];",
    "#[budget(parameters = 300_000, workspace = 64 KiB)] #[observe] struct Small = [2] -> dropout(0.5) -> affine(2, bias = false);",
    "struct Up = [4, 4, 4] -> deconv(3, [2, 2], stride = 2) -> concat(id | avg_pool(3, stride = 1, pad = 1)) -> reshape([6, 64]);",
];

/// A generator of random numbers, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// The words of all sources, marks one by one.
fn words(source: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in source.chars() {
        let continues =
            |word: &String| word.chars().all(|d| d.is_alphanumeric() || d == '_') && (c.is_alphanumeric() || c == '_');
        match words.last_mut() {
            Some(word) if continues(word) || (word == "-" && c == '>') => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words
}

/// `FUZZ=1000000 cargo test --release -p nn-macros survives` changes that many sources.
#[test]
fn survives_random_changes() {
    let rounds = std::env::var("FUZZ").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1_000);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let seeds: Vec<Vec<String>> = SEEDS.iter().map(|seed| words(seed)).collect();
    let all: Vec<&String> = seeds.iter().flatten().collect();
    for _ in 0..rounds {
        let mut source = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(4) {
            let place = random.below(source.len());
            match random.below(4) {
                0 => drop(source.remove(place)),
                1 => source.insert(place, all[random.below(all.len())].clone()),
                2 => source[place] = all[random.below(all.len())].clone(),
                _ => {
                    let other = random.below(source.len());
                    source.swap(place, other);
                }
            }
        }
        let source = source.concat();
        let Ok(tokens) = source.parse::<TokenStream>() else { continue };
        let start = Instant::now();
        let run = std::panic::catch_unwind(|| expand(tokens, &quote!(::nn_core)).is_empty());
        assert!(run.is_ok(), "panics: {source}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?} for {source}", start.elapsed());
    }
}
