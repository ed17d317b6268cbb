//! What a detector does around its network.
//!
//! - [`Rect`] is a box: [intersection over union](Rect::iou), the [generalised](Rect::giou) form, [clipping](Rect::clipped), and the
//!   four numbers by which a network [moves an anchor](Rect::encode).
//! - [`suppress`] leaves one of many boxes around the same thing, [`soften`] lowers the scores of the others. Both work in the memory
//!   of the list, without a heap.
//! - With the feature `std`: `anchors` over a map and their `marks`, the `hardest` of the negatives, `proposals` from sliding windows
//!   or by `SelectiveSearch`, and `average_precision` as COCO defines it.
//!
//! ```
//! use nn_boxes::{Among, Detection, Rect, suppress};
//!
//! let found = |left, score| Ok::<_, nn_boxes::RectError>(Detection { rect: Rect::new([left, 0.0, left + 10.0, 10.0])?, class: 3, score });
//! let mut list = [found(0.0, 0.6)?, found(1.0, 0.9)?, found(20.0, 0.7)?];
//! let kept = suppress(&mut list, 0.5, Among::Class);
//! assert_eq!(list[..kept].iter().map(|found| found.score).collect::<Vec<_>>(), [0.9, 0.7]);
//! # Ok::<(), nn_boxes::RectError>(())
//! ```
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
mod anchors;
#[cfg(feature = "std")]
mod precision;
#[cfg(feature = "std")]
mod proposals;
mod rect;
#[cfg(feature = "std")]
mod selective;
mod suppression;

#[cfg(feature = "std")]
pub use anchors::{Mark, anchors, hardest, marks};
#[cfg(feature = "std")]
pub use precision::{COCO, Truth, average_precision, mean_average_precision};
#[cfg(feature = "std")]
pub use proposals::{Windows, proposals};
pub use rect::{Rect, RectError};
#[cfg(feature = "std")]
pub use selective::SelectiveSearch;
pub use suppression::{Among, Decay, Detection, soften, suppress};
