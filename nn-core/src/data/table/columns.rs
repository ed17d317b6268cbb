//! Which columns a network learns from, and what.

/// Which columns of a table are inputs and targets, and what becomes of missing values.
///
/// Inputs have the order in which they are named here. A missing value, an empty cell or what [`missing`](Self::missing) lists, is
/// refused unless its column is filled.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub(super) inputs: Vec<(String, Wanted)>,
    pub(super) target: Option<(String, Wanted)>,
    pub(super) scales_target: bool,
    pub(super) fills: Vec<(String, Fill)>,
    pub(super) missing: Vec<String>,
}

/// What a column is to become.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted {
    Number,
    OneHot,
    Index,
}

/// What stands in for missing values.
#[derive(Clone, Debug)]
pub(super) enum Fill {
    Mean,
    MostFrequent,
    Value(String),
}

impl Columns {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A number, which gets mean 0 and deviation 1.
    pub fn number(self, name: impl Into<String>) -> Self {
        self.input(name, Wanted::Number)
    }

    /// Several numbers.
    pub fn numbers<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        names.into_iter().fold(self, Self::number)
    }

    /// A category, which becomes as many numbers as there are categories, sorted by name: 1 for its own, 0 for all others ("one-hot").
    pub fn category(self, name: impl Into<String>) -> Self {
        self.input(name, Wanted::OneHot)
    }

    /// A category that becomes a whole number below the count of categories, sorted by name: for an `embedding`. All of them together are
    /// an input of their own, of `u32`.
    pub fn index(self, name: impl Into<String>) -> Self {
        self.input(name, Wanted::Index)
    }

    fn input(mut self, name: impl Into<String>, wanted: Wanted) -> Self {
        self.inputs.push((name.into(), wanted));
        self
    }

    /// The number to be learnt, as it is.
    pub fn target(mut self, name: impl Into<String>) -> Self {
        (self.target, self.scales_target) = (Some((name.into(), Wanted::Number)), false);
        self
    }

    /// The number to be learnt, with mean 0 and deviation 1, which is easier to learn if it is far from that.
    /// [`Encoding::value`](super::Encoding::value) turns a network's output back.
    pub fn scaled_target(mut self, name: impl Into<String>) -> Self {
        (self.target, self.scales_target) = (Some((name.into(), Wanted::Number)), true);
        self
    }

    /// The category to be told: its labels are those of the categories sorted by name.
    pub fn target_category(mut self, name: impl Into<String>) -> Self {
        (self.target, self.scales_target) = (Some((name.into(), Wanted::Index)), false);
        self
    }

    /// Words that say that a value is missing, as an empty cell does: `NA`, `?`.
    pub fn missing<N: Into<String>>(mut self, words: impl IntoIterator<Item = N>) -> Self {
        self.missing.extend(words.into_iter().map(Into::into));
        self
    }

    /// Fills missing numbers of these columns, each with the mean of those that are there.
    pub fn fill_mean<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        names.into_iter().fold(self, |columns, name| columns.fill(name, Fill::Mean))
    }

    /// Fills missing values of these columns, each with the most frequent one; of equals, with the number that is smallest, or the
    /// category whose name is first.
    pub fn fill_most_frequent<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        names.into_iter().fold(self, |columns, name| columns.fill(name, Fill::MostFrequent))
    }

    /// Fills missing values of a column with this one, which may be a category of its own.
    pub fn fill_value(self, name: impl Into<String>, value: impl ToString) -> Self {
        self.fill(name, Fill::Value(value.to_string()))
    }

    fn fill(mut self, name: impl Into<String>, fill: Fill) -> Self {
        self.fills.push((name.into(), fill));
        self
    }
}
