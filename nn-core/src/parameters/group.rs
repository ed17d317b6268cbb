//! Which parameters are trained, and how: groups of them by their labels.

use core::ops::Range;

use super::FlatSegment;
use crate::Error;

/// How the parameters below a label are trained.
///
/// ```
/// use nn_core::train::Group;
///
/// let slow = Group { rate: 0.1, ..Group::default() };
/// assert!(slow.trained && slow.decay == 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// Whether they are trained at all. If not, they are *frozen*: no gradient of theirs is computed, an optimizer moves neither
    /// them nor what it remembers of them, and a batch norm goes by its running statistics, which stay as they are.
    pub trained: bool,
    /// A factor of the optimizer's learning rate.
    pub rate: f64,
    /// Weight decay, apart from the gradient whatever the optimizer (Loshchilov and Hutter, 2019): each step first multiplies
    /// weights by `1 - learning rate · rate · decay`. Biases and the scales and shifts of normalisations do not decay.
    pub decay: f64,
}

impl Default for Group {
    /// Trained, at the optimizer's learning rate, without decay.
    fn default() -> Self {
        Self { trained: true, rate: 1.0, decay: 0.0 }
    }
}

impl Group {
    fn validate(&self) -> Result<(), Error> {
        for (name, value) in [("rate of a group", self.rate), ("decay of a group", self.decay)] {
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
    /// Puts what lies below a label into a group; nothing changes on errors.
    pub fn set(&mut self, label: &str, group: Group) -> Result<(), Error> {
        group.validate()?;
        self.change(label, |_| group)
    }

    /// Trains what lies below a label, or freezes it.
    pub fn train(&mut self, label: &str, trained: bool) -> Result<(), Error> {
        self.change(label, |group| Group { trained, ..group })
    }

    /// Trains what lies below a label and freezes the rest.
    pub fn train_only(&mut self, label: &str) -> Result<(), Error> {
        let before = self.groups();
        self.segments.iter_mut().for_each(|segment| segment.group.trained = false);
        let result = self.train(label, true);
        self.undo_unless(result, &before)
    }

    fn change(&mut self, label: &str, change: impl Fn(Group) -> Group) -> Result<(), Error> {
        find(self.network, self.segments, label)?;
        let before = self.groups();
        for segment in self.segments.iter_mut().filter(|segment| is_below(&segment.label, label)) {
            segment.group = change(segment.group);
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
    use nn_sizes::{Axis, Role};

    /// A list of one range.
    fn one(range: Range<usize>) -> Vec<Range<usize>> {
        vec![range]
    }

    use super::*;

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
        assert_eq!(after(|groups| groups.set("trunk.0.conv1.bias", Group { rate: 2.0, ..Group::default() })).1, None);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let (_, error) = after(|groups| groups.set("head", Group { rate: f64::NAN, ..Group::default() }));
        assert_eq!(error.as_deref(), Some("rate of a group is NaN, but must be a finite number, 0 or above"));
        let (_, error) = after(|groups| groups.set("head", Group { decay: -0.1, ..Group::default() }));
        assert_eq!(error.as_deref(), Some("decay of a group is -0.1, but must be a finite number, 0 or above"));
    }
}
