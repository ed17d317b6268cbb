//! What changes a tensor's shape: the compiler checks that the shapes fit.

use super::Tensor;
use crate::Real;
use crate::shape::{Elements, Join, Joined, Length, Same, Shape, Size};
use core::marker::PhantomData;

impl<S: Elements, T: Real> Tensor<S, T> {
    /// The same numbers under another shape of as many numbers.
    ///
    /// ```
    /// use nn_core::{Tensor, shape};
    ///
    /// let row = Tensor::<shape![6]>::from([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// let matrix = row.reshape::<shape![2, 3]>();
    /// assert_eq!(matrix[[1, 0]], 4.0);
    /// ```
    pub fn reshape<R>(self) -> Tensor<R, T>
    where
        R: Elements<Length: Same<Length<S>>>,
    {
        Tensor { numbers: R::of_reals(S::into_reals(self.numbers)), shape: PhantomData }
    }

    /// The same numbers in one row.
    ///
    /// ```
    /// use nn_core::{Tensor, shape};
    ///
    /// let row: Tensor<shape![75264]> = Tensor::<shape![3, 112, 224]>::zeros().flatten();
    /// ```
    pub fn flatten(self) -> Tensor<(Length<S>,), T> {
        Tensor { numbers: S::into_reals(self.numbers), shape: PhantomData }
    }
}

impl<S: Shape, T: Real> Tensor<S, T> {
    /// This tensor and then `other`, along the first axis.
    ///
    /// ```
    /// use nn_core::{Tensor, shape};
    ///
    /// let above = Tensor::<shape![1, 2]>::from([[1.0, 2.0]]);
    /// let below = Tensor::<shape![2, 2]>::from([[3.0, 4.0], [5.0, 6.0]]);
    /// let both: Tensor<shape![3, 2]> = above.concat(&below);
    /// assert_eq!(both.as_array(), &[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// ```
    pub fn concat<O: Shape>(&self, other: &Tensor<O, T>) -> Tensor<Joined<S, O>, T>
    where
        S: Join<O>,
    {
        let mut joined = Tensor::<Joined<S, O>, T>::zeros();
        let (first, second) = Joined::<S, O>::reals_mut(joined.as_mut_slice()).split_at_mut(S::LEN);
        first.copy_from_slice(S::numbers(self.as_slice()).reals());
        second.copy_from_slice(O::numbers(other.as_slice()).reals());
        joined
    }
}

impl<A: Size, B: Size, T: Real> Tensor<(A, B), T> {
    /// The matrix product, summed in double precision.
    ///
    /// A plain loop for tests and small work; networks use the kernels.
    ///
    /// ```
    /// use nn_core::{Tensor, shape};
    ///
    /// let a = Tensor::<shape![1, 2]>::from([[1.0, 2.0]]);
    /// let b = Tensor::<shape![2, 3]>::from([[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]]);
    /// let product: Tensor<shape![1, 3]> = a.matmul(&b);
    /// assert_eq!(product.as_array(), &[[1.0, 2.0, 8.0]]);
    /// ```
    pub fn matmul<C: Size>(&self, other: &Tensor<(B, C), T>) -> Tensor<(A, C), T> {
        let (a, b) = (self.as_slice(), other.as_slice());
        Tensor::from_fn(|i| {
            let (row, column) = (i / C::VALUE, i % C::VALUE);
            let term = |k: usize| a[row * B::VALUE + k].to_f64() * b[k * C::VALUE + column].to_f64();
            T::from_f64((0..B::VALUE).map(term).sum())
        })
    }

    /// The matrix with rows and columns exchanged.
    ///
    /// ```
    /// use nn_core::{Tensor, shape};
    ///
    /// let matrix = Tensor::<shape![2, 3]>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(matrix.transpose().as_array(), &[[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
    /// ```
    pub fn transpose(&self) -> Tensor<(B, A), T> {
        Tensor::from_fn(|i| self.as_slice()[i % A::VALUE * B::VALUE + i / A::VALUE])
    }
}
