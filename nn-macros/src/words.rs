//! The words of the language, and what somebody meant who wrote another one.

/// The merges.
pub const MERGES: [&str; 6] = ["add", "sub", "mul", "max", "concat", "residual"];

/// What stands around a path that works sample by sample.
pub const PER_SAMPLE: &str = "per_sample";

/// What stands around a chain that works on every row by itself.
pub const EACH: &str = "each";

/// Whether the last branch of this merge is its own input, so that it is written with one other.
pub fn merges_its_input(name: &str) -> bool {
    name == "residual"
}

/// The number type of a network, in the code that it becomes.
pub const NUMBER: &str = "T";

/// Layers of the language that are yet to come.
pub const COMING: [&str; 1] = ["scan"];

/// The attributes of a network, as they are written.
const ATTRIBUTES: [(&str, &str); 4] = [
    ("weights", "#[weights(\"digits.safetensors\")]"),
    ("export", "#[export(c)]"),
    ("budget", "#[budget(parameters = 300_000, workspace = 64 KiB)]"),
    ("observe", "#[observe]"),
];

/// Attributes of Rust that look like one of ours.
const RUST: [&str; 1] = ["expect"];

/// How an attribute of ours is written.
pub fn attribute_form(name: &str) -> Option<String> {
    let (_, form) = ATTRIBUTES.iter().find(|(ours, _)| *ours == name)?;
    Some(format!("write `{form}`"))
}

/// The attribute of ours that somebody meant who wrote another word.
pub fn meant_attribute(name: &str) -> Option<&'static str> {
    let ours = || ATTRIBUTES.iter().map(|(name, _)| *name);
    if RUST.contains(&name) { None } else { closest(name, ours()) }
}

/// Words that an argument may be besides numbers.
pub const VALUES: [&str; 7] = ["same", "none", "tanh", "relu", "nearest", "bilinear", "drawn"];

/// What to write for a mark that joins links elsewhere, or does something else there.
pub fn meant_by_mark(mark: &str) -> Option<&'static str> {
    match mark {
        "=>" | ">" | "-" | "." | "=" | "<" | "~" | ":" => Some("links are joined by `->`"),
        "*" => Some("a count stands before what it repeats: `3 * …`"),
        "+" => Some("a sum of branches is written `add(… | …)`"),
        _ => None,
    }
}

/// What to write for a word of Rust that does something there.
pub fn meant_by_keyword(word: &str) -> Option<&'static str> {
    match word {
        "for" | "while" | "loop" => Some("a repetition is written `3 * layer` or `3 * (layer -> layer)`"),
        "if" | "else" | "match" => Some("a network is the same for every sample: write two networks"),
        "fn" | "mod" | "impl" => {
            Some("a piece with parameters is a `block` beside the networks: `block name(size) = …;`")
        }
        "let" => Some("a `let` stands in braces: `struct Name(input: [1]) = { let name = …; … };`"),
        _ => None,
    }
}

/// What to write for the value of an argument, or a size, that other languages have.
pub fn meant_by_value(word: &str) -> Option<&'static str> {
    match word {
        "True" => Some("write `true`"),
        "False" => Some("write `false`"),
        "None" | "null" | "nil" | "batch" | "batch_size" | "B" => {
            Some("leave it out: an argument has its default, and a shape is that of one sample, whatever the batch")
        }
        "SAME" | "Same" | "half" => Some("write `same`"),
        "VALID" | "valid" | "Valid" => Some("leave it out: nothing is padded by default"),
        _ => None,
    }
}

/// Arguments of other frameworks that say what follows from the input here, or from the program.
pub const FROM_INPUT: [&str; 18] = [
    "in_channels",
    "in_features",
    "input_dim",
    "input_size",
    "input_shape",
    "embed_dim",
    "num_features",
    "normalized_shape",
    "features_in",
    "c_in",
    "num_embeddings",
    "batch_first",
    "device",
    "dtype",
    "name",
    "inplace",
    "rng",
    "rngs",
];

/// Names of an argument elsewhere, and ours.
const ARGUMENTS: &[(&str, &[&str])] = &[
    (
        "out",
        &[
            "filters",
            "out_channels",
            "out_features",
            "units",
            "features",
            "channels",
            "outputs",
            "output",
            "num_outputs",
            "size",
            "c_out",
        ],
    ),
    ("kernel", &["kernel_size", "pool_size", "window", "window_shape", "ksize", "k", "size"]),
    ("stride", &["strides", "s"]),
    ("pad", &["padding", "pads"]),
    ("output_pad", &["output_padding"]),
    ("dilation", &["dilation_rate", "kernel_dilation", "dilations"]),
    ("groups", &["feature_group_count", "group", "num_groups"]),
    ("bias", &["use_bias", "with_bias"]),
    ("ceil", &["ceil_mode"]),
    ("p", &["rate", "prob", "probability", "drop", "drop_rate", "ratio"]),
    ("a", &["slope", "negative_slope", "alpha", "leak"]),
    ("eps", &["epsilon"]),
    ("count_pad", &["count_include_pad"]),
    ("affine", &["elementwise_affine", "scale"]),
    ("size", &["local_size", "dim", "embedding_dim", "output_dim", "output_size", "features", "units"]),
    ("factor", &["scale_factor", "scale", "scales"]),
    ("mode", &["interpolation", "method"]),
    ("shape", &["target_shape", "new_shape", "dims"]),
    ("h", &["hidden_size", "hidden", "units", "features", "size", "num_units"]),
    ("reverse", &["go_backwards"]),
    ("heads", &["num_heads", "nhead", "n_heads", "num_attention_heads"]),
    ("causal", &["is_causal", "use_causal_mask"]),
    ("over", &["memory", "context", "key", "kv"]),
    ("scale", &["spatial_scale"]),
    ("samples", &["sampling_ratio"]),
    ("boxes", &["rois", "proposals"]),
    ("start", &["initial_state", "h0", "h_0", "hx"]),
    ("parts", &["chunks", "n", "num", "sections"]),
];

/// Whether an argument of this name elsewhere is `ours` here.
pub fn is_meant(name: &str, ours: &str) -> bool {
    name == ours || ARGUMENTS.iter().any(|(word, others)| *word == ours && others.contains(&name))
}

/// Whether the modules of other frameworks have this name.
pub fn is_foreign_module(name: &str) -> bool {
    ["nn", "torch", "keras", "layers", "tf", "flax", "F", "functional", "candle_nn", "jax"].contains(&name)
}

/// What to write for a value that an argument has elsewhere, and not here.
pub fn meant_by_wrong_value(name: &str, value: &str) -> Option<String> {
    match (name, value) {
        ("pad", "same") => {
            Some("half an odd kernel keeps the size: `pad = 1` of a kernel of 3, with `stride = 1`".to_owned())
        }
        ("shape", _) if value.contains('-') => Some("no size follows from the others here: write each".to_owned()),
        ("p", _) => value
            .parse()
            .ok()
            .filter(|&percent: &f64| (2.0..=100.0).contains(&percent))
            .map(|percent| format!("a rate is a part of one: {percent} percent are `{}`", percent / 100.0)),
        ("bias", "1" | "0") => Some(format!("write `bias = {}`", value == "1")),
        _ => None,
    }
}

/// The word among `candidates` that `word` is most likely a misspelling of.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = word.chars().count();
    let limit = if letters < 2 { 0 } else { (letters / 3).max(1) };
    let distances = candidates.into_iter().map(|candidate| (distance(word, candidate), candidate));
    let (distance, candidate) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= limit).then_some(candidate)
}

/// `did you mean `conv`?`
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// Letters to insert, remove, replace or swap with their neighbour to turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        for (a, b, expected) in
            [("conv", "conv", 0), ("cnov", "conv", 1), ("rellu", "relu", 1), ("", "id", 2), ("pool", "conv", 3)]
        {
            assert_eq!(distance(a, b), expected, "{a} to {b}");
        }
    }

    #[test]
    fn suggests_only_what_is_near() {
        assert_eq!(closest("sofmax", ["softmax", "relu"]), Some("softmax"));
        assert_eq!(closest("transformer", ["softmax", "relu"]), None);
    }
}
