//! The targets of a network's outputs, beside its inputs.

use crate::Error;

/// Targets for all samples: a vector, a slice or an array with as many for each sample; or a tuple of such, one for each output of
/// a network.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are no targets",
    note = "give `&labels` or `&values`, a vector, slice or array; for several outputs a tuple of them"
)]
pub trait Targets: Sync {
    /// Those of a mini-batch: a vector, or a tuple of them.
    type Gathered: Default + Send + Sync;

    /// Fails unless there are as many for each of so many samples.
    ///
    /// # Errors
    ///
    /// When there are not.
    fn check(&self, what: &str, samples: usize) -> Result<(), Error>;

    /// Count of targets of each sample, for each list.
    fn per_sample(&self, samples: usize) -> Vec<usize>;

    /// Writes those of the samples with these indices.
    ///
    /// # Panics
    ///
    /// When an index is out of range.
    fn gather(&self, indices: &[usize], samples: usize, targets: &mut Self::Gathered);
}

impl<Y: Copy + Send + Sync> Targets for &[Y] {
    type Gathered = Vec<Y>;

    fn check(&self, what: &str, samples: usize) -> Result<(), Error> {
        if samples > 0 && !self.is_empty() && self.len().is_multiple_of(samples) {
            return Ok(());
        }
        Err(Error::size(format!("targets of {what}"), format!("a multiple of its {samples} samples"), self.len()))
    }

    fn per_sample(&self, samples: usize) -> Vec<usize> {
        vec![self.len() / samples]
    }

    fn gather(&self, indices: &[usize], samples: usize, targets: &mut Vec<Y>) {
        let each = self.len() / samples;
        targets.clear();
        indices.iter().for_each(|index| targets.extend_from_slice(&self[index * each..][..each]));
    }
}

/// By the slice of it.
macro_rules! as_slice {
    ($list:ty $(, $count:ident)?) => {
        impl<Y: Copy + Send + Sync $(, const $count: usize)?> Targets for &$list {
            type Gathered = Vec<Y>;

            fn check(&self, what: &str, samples: usize) -> Result<(), Error> {
                self.as_slice().check(what, samples)
            }

            fn per_sample(&self, samples: usize) -> Vec<usize> {
                self.as_slice().per_sample(samples)
            }

            fn gather(&self, indices: &[usize], samples: usize, targets: &mut Vec<Y>) {
                self.as_slice().gather(indices, samples, targets);
            }
        }
    };
}

as_slice!(Vec<Y>);
as_slice!([Y; N], N);

macro_rules! several {
    ($($list:ident $place:tt),+) => {
        impl<$($list: Targets),+> Targets for ($($list,)+) {
            type Gathered = ($($list::Gathered,)+);

            fn check(&self, what: &str, samples: usize) -> Result<(), Error> {
                $(self.$place.check(&format!("output {} of {what}", $place), samples)?;)+
                Ok(())
            }

            fn per_sample(&self, samples: usize) -> Vec<usize> {
                [$(self.$place.per_sample(samples)),+].concat()
            }

            fn gather(&self, indices: &[usize], samples: usize, targets: &mut Self::Gathered) {
                $(self.$place.gather(indices, samples, &mut targets.$place);)+
            }
        }
    };
}

several!(A 0, B 1);
several!(A 0, B 1, C 2);
several!(A 0, B 1, C 2, D 3);
several!(A 0, B 1, C 2, D 3, E 4);
several!(A 0, B 1, C 2, D 3, E 4, F 5);
several!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
several!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
