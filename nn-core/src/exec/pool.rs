//! Memory that groups of samples borrow and give back.

use core::mem;

use super::Pieces;
use crate::base::memory::split_mut;
use nn_sizes::GROUPS;

/// Pieces of one buffer. One that was given back is taken again before another is begun, so that no more memory is touched
/// than groups run at the same time, and what is touched stays cached.
pub struct Pool<'a, T> {
    len: usize,
    stock: Shared<Stock<'a, T>>,
}

struct Stock<'a, T> {
    returned: [Option<&'a mut [T]>; GROUPS],
    untouched: &'a mut [T],
}

impl<T> Default for Stock<'_, T> {
    fn default() -> Self {
        Self { returned: [const { None }; GROUPS], untouched: &mut [] }
    }
}

impl<'a, T> Pool<'a, T> {
    /// At most [`GROUPS`] pieces may be taken at a time.
    pub fn new(pieces: Pieces<'a, T>) -> Self {
        let stock = Stock { untouched: pieces.buffer, ..Stock::default() };
        Self { len: pieces.len, stock: Shared::new(stock) }
    }

    /// A piece, of any content.
    pub fn take(&self) -> &'a mut [T] {
        if self.len == 0 {
            return &mut [];
        }
        self.stock.with(|stock| {
            let returned = stock.returned.iter_mut().find_map(Option::take);
            returned.unwrap_or_else(|| {
                let (piece, rest) = split_mut(mem::take(&mut stock.untouched), self.len);
                stock.untouched = rest;
                piece
            })
        })
    }

    /// Takes a piece back.
    pub fn give(&self, piece: &'a mut [T]) {
        if self.len == 0 {
            return;
        }
        self.stock.with(|stock| {
            if let Some(place) = stock.returned.iter_mut().find(|place| place.is_none()) {
                *place = Some(piece);
            }
        });
    }
}

/// A value that threads change in turn.
#[cfg(feature = "parallel")]
struct Shared<S>(std::sync::Mutex<S>);

#[cfg(feature = "parallel")]
impl<S> Shared<S> {
    fn new(value: S) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    fn with<R>(&self, action: impl FnOnce(&mut S) -> R) -> R {
        action(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// A value for the only thread.
#[cfg(not(feature = "parallel"))]
struct Shared<S>(core::cell::Cell<S>);

#[cfg(not(feature = "parallel"))]
impl<S: Default> Shared<S> {
    fn new(value: S) -> Self {
        Self(core::cell::Cell::new(value))
    }

    fn with<R>(&self, action: impl FnOnce(&mut S) -> R) -> R {
        let mut value = self.0.take();
        let result = action(&mut value);
        self.0.set(value);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_taken_again() {
        let mut buffer: Vec<usize> = (0..30).collect();
        let pool = Pool::new(Pieces::new(&mut buffer, 10));
        let (first, second) = (pool.take(), pool.take());
        assert_eq!((first[0], second[0], second.len()), (0, 10, 10));
        pool.give(second);
        assert_eq!(pool.take()[0], 10);
        assert_eq!(pool.take()[0], 20);
        pool.give(first);
        assert_eq!(pool.take()[0], 0);
    }

    #[test]
    fn pieces_of_nothing_are_always_there() {
        let pool = Pool::<f32>::new(Pieces::new(&mut [], 0));
        for _ in 0..=GROUPS {
            assert!(pool.take().is_empty());
        }
    }
}
