//! Pooling.

use std::rc::Rc;

use nn_sizes::{AveragePool, MaxPool, SpreadAveragePool, SpreadMaxPool, SpreadPool, Taps, Window};

use super::sizes::{Padding, channels_last, check_along, length, map_or_line, tokens, windows};
use super::{Arguments, Description, Fused, Fusible, Layer, Operation, Problem, Runs, Shape};

/// `pool(kernel, stride = kernel, pad = 0, dilation = 1, ceil = false)`, `avg_pool` likewise with `count_pad = true` in place of the
/// dilation, and those whose windows follow from the output: `adaptive_pool(size)`, `global_avg_pool` and their like; over maps or along
/// `[channels, length]`.
pub const LAYERS: &[Description] = &[
    Description { names: &["pool", "max_pool"], build: |arguments| Rc::new(Pool::max(arguments)) },
    Description { names: &["avg_pool"], build: |arguments| Rc::new(Pool::average(arguments)) },
    Description { names: &["adaptive_pool", "adaptive_max_pool"], build: |arguments| adaptive(arguments, Reduce::Max) },
    Description { names: &["adaptive_avg_pool"], build: |arguments| adaptive(arguments, AVERAGE) },
    Description { names: &["global_pool", "global_max_pool"], build: |_| Rc::new(GlobalPool(Reduce::Max)) },
    Description { names: &["global_avg_pool"], build: |_| Rc::new(GlobalPool(AVERAGE)) },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reduce {
    Max,
    Average { count_pad: bool },
}

/// Where there is no padding.
const AVERAGE: Reduce = Reduce::Average { count_pad: true };

#[derive(Debug)]
struct Pool {
    reduce: Reduce,
    windows: [Window; 2],
    pad: Padding,
}

impl Pool {
    fn max(arguments: &mut Arguments) -> Self {
        let (windows, pad) = Self::windows_of(arguments);
        let dilation = arguments.pair_or("dilation", [1, 1], "1");
        let ceil = arguments.flag_or("ceil", false);
        let windows = [0, 1].map(|i| Window { dilation: dilation[i], ceil, ..windows[i] });
        Self { reduce: Reduce::Max, windows, pad }.checked(arguments)
    }

    fn average(arguments: &mut Arguments) -> Self {
        let (windows, pad) = Self::windows_of(arguments);
        let ceil = arguments.flag_or("ceil", false);
        let count_pad = arguments.flag_or("count_pad", true);
        let windows = windows.map(|window| Window { ceil, ..window });
        Self { reduce: Reduce::Average { count_pad }, windows, pad }.checked(arguments)
    }

    fn windows_of(arguments: &mut Arguments) -> ([Window; 2], Padding) {
        let kernel = arguments.pair("kernel");
        let stride = arguments.pair_or("stride", kernel, "kernel");
        ([0, 1].map(|i| Window::new(kernel[i], stride[i])), arguments.window_padding("pad"))
    }

    fn checked(self, arguments: &mut Arguments) -> Self {
        let half = |i: usize| self.windows[i].span().unwrap_or(1) / 2;
        if matches!(self.pad, Padding::Given(pads) if (0..2).any(|i| pads[i].iter().any(|&pad| pad > half(i)))) {
            let message = "`pad` of a pool is at most half its kernel".to_owned();
            arguments.wrong("pad", message, "a window in the padding alone would see nothing");
        }
        self
    }

    /// The windows over a map.
    fn windows(&self, map: &Shape) -> [Window; 2] {
        self.pad.of(self.windows, map)
    }

    fn is_dilated(&self) -> bool {
        self.windows.iter().any(|window| window.dilation > 1)
    }

    /// Only for shapes that `output` accepted.
    fn dimensions(&self, inputs: &[Shape]) -> nn_sizes::Pool {
        let map = inputs[0].as_map();
        let (input, windows) = (channels_last(&map), self.windows(&map));
        let [height, width] = [0, 1].map(|i| windows[i].output(input[i]).unwrap_or(1));
        nn_sizes::Pool {
            input,
            output: [height, width, input[2]],
            kernel: windows.map(|window| window.kernel),
            stride: windows.map(|window| window.stride),
            pad: windows.map(|window| window.pad[0]),
        }
    }

    /// The part of each axis whose positions count in an average.
    fn counted(&self, inputs: &[Shape], count_pad: bool) -> [[usize; 2]; 2] {
        let map = inputs[0].as_map();
        let (input, windows) = (channels_last(&map), self.windows(&map));
        [0, 1].map(|i| {
            let [before, after] = windows[i].pad;
            if count_pad { [0, before + input[i] + after] } else { [before, before + input[i]] }
        })
    }

    fn taps(&self, inputs: &[Shape]) -> [Taps; 2] {
        self.windows(&inputs[0].as_map()).map(|Window { kernel, stride, pad: [pad, _], dilation, .. }| Taps::Dilated {
            kernel,
            stride,
            pad,
            dilation,
        })
    }
}

impl Layer for Pool {
    fn name(&self) -> &'static str {
        match self.reduce {
            Reduce::Max => "pool",
            Reduce::Average { .. } => "avg_pool",
        }
    }

    fn takes_map(&self) -> bool {
        true
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, tall, wide] = map_or_line(&inputs[0])?;
        let input = inputs[0].as_map();
        check_along(&input, self.windows, &self.pad)?;
        let seen @ [down, right] = self.windows(&input);
        let [height, width] = windows("leave out this pool, or pad an earlier layer", &input, seen)?;
        let [down, right] = [down.dilation, right.dilation];
        if self.is_dilated() && (down > tall || right > wide) {
            let message = format!("needs a map of at least {down}×{right}, but its input here is {:?}", inputs[0]);
            return Err(Problem::new(message).help("with less dilation every window has a tap on the map"));
        }
        Ok(input.with_sizes(vec![channels, height, width]))
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let pool = self.dimensions(inputs);
        match self.reduce {
            Reduce::Max if self.is_dilated() => spread(Reduce::Max, pool.input, pool.output, self.taps(inputs)),
            Reduce::Max => max(pool),
            Reduce::Average { count_pad } => average(AveragePool { pool, counted: self.counted(inputs, count_pad) }),
        }
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn fusible(&self, inputs: &[Shape]) -> Option<Fusible> {
        (self.reduce == Reduce::Max && !self.is_dilated()).then(|| Fusible::MaxPool(self.dimensions(inputs)))
    }
}

fn max(pool: nn_sizes::Pool) -> Operation {
    let indices = pool.output.iter().product();
    Operation { indices, ..Operation::new(tokens(&MaxPool { pool }), Runs::Sample) }
}

fn average(pool: AveragePool) -> Operation {
    Operation::new(tokens(&pool), Runs::Sample)
}

fn spread(reduce: Reduce, input: [usize; 3], output: [usize; 3], axes: [Taps; 2]) -> Operation {
    let pool = SpreadPool { input, output, axes };
    match reduce {
        Reduce::Max => Operation {
            indices: output.iter().product(),
            ..Operation::new(tokens(&SpreadMaxPool { pool }), Runs::Sample)
        },
        Reduce::Average { .. } => Operation::new(tokens(&SpreadAveragePool { pool }), Runs::Sample),
    }
}

/// Pooling to a map of so many pixels, whatever its input: over equal parts of it where they are whole.
fn parts(reduce: Reduce, input: [usize; 3], [height, width]: [usize; 2]) -> Operation {
    let output = [height, width, input[2]];
    let kernel = [input[0] / height, input[1] / width];
    let pool = nn_sizes::Pool { input, output, kernel, stride: kernel, pad: [0, 0] };
    match reduce {
        _ if !(input[0].is_multiple_of(height) && input[1].is_multiple_of(width)) => {
            spread(reduce, input, output, [Taps::Parts(height), Taps::Parts(width)])
        }
        Reduce::Max => max(pool),
        Reduce::Average { .. } => average(AveragePool::new(pool)),
    }
}

fn adaptive(arguments: &mut Arguments, reduce: Reduce) -> Rc<dyn Layer> {
    Rc::new(AdaptivePool { reduce, size: arguments.pair("size") })
}

/// Pooling to a map of one size: PyTorch's `AdaptiveAvgPool2d` and `AdaptiveMaxPool2d`.
#[derive(Debug)]
struct AdaptivePool {
    reduce: Reduce,
    size: [usize; 2],
}

impl AdaptivePool {
    /// Of a line the size along it.
    fn size(&self, map: &Shape) -> [usize; 2] {
        if map.is_line { [1, self.size[1]] } else { self.size }
    }
}

impl Layer for AdaptivePool {
    fn name(&self) -> &'static str {
        match self.reduce {
            Reduce::Max => "adaptive_pool",
            Reduce::Average { .. } => "adaptive_avg_pool",
        }
    }

    fn takes_map(&self) -> bool {
        true
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, height, width] = map_or_line(&inputs[0])?;
        let input = inputs[0].as_map();
        let size @ [tall, wide] = self.size(&input);
        let too_large = [&[channels, tall, wide], &[2, height, tall], &[2, width, wide]].map(|sizes| length(sizes));
        if too_large.contains(&None) {
            let message = format!("makes a map of {size:?} pixels, which is too large to compute");
            return Err(Problem::new(message).help("make it smaller"));
        }
        Ok(input.with_sizes(vec![channels, tall, wide]))
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let map = inputs[0].as_map();
        parts(self.reduce, channels_last(&map), self.size(&map))
    }

    fn looks_through(&self) -> bool {
        true
    }
}

/// The average, or the largest number, of each channel as a row: PyTorch's `AdaptiveAvgPool2d(1)` and the `Flatten` after it.
#[derive(Debug)]
struct GlobalPool(Reduce);

impl Layer for GlobalPool {
    fn name(&self) -> &'static str {
        match self.0 {
            Reduce::Max => "global_pool",
            Reduce::Average { .. } => "global_avg_pool",
        }
    }

    fn takes_map(&self) -> bool {
        true
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        map_or_line(&inputs[0]).map(|[channels, ..]| vec![channels].into())
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        parts(self.0, channels_last(&inputs[0].as_map()), [1, 1])
    }
}
