//! How much memory a network wants.

/// Numbers that a piece of memory must hold, by what they grow with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryNeed {
    /// For each sample.
    pub per_sample: usize,
    /// For each group of samples that run together.
    pub per_group: usize,
    /// The most groups that a batch makes.
    pub groups: usize,
    /// Once.
    pub fixed: usize,
    /// Once more, where other threads help with single samples: for the pieces of these.
    pub pieces: usize,
}

impl MemoryNeed {
    /// No memory.
    pub const NONE: Self = Self { per_sample: 0, per_group: 0, groups: 0, fixed: 0, pieces: 0 };

    /// Numbers for a batch of `samples`, each of which is one thread's work; `usize::MAX` where so many cannot be counted.
    pub const fn at(&self, samples: usize) -> usize {
        match self.checked_at(samples) {
            Some(numbers) => numbers,
            None => usize::MAX,
        }
    }

    /// The same, where so many can be counted.
    pub const fn checked_at(&self, samples: usize) -> Option<usize> {
        let groups = if samples < self.groups { samples } else { self.groups };
        let Some(of_groups) = self.per_group.checked_mul(groups) else { return None };
        let Some(of_samples) = self.per_sample.checked_mul(samples) else { return None };
        let Some(both) = of_samples.checked_add(of_groups) else { return None };
        both.checked_add(self.fixed)
    }

    /// What both need together; `usize::MAX` of what cannot be counted.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        // A nested network's memory starts at a multiple of 16 numbers.
        Self {
            per_sample: self.per_sample.saturating_add(other.per_sample),
            per_group: self.per_group.saturating_add(other.per_group),
            groups: if self.groups > other.groups { self.groups } else { other.groups },
            fixed: self.fixed.saturating_add(other.fixed).saturating_add(16),
            pieces: self.pieces.saturating_add(other.pieces),
        }
    }
}

/// The memory that a network or layer wants besides its parameters, inputs and outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryNeeds {
    /// Workspace of a prediction.
    pub inference: MemoryNeed,
    /// Numbers saved from the forward to the backward pass of training.
    pub saved: MemoryNeed,
    /// Indices saved likewise.
    pub indices: MemoryNeed,
    /// Workspace of a training pass, forward or backward.
    pub training: MemoryNeed,
}

impl MemoryNeeds {
    /// No memory at all.
    pub const NONE: Self = Self {
        inference: MemoryNeed::NONE,
        saved: MemoryNeed::NONE,
        indices: MemoryNeed::NONE,
        training: MemoryNeed::NONE,
    };
}
