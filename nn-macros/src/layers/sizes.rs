//! Parts that several layers share: maps, windows, bounds, and printing dimensions.

use std::fmt::Debug;

use nn_sizes::{Axis, Rows, Window, WindowError, same_pad};
use proc_macro2::TokenStream;

use super::{Problem, Shape};

/// No tensor has more numbers than this, so that sizes can be multiplied without a thought.
pub const LIMIT: usize = 1 << 40;

/// No layer costs more multiply–adds than this for one sample.
const COST_LIMIT: usize = 1 << 48;

/// Count of a shape's numbers; `None` above [`LIMIT`].
pub fn length(shape: &[usize]) -> Option<usize> {
    product(shape, LIMIT)
}

fn product(factors: &[usize], limit: usize) -> Option<usize> {
    let product = factors.iter().try_fold(1usize, |product, factor| product.checked_mul(*factor))?;
    (product <= limit).then_some(product)
}

/// Refuses weights that are too many, or too many multiply–adds: each weight is used at `positions` places.
pub fn check_weights(weights: &[usize], positions: usize) -> Result<(), Problem> {
    let cost = product(weights, LIMIT).and_then(|weights| product(&[weights, positions], COST_LIMIT));
    match cost {
        Some(_) => Ok(()),
        None => Err(Problem::new("is too large to compute").help("make its input or its output smaller")),
    }
}

/// The input as a map, `[channels, height, width]`.
pub fn map(input: &Shape) -> Result<[usize; 3], Problem> {
    match input[..] {
        [channels, _, length] if input.is_line => {
            let message = format!("needs a map [channels, height, width], but its input here is {input:?}");
            Err(Problem::new(message).help(format!("`reshape([{channels}, 1, {length}])` makes one of it")))
        }
        [channels, height, width] => Ok([channels, height, width]),
        _ => {
            let message = format!("needs a map [channels, height, width], but its input here is {input:?}");
            Err(Problem::new(message).help(match input[..] {
                [_, channels, height, width] => format!(
                    "a shape is that of one sample, whatever the batch: `[{channels}, {height}, {width}]`; if there is no batch in it, `reshape`"
                ),
                [height, width] => format!("a map of one channel is `[1, {height}, {width}]`: write that, or `reshape` to it"),
                _ => "`reshape([channels, height, width])` makes a map of a row".to_owned(),
            }))
        }
    }
}

/// The input as a map, which `[channels, length]` is too: one pixel high.
pub fn map_or_line(input: &Shape) -> Result<[usize; 3], Problem> {
    match input.as_map() {
        line if line.is_line => Ok([line[0], 1, line[2]]),
        input => map(&input),
    }
}

/// Refuses two numbers where one is meant.
pub fn check_along(input: &Shape, windows: [Window; 2], pad: &Padding) -> Result<(), Problem> {
    let is_single = windows[0] == windows[1] && !matches!(pad, Padding::Given([down, right]) if down != right);
    if !input.is_line || is_single {
        return Ok(());
    }
    let message = format!("takes single numbers along [channels, length], but its input here is {input:?}");
    Err(Problem::new(message)
        .help(format!("for a map one pixel high write `reshape([{}, 1, {}])`", input[0], input[2])))
}

/// The dimensions of kernels: a map with its channels last, and anything else as one row.
pub fn rows(shape: &[usize]) -> Rows {
    match *shape {
        [channels, height, width] => Rows { rows: height * width, len: channels },
        _ => Rows { rows: 1, len: shape.iter().product() },
    }
}

/// Positions and the numbers of each: the channels of a map's pixel, the features of a sequence's step, else all numbers.
pub fn positions(shape: &[usize]) -> Rows {
    match *shape {
        [steps, features] => Rows { rows: steps, len: features },
        _ => rows(shape),
    }
}

/// The dimensions of operations that work on the last axis: channels of a map, else the last axis.
pub fn last_axis(shape: &[usize]) -> Rows {
    match *shape {
        [channels, height, width] => Rows { rows: height * width, len: channels },
        [ref rest @ .., last] => Rows { rows: rest.iter().product(), len: last },
        [] => Rows { rows: 1, len: 1 },
    }
}

/// `[height, width, channels]` of a map; only for shapes that [`map`] accepted.
pub fn channels_last(shape: &[usize]) -> [usize; 3] {
    match *shape {
        [channels, height, width] => [height, width, channels],
        _ => [1, 1, shape.iter().product()],
    }
}

/// The file's axes of the numbers of a sample, whose neighbours lie `step` apart in the block: the file has them
/// channels first, the block channels last.
pub fn sample_axes(shape: &[usize], step: usize) -> Vec<Axis> {
    let Rows { rows, len } = rows(shape);
    if rows == 1 || len == 1 {
        return vec![Axis { len: rows * len, stride: step }];
    }
    vec![Axis { len, stride: step }, Axis { len: rows, stride: len * step }]
}

/// `[height, width]` of what two windows, down and right, make of a map. `help` is what to do if they do not fit.
pub fn windows(help: &str, input: &Shape, windows: [Window; 2]) -> Result<[usize; 2], Problem> {
    let [channels, height, width] = map_or_line(input)?;
    let padded = [0, 1].map(|i| pads(&windows[i]).saturating_add([height, width][i]));
    if product(&[channels, padded[0], padded[1]], LIMIT).is_none() {
        return Err(Problem::new("is too large to compute with its padding").help("pad less"));
    }
    match (windows[0].output(height), windows[1].output(width)) {
        (Ok(height), Ok(width)) => Ok([height, width]),
        (Err(WindowError::TooLarge { .. }), _) | (_, Err(WindowError::TooLarge { .. })) => {
            Err(too_large(help, input, windows))
        }
        _ => Err(Problem::new(format!("has no size over its input {input:?}"))),
    }
}

fn too_large(help: &str, input: &Shape, windows: [Window; 2]) -> Problem {
    let [down, right] = windows.map(|window| window.span().unwrap_or(usize::MAX).saturating_sub(pads(&window)));
    let padded = if windows.iter().any(|window| pads(window) > 0) { " before padding" } else { "" };
    let least =
        if input.is_line { format!("length of at least {right}") } else { format!("map of at least {down}×{right}") };
    let message = format!("needs a {least}{padded}, but its input here is {input:?}");
    match input[..] {
        // Fewer pixels in a row than any picture has, and a channel for each line of it.
        [height, width, channels] if !input.is_line && channels <= 4 && width > 4 => {
            Problem::new(message).help(format!("channels stand first: `[{channels}, {height}, {width}]`"))
        }
        _ => Problem::new(message).help(help),
    }
}

/// The padding at both ends of an axis.
fn pads(window: &Window) -> usize {
    window.pad[0].saturating_add(window.pad[1])
}

/// How a map is padded before a window slides over it.
#[derive(Clone, Copy, Debug)]
pub enum Padding {
    /// So that the output is the input divided by the stride, rounded up.
    Same,
    /// By so much `[[above, below], [left, right]]`.
    Given([[usize; 2]; 2]),
}

impl Padding {
    /// The windows, which have no padding yet, with theirs over this map. There is nothing to see across a line.
    pub fn of(&self, windows: [Window; 2], map: &Shape) -> [Window; 2] {
        let sizes = channels_last(map);
        [0, 1].map(|axis| match self {
            _ if axis == 0 && map.is_line => Window::new(1, 1),
            // Without a padding the window has no output either, which is a mistake then.
            Self::Same => Window { pad: same_pad(&windows[axis], sizes[axis]).unwrap_or([0, 0]), ..windows[axis] },
            Self::Given(pads) => Window { pad: pads[axis], ..windows[axis] },
        })
    }
}

/// The tokens of dimensions, which print as the expression that makes them.
pub fn tokens(dimensions: &impl Debug) -> TokenStream {
    format!("{dimensions:?}").parse().unwrap_or_default()
}
