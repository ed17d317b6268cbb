//! Pooling.

use std::rc::Rc;

use nn_sizes::Window;

use super::sizes::{channels_last, check_along, map_or_line, tokens, windows};
use super::{Arguments, Description, Fused, Fusible, Layer, Operation, Problem, Runs, Shape};

/// `pool(kernel, stride = kernel, pad = 0, ceil = false)`, `avg_pool` likewise, and `global_avg_pool`, over maps or along
/// `[channels, length]`.
pub const LAYERS: &[Description] = &[
    Description { names: &["pool", "max_pool"], build: |arguments| Rc::new(Pool::read(arguments, Reduce::Max)) },
    Description { names: &["avg_pool"], build: |arguments| Rc::new(Pool::read(arguments, Reduce::Average)) },
    Description { names: &["global_avg_pool"], build: |_| Rc::new(GlobalAveragePool) },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reduce {
    Max,
    Average,
}

#[derive(Debug)]
struct Pool {
    reduce: Reduce,
    windows: [Window; 2],
}

impl Pool {
    fn read(arguments: &mut Arguments, reduce: Reduce) -> Self {
        let kernel = arguments.pair("kernel");
        let stride = arguments.pair_or("stride", kernel, "kernel");
        let pad = arguments.padding("pad");
        let ceil = arguments.flag_or("ceil", false);
        if pad[0] > kernel[0] / 2 || pad[1] > kernel[1] / 2 {
            let message = "`pad` of a pool is at most half its kernel".to_owned();
            arguments.wrong("pad", message, "a window in the padding alone would see nothing");
        }
        let window = |i: usize| Window { kernel: kernel[i], stride: stride[i], pad: pad[i], dilation: 1, ceil };
        Self { reduce, windows: [window(0), window(1)] }
    }

    /// The windows down and right: of a line that alone which goes along it.
    fn windows(&self, input: &Shape) -> [Window; 2] {
        let across = Window { kernel: 1, stride: 1, pad: 0, ..self.windows[0] };
        if input.is_line { [across, self.windows[1]] } else { self.windows }
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
            pad: windows.map(|window| window.pad),
        }
    }
}

impl Layer for Pool {
    fn name(&self) -> &'static str {
        match self.reduce {
            Reduce::Max => "pool",
            Reduce::Average => "avg_pool",
        }
    }

    fn takes_map(&self) -> bool {
        true
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, ..] = map_or_line(&inputs[0])?;
        let input = inputs[0].as_map();
        let told = |of: fn(&Window) -> usize| self.windows.each_ref().map(of);
        check_along(&input, &[told(|window| window.kernel), told(|window| window.stride), told(|window| window.pad)])?;
        let help = "leave out this pool, or pad an earlier layer";
        let [height, width] = windows(help, &input, self.windows(&input))?;
        Ok(input.with_sizes(vec![channels, height, width]))
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let pool = self.dimensions(inputs);
        match self.reduce {
            Reduce::Max => Operation {
                indices: pool.output.iter().product(),
                ..Operation::new(tokens(&nn_sizes::MaxPool { pool }), Runs::Sample)
            },
            Reduce::Average => Operation::new(tokens(&nn_sizes::AveragePool { pool }), Runs::Sample),
        }
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn fusible(&self, inputs: &[Shape]) -> Option<Fusible> {
        (self.reduce == Reduce::Max).then(|| Fusible::MaxPool(self.dimensions(inputs)))
    }
}

/// The average of each channel, as a row: PyTorch's `AdaptiveAvgPool2d(1)` and the `Flatten` after it.
#[derive(Debug)]
struct GlobalAveragePool;

impl Layer for GlobalAveragePool {
    fn name(&self) -> &'static str {
        "global_avg_pool"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        map_or_line(&inputs[0]).map(|[channels, ..]| vec![channels].into())
    }

    fn takes_map(&self) -> bool {
        true
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let input @ [height, width, channels] = channels_last(&inputs[0].as_map());
        let pool = nn_sizes::Pool {
            input,
            output: [1, 1, channels],
            kernel: [height, width],
            stride: [height, width],
            pad: [0, 0],
        };
        Operation::new(tokens(&nn_sizes::AveragePool { pool }), Runs::Sample)
    }
}
