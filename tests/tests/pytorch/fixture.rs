//! Reading reference values, and comparing with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};

/// Tensors with more numbers than this are stored thinned.
const STORED_WHOLE: usize = 4096;
/// Of those, every so-manieth number is stored.
const STRIDE: usize = 97;

/// Where a reference file lies.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.safetensors"))
}

/// The tensors of a reference file.
pub struct Fixture {
    name: String,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
}

impl Fixture {
    pub fn open(name: &str) -> Self {
        let bytes = std::fs::read(path(name)).expect("the reference files are part of the repository");
        let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
        let tensors = file.iter().map(|(label, view)| {
            let data = view.data();
            let numbers = match view.dtype() {
                Dtype::F32 => data.as_chunks().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect(),
                Dtype::F64 => data.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect(),
                Dtype::I64 => data.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b) as f64).collect(),
                other => panic!("{label} holds {other:?}"),
            };
            (label.to_owned(), (view.shape().to_vec(), numbers))
        });
        Self { name: name.to_owned(), tensors: tensors.collect() }
    }

    /// The part of a file under a name, without the name.
    pub fn part(&self, name: &str) -> Self {
        let under = |label: &String| label.strip_prefix(name)?.strip_prefix('/').map(str::to_owned);
        let tensors = self.tensors.iter().filter_map(|(label, tensor)| Some((under(label)?, tensor.clone())));
        Self { name: format!("{}: {name}", self.name), tensors: tensors.collect() }
    }

    /// Names, shapes and numbers of the tensors whose name starts with `prefix`, without it.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [usize], &'a [f64])> {
        (self.tensors.iter())
            .filter_map(move |(label, (shape, numbers))| Some((label.strip_prefix(prefix)?, &shape[..], &numbers[..])))
    }

    pub fn get(&self, label: &str) -> &[f64] {
        &self.tensors.get(label).unwrap_or_else(|| panic!("{}: no {label}", self.name)).1
    }

    /// A tensor that is stored thinned if it is large, and the same of `numbers`.
    pub fn thinned<'a>(&'a self, label: &str, numbers: &'a [f64]) -> (&'a [f64], Vec<f64>) {
        let stride = if numbers.len() <= STORED_WHOLE { 1 } else { STRIDE };
        (self.get(label), numbers.iter().copied().step_by(stride).collect())
    }
}

/// Differences that are allowed, and those that were found to be larger.
pub struct Comparison {
    name: String,
    /// Relative to the largest number of a tensor.
    pub relative: f64,
    /// Whatever the size of the numbers.
    pub absolute: f64,
    failures: Vec<String>,
}

impl Comparison {
    pub fn new(name: &str, relative: f64, absolute: f64) -> Self {
        Self { name: name.to_owned(), relative, absolute, failures: Vec::new() }
    }

    /// How far a number of a tensor may be from its reference.
    pub fn tolerance(&self, expected: &[f64]) -> f64 {
        self.absolute + self.relative * expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()))
    }

    pub fn close(&mut self, what: &str, expected: &[f64], found: &[f64]) {
        let tolerance = self.tolerance(expected);
        self.within(what, expected, found, |_| tolerance);
    }

    /// Compares with a tolerance for each number.
    pub fn within(&mut self, what: &str, expected: &[f64], found: &[f64], tolerance: impl Fn(usize) -> f64) {
        if expected.len() != found.len() {
            self.failures.push(format!("{what}: {} numbers, expected {}", found.len(), expected.len()));
            return;
        }
        let excess = |i: usize| (expected[i] - found[i]).abs() / tolerance(i);
        // Written so that a NaN counts as wrong.
        let wrong: Vec<usize> = (0..expected.len()).filter(|&i| !matches!(excess(i), 0.0..=1.0)).collect();
        if let Some(&worst) = wrong.iter().max_by(|&&i, &&j| excess(i).total_cmp(&excess(j))) {
            self.failures.push(format!(
                "{what}: {} of {} numbers differ, most at {worst}: {:e}, expected {:e} ± {:.1e}",
                wrong.len(),
                expected.len(),
                found[worst],
                expected[worst],
                tolerance(worst)
            ));
        }
    }

    /// Fails with all differences at once.
    pub fn finish(self) {
        assert!(self.failures.is_empty(), "{}:\n    {}", self.name, self.failures.join("\n    "));
    }
}
