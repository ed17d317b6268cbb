//! Tensors and batches from nested arrays, and tensors as such, for sizes below a thousand (a larger array belongs on no stack; slices do that).

use super::Tensor;
use crate::shape::N;
use crate::{Batch, Real};

/// For one rank: the nested array type, how it becomes flat, how a slice becomes it.
macro_rules! arrays {
    ($array:ty, $shape:ty, $($size:ident),+; $($flatten:ident)*; $($chunk:ident)*) => {
        impl<T: Real, $(const $size: usize),+> From<&$array> for Tensor<$shape, T> {
            fn from(array: &$array) -> Self {
                let mut tensor = Self::zeros();
                tensor.as_mut_slice().copy_from_slice(array$(.$flatten())*);
                tensor
            }
        }

        impl<T: Real, $(const $size: usize),+> From<$array> for Tensor<$shape, T> {
            fn from(array: $array) -> Self {
                Self::from(&array)
            }
        }

        impl<T: Real, const SAMPLES: usize, $(const $size: usize),+> From<[$array; SAMPLES]> for Batch<$shape, T> {
            fn from(samples: [$array; SAMPLES]) -> Self {
                let mut batch = Self::zeros(SAMPLES);
                for (place, sample) in batch.iter_mut().zip(&samples) {
                    place.copy_from_slice(sample$(.$flatten())*);
                }
                batch
            }
        }

        impl<T: Real, $(const $size: usize),+> Tensor<$shape, T> {
            /// The numbers as nested arrays, for shapes whose sizes are all below a thousand.
            ///
            /// ```
            /// use nn_core::{Tensor, shape};
            ///
            /// let matrix = Tensor::<shape![2, 3]>::from_fn(|i| i as f32);
            /// assert_eq!(matrix.as_array(), &[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]);
            /// ```
            pub fn as_array(&self) -> &$array {
                let numbers = self.as_slice();
                $(let (numbers, _) = numbers.as_chunks::<$chunk>();)*
                numbers.try_into().expect("a tensor has the numbers of its shape")
            }
        }
    };
}

arrays!([T; A], (N<A>,), A; as_slice;);
arrays!([[T; B]; A], (N<A>, N<B>), A, B; as_flattened; B);
arrays!([[[T; C]; B]; A], (N<A>, N<B>, N<C>), A, B, C; as_flattened as_flattened; C B);
arrays!([[[[T; D]; C]; B]; A], (N<A>, N<B>, N<C>, N<D>), A, B, C, D; as_flattened as_flattened as_flattened; D C B);
