//! The words of the language, and what somebody meant who wrote another one.

/// The merges.
pub const MERGES: [&str; 4] = ["add", "concat", "mul", "residual"];

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
pub const COMING: [&str; 4] = ["upsample", "rnn", "lstm", "gru"];

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
pub const VALUES: [&str; 1] = ["same"];

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
