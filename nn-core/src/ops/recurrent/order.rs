//! The order in which a few samples go along their steps: the longest first, so that those which still go are the first ones.

/// So many samples go side by side at most: enough to share each load of the weights, and few enough for the stack.
pub(super) const MOST: usize = 64;

/// A sample in its place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Which of the samples.
    pub sample: usize,
    /// How many steps it has.
    pub len: usize,
}

impl Place {
    /// Where the state after so many more steps lies among those of the sample.
    pub fn at(&self, step: usize, reverse: bool) -> usize {
        if reverse { self.len - 1 - step } else { step }
    }
}

/// Samples by their length.
pub(super) struct Order {
    places: [Place; MOST],
    count: usize,
}

impl Order {
    /// So many samples, at most [`MOST`], each with its length. Those of one length keep their order.
    pub fn of(count: usize, len: impl Fn(usize) -> usize) -> Self {
        check!(count <= MOST);
        let mut order = Self { places: [Place::default(); MOST], count: 0 };
        for sample in 0..count {
            order.insert(Place { sample, len: len(sample) });
        }
        order
    }

    fn insert(&mut self, new: Place) {
        let mut new = new;
        let at = self.active_beyond(new.len);
        self.count += 1;
        // What is shorter moves up.
        self.places.iter_mut().take(self.count).skip(at).for_each(|place| core::mem::swap(place, &mut new));
    }

    /// How many samples are at least so long.
    fn active_beyond(&self, len: usize) -> usize {
        self.places().take_while(|place| place.len >= len).count()
    }

    /// How many samples have a step of this number: they have the first places.
    pub fn active(&self, step: usize) -> usize {
        self.active_beyond(step + 1)
    }

    /// The samples in their places.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().take(self.count)
    }

    /// The steps of the longest.
    pub fn steps(&self) -> usize {
        self.places().next().map_or(0, |place| place.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn longest_first() {
        let lens = [3, 5, 1, 5, 3, 0, 4];
        let order = Order::of(lens.len(), |sample| lens[sample]);
        let samples: Vec<usize> = order.places().map(|place| place.sample).collect();
        assert_eq!(samples, [1, 3, 6, 0, 4, 2, 5]);
        assert_eq!((0..=6).map(|step| order.active(step)).collect::<Vec<_>>(), [6, 5, 5, 3, 2, 0, 0]);
        assert_eq!(order.steps(), 5);
        let first = order.places().next().expect("a sample");
        assert_eq!([first.at(0, false), first.at(0, true)], [0, 4]);
        assert_eq!(Order::of(0, |_| 0).steps(), 0);
    }
}
