//! Which parameters are trained, and how: groups of them by their labels.

use core::ops::Range;

use nn_sizes::Role;

use super::FlatSegment;
use crate::Error;

/// What parameters are, as far as they may be trained differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Weights of products, and tables of embeddings.
    Weight,
    /// What is added to products.
    Bias,
    /// Scales and shifts of normalisations.
    Norm,
    /// Slopes of rectifiers.
    Slope,
}

impl Kind {
    /// That of a tensor; none of running statistics.
    pub(crate) fn of(role: Role) -> Option<Self> {
        match role {
            Role::Weight { .. } => Some(Self::Weight),
            Role::Bias => Some(Self::Bias),
            Role::Scale | Role::Shift => Some(Self::Norm),
            Role::Slope => Some(Self::Slope),
            Role::RunningMean { .. } | Role::RunningVariance { .. } => None,
        }
    }
}

/// Some parameters of a network: those below a label, those of a [`Kind`], or those of a kind below a label.
///
/// ```
/// use nn_core::train::{Kind, Select};
///
/// let all: [Select; 3] = ["trunk".into(), Kind::Bias.into(), ("trunk", Kind::Bias).into()];
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Select<'l> {
    pub(crate) label: &'l str,
    pub(crate) kind: Option<Kind>,
}

impl<'l> From<&'l str> for Select<'l> {
    fn from(label: &'l str) -> Self {
        Self { label, kind: None }
    }
}

impl From<Kind> for Select<'_> {
    fn from(kind: Kind) -> Self {
        Self { label: "", kind: Some(kind) }
    }
}

impl<'l> From<(&'l str, Kind)> for Select<'l> {
    fn from((label, kind): (&'l str, Kind)) -> Self {
        Self { label, kind: Some(kind) }
    }
}

impl Select<'_> {
    fn has(&self, segment: &FlatSegment) -> bool {
        is_below(&segment.label, self.label) && (self.kind.is_none() || Kind::of(segment.role) == self.kind)
    }
}

/// How some parameters are trained.
///
/// ```
/// use nn_core::train::Group;
///
/// let slow = Group { rate: 0.1, ..Group::default() };
/// assert!(slow.trained && slow.decay.is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// Whether they are trained at all. If not, they are *frozen*: no gradient of theirs is computed, an optimizer moves neither
    /// them nor what it remembers of them, and a batch norm goes by its running statistics, which stay as they are.
    pub trained: bool,
    /// A factor of the optimizer's learning rate.
    pub rate: f64,
    /// Weight decay, in place of the optimizer's, and in its [manner](crate::Optimizer::weight_decay). Of the parameters below a label
    /// only the weights decay; others decay where the group is that of their [`Kind`].
    pub decay: Option<f64>,
}

impl Default for Group {
    /// Trained, at the optimizer's learning rate and with its weight decay.
    fn default() -> Self {
        Self { trained: true, rate: 1.0, decay: None }
    }
}

impl Group {
    fn validate(&self) -> Result<(), Error> {
        for (name, value) in [("rate of a group", self.rate), ("decay of a group", self.decay.unwrap_or(0.0))] {
            Error::check_setting(name, value, value >= 0.0, "a finite number, 0 or above")?;
        }
        Ok(())
    }
}

/// The tensors of a network by its name, to be put into groups.
pub(crate) struct Groups<'s> {
    pub network: &'static str,
    pub segments: &'s mut [FlatSegment],
}

impl Groups<'_> {
    /// Puts some parameters into a group; nothing changes on errors.
    pub fn set(&mut self, select: Select<'_>, group: Group) -> Result<(), Error> {
        group.validate()?;
        self.change(select, |segment| {
            let decays = select.kind.is_some() || Kind::of(segment.role) == Some(Kind::Weight);
            Group { decay: if decays { group.decay } else { segment.group.decay }, ..group }
        })
    }

    /// Trains what lies below a label, or freezes it.
    pub fn train(&mut self, label: &str, trained: bool) -> Result<(), Error> {
        self.change(label.into(), |segment| Group { trained, ..segment.group })
    }

    /// Trains what lies below a label and freezes the rest.
    pub fn train_only(&mut self, label: &str) -> Result<(), Error> {
        let before = self.groups();
        self.segments.iter_mut().for_each(|segment| segment.group.trained = false);
        let result = self.train(label, true);
        self.undo_unless(result, &before)
    }

    fn change(&mut self, select: Select<'_>, change: impl Fn(&FlatSegment) -> Group) -> Result<(), Error> {
        find(self.network, self.segments, select.label)?;
        let before = self.groups();
        for segment in self.segments.iter_mut().filter(|segment| select.has(segment)) {
            segment.group = change(segment);
        }
        let result = self.check();
        self.undo_unless(result, &before)
    }

    fn groups(&self) -> Vec<Group> {
        self.segments.iter().map(|segment| segment.group).collect()
    }

    fn undo_unless(&mut self, result: Result<(), Error>, before: &[Group]) -> Result<(), Error> {
        if result.is_err() {
            self.segments.iter_mut().zip(before).for_each(|(segment, &group)| segment.group = group);
        }
        result
    }

    /// Fails where an operation is trained in part: its gradients are computed together.
    fn check(&self) -> Result<(), Error> {
        let frozen = |segment: &&FlatSegment| !segment.group.trained;
        for tensor in self.segments.iter().filter(frozen) {
            let Some((operation, _)) = tensor.label.rsplit_once('.') else { continue };
            let of_operation =
                |segment: &&FlatSegment| segment.label.rsplit_once('.').is_some_and(|(it, _)| it == operation);
            if let Some(trained) = self.segments.iter().filter(of_operation).find(|segment| segment.group.trained) {
                let [frozen, trained] = [tensor, trained].map(|segment| segment.label.clone());
                return Err(Error::Operation { operation: operation.into(), frozen, trained });
            }
        }
        Ok(())
    }
}

/// Where frozen parameters lie in the block: no range touches another.
pub(crate) fn frozen(segments: &[FlatSegment]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for range in segments.iter().filter(|segment| !segment.group.trained).map(FlatSegment::range) {
        match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        }
    }
    ranges.retain(|range| !range.is_empty());
    ranges
}

/// Whether a tensor lies below a label, or has it; all lie below the empty one.
pub(crate) fn is_below(tensor: &str, label: &str) -> bool {
    label.is_empty() || tensor.strip_prefix(label).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Fails unless something lies below a label.
pub(crate) fn find(network: &'static str, segments: &[FlatSegment], label: &str) -> Result<(), Error> {
    if segments.iter().any(|segment| is_below(&segment.label, label)) {
        return Ok(());
    }
    let mut labels: Vec<String> = Vec::new();
    for segment in segments {
        let first = segment.label.split('.').next().unwrap_or_default();
        if labels.last().is_none_or(|last| last != first) && !labels.iter().any(|known| known == first) {
            labels.push(first.into());
        }
    }
    let nearest = nearest(segments, label).map(str::to_owned);
    Err(Error::UnknownLabel { network, label: label.into(), nearest, labels })
}

/// The label, of a part or a tensor, that is most like this one.
fn nearest<'s>(segments: &'s [FlatSegment], label: &str) -> Option<&'s str> {
    let above = |segment: &'s FlatSegment| {
        let dots = segment.label.match_indices('.').map(|(dot, _)| &segment.label[..dot]);
        dots.chain([segment.label.as_str()])
    };
    let distances = segments.iter().flat_map(above).map(|known| (nn_files::edit_distance(label, known), known));
    let (distance, known) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= (label.len() / 3).max(1)).then_some(known)
}

#[cfg(test)]
mod tests {
    use nn_sizes::{Axis, Init};

    use super::*;

    /// A list of one range.
    fn one(range: Range<usize>) -> Vec<Range<usize>> {
        vec![range]
    }

    fn table() -> Vec<FlatSegment> {
        let labels =
            ["trunk.0.conv1.weight", "trunk.0.conv1.bias", "trunk.0.bn1.weight", "trunkless.weight", "head.bias"];
        let segment = |(i, label): (usize, &str)| FlatSegment {
            label: label.into(),
            offset: 2 * i,
            shape: &[2],
            axes: &[Axis { len: 2, stride: 1 }],
            role: Role::Bias,
            group: Group::default(),
        };
        labels.into_iter().enumerate().map(segment).collect()
    }

    fn after(change: impl FnOnce(&mut Groups<'_>) -> Result<(), Error>) -> (Vec<Range<usize>>, Option<String>) {
        let mut segments = table();
        let result = change(&mut Groups { network: "Net", segments: &mut segments });
        (frozen(&segments), result.err().map(|error| error.to_string()))
    }

    #[test]
    fn a_label_names_what_lies_below_it() {
        assert_eq!(after(|groups| groups.train("trunk", false)), (one(0..6), None));
        assert_eq!(after(|groups| groups.train("trunk.0.conv1", false)), (one(0..4), None));
        assert_eq!(after(|groups| groups.train_only("trunk.0.bn1")), (vec![0..4, 6..10], None));
        assert_eq!(after(|groups| groups.train("", false)), (one(0..10), None));
        let twice = |groups: &mut Groups<'_>| groups.train("", false).and_then(|()| groups.train("head", true));
        assert_eq!(after(twice), (one(0..8), None));
    }

    #[test]
    fn unknown_labels_are_refused_with_those_there_are() {
        let (ranges, error) = after(|groups| groups.train("trunk.0.conv2", false));
        let expected = "Net has no parameters labelled `trunk.0.conv2`; did you mean `trunk.0.conv1`? \
                        Its labels are trunk, trunkless, head";
        assert_eq!((ranges.len(), error.as_deref()), (0, Some(expected)));
        let (ranges, error) = after(|groups| groups.train_only("generator"));
        let expected = "Net has no parameters labelled `generator`. Its labels are trunk, trunkless, head";
        assert_eq!((ranges.len(), error.as_deref()), (0, Some(expected)));
    }

    #[test]
    fn an_operation_is_frozen_as_a_whole() {
        let (ranges, error) = after(|groups| groups.train("trunk.0.conv1.bias", false));
        let expected = "trunk.0.conv1 is trained or frozen as a whole, because its gradients are computed together, but \
                        trunk.0.conv1.bias would be frozen and trunk.0.conv1.weight trained; name `trunk.0.conv1` instead";
        assert_eq!((ranges.len(), error.as_deref()), (0, Some(expected)));
        // The only tensor of its operation.
        assert_eq!(after(|groups| groups.train("head.bias", false)), (one(8..10), None));
        // Rates may differ.
        assert_eq!(
            after(|groups| groups.set("trunk.0.conv1.bias".into(), Group { rate: 2.0, ..Group::default() })).1,
            None
        );
    }

    #[test]
    fn only_weights_decay_unless_their_kind_is_named() {
        let decay = |select: Select<'_>, decay| {
            let mut segments = table();
            segments[0].role = Role::Weight { fan_in: 1, fan_out: 1, init: Init::He };
            segments[2].role = Role::Scale;
            let group = Group { decay: Some(decay), ..Group::default() };
            Groups { network: "Net", segments: &mut segments }.set(select, group).expect("a label");
            segments.iter().map(|segment| segment.group.decay).collect::<Vec<_>>()
        };
        assert_eq!(decay("trunk".into(), 0.1), [Some(0.1), None, None, None, None]);
        assert_eq!(decay(Kind::Bias.into(), 0.1), [None, Some(0.1), None, Some(0.1), Some(0.1)]);
        assert_eq!(decay(("trunk", Kind::Norm).into(), 0.0), [None, None, Some(0.0), None, None]);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let (_, error) = after(|groups| groups.set("head".into(), Group { rate: f64::NAN, ..Group::default() }));
        assert_eq!(error.as_deref(), Some("rate of a group is NaN, but must be a finite number, 0 or above"));
        let (_, error) = after(|groups| groups.set("head".into(), Group { decay: Some(-0.1), ..Group::default() }));
        assert_eq!(error.as_deref(), Some("decay of a group is -0.1, but must be a finite number, 0 or above"));
    }
}
