//! Other names for the tensors of a file.

use std::collections::HashMap;

use crate::Mismatch;
use crate::header::Described;

/// What the tensors of a file are called instead.
#[derive(Clone, Debug, Default)]
pub struct Renames {
    rules: Vec<(String, String)>,
}

impl Renames {
    /// Adds a rule, which comes after those before it: of several that fit a name, the first holds.
    ///
    /// `from` is a name or the beginning of one, up to a dot, and empty the beginning of all. A part of it may be `*`, for any part;
    /// each `*` of `to` stands for what the one in the same place is.
    pub fn add(&mut self, from: impl Into<String>, to: impl Into<String>) {
        self.rules.push((from.into(), to.into()));
    }

    /// Renames the tensors of a file. Every rule must fit one of them, and no two may come to have one name.
    pub(crate) fn apply(&self, tensors: &mut [Described]) -> Result<(), Vec<Mismatch>> {
        let mut used = vec![false; self.rules.len()];
        let mut names: HashMap<String, String> = HashMap::new();
        let mut mismatches = Vec::new();
        for tensor in tensors {
            let renamed =
                self.rules.iter().enumerate().find_map(|(i, (from, to))| Some((i, renamed(&tensor.name, from, to)?)));
            let before = tensor.name.clone();
            if let Some((i, name)) = renamed {
                used[i] = true;
                tensor.name = name;
            }
            if let Some(other) = names.insert(tensor.name.clone(), before.clone()) {
                mismatches.push(Mismatch::Twice { name: tensor.name.clone(), tensors: [other, before] });
            }
        }
        let unused = self.rules.iter().zip(used).filter(|(_, used)| !used);
        mismatches.extend(unused.map(|((from, _), _)| Mismatch::NotRenamed { name: from.clone() }));
        if mismatches.is_empty() { Ok(()) } else { Err(mismatches) }
    }
}

/// The name by a rule that fits it.
fn renamed(name: &str, from: &str, to: &str) -> Option<String> {
    let mut rest = parts(name);
    let mut taken = Vec::new();
    for part in parts(from) {
        match rest.next()? {
            found if part == "*" => taken.push(found),
            found if part == found => {}
            _ => return None,
        }
    }
    let mut taken = taken.into_iter();
    let begin = parts(to).map(|part| if part == "*" { taken.next().unwrap_or(part) } else { part });
    Some(begin.chain(rest).collect::<Vec<_>>().join("."))
}

/// The parts of a name; of an empty one there are none.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split('.').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_fit_names_and_their_beginnings() {
        for (from, to, name, expected) in [
            ("features.0", "conv1", "features.0.weight", Some("conv1.weight")),
            ("features.0", "conv1", "features.01.weight", None),
            ("features.0.weight", "w", "features.0.weight", Some("w")),
            ("features.0.weight", "w", "features.0", None),
            ("model", "", "model.fc.bias", Some("fc.bias")),
            ("", "net", "fc.bias", Some("net.fc.bias")),
            ("blocks.*.attn", "*.attention", "blocks.7.attn.bias", Some("7.attention.bias")),
            ("blocks.*.attn", "attention", "blocks.7.mlp.bias", None),
            ("*.*", "a.*.b.*", "x.y.z", Some("a.x.b.y.z")),
        ] {
            assert_eq!(renamed(name, from, to).as_deref(), expected, "{from} to {to}: {name}");
        }
    }

    #[test]
    fn two_of_one_name_and_rules_for_nothing_are_mistakes() {
        let tensor = |name: &str| Described { name: name.into(), kind: "F32".into(), shape: vec![1], start: 0, end: 4 };
        let mut tensors = [tensor("a.weight"), tensor("b.weight")];
        let mut renames = Renames::default();
        renames.add("a", "c");
        renames.add("b", "c");
        renames.add("d", "e");
        let mismatches = renames.apply(&mut tensors).expect_err("both become `c.weight`");
        let texts: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "c.weight: both a.weight and b.weight of the file come to have this name; rename one of them otherwise",
                "d: renamed, but no tensor of the file is called so; `Weights::tensors` lists their names"
            ]
        );
    }
}
