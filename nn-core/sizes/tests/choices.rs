//! Which algorithm computes which convolution: the table of `docs/choosing.md` is what the functions say.

use nn_sizes::{
    Activation, Conv, ConvAlgorithm, ConvPool, ConvPoolAlgorithm, InputGradientAlgorithm, Pool,
    PooledWeightGradientAlgorithm, WeightGradientAlgorithm, Window,
};

/// What is known before a program runs cannot depend on the machine that it runs on: the choices are constants.
const CHOSEN_BY_THE_COMPILER: [bool; 3] = {
    let d = Conv {
        input: [28, 28, 16],
        output: [28, 28, 16],
        kernel: [3, 3],
        stride: [1, 1],
        pad: [1, 1],
        dilation: [1, 1],
        groups: 1,
        bias: true,
        activation: Activation::Identity,
    };
    [
        matches!(d.algorithm(), ConvAlgorithm::Winograd),
        matches!(d.input_gradient_algorithm(), InputGradientAlgorithm::Winograd),
        matches!(d.weight_gradient_algorithm(), WeightGradientAlgorithm::Winograd),
    ]
};

/// A convolution of the table, and the window and stride of the max pooling after it, if there is one.
#[derive(Clone, Copy)]
struct Row {
    conv: Conv,
    pool: Option<[usize; 2]>,
}

/// A square kernel; the other sizes are as they are when they are not given.
fn row(input: [usize; 3], outputs: usize, kernel: usize) -> Row {
    let conv = Conv {
        input,
        output: [0, 0, outputs],
        kernel: [kernel; 2],
        stride: [1; 2],
        pad: [0; 2],
        dilation: [1; 2],
        groups: 1,
        bias: true,
        activation: Activation::Identity,
    };
    Row { conv, pool: None }
}

impl Row {
    fn stride(mut self, stride: usize) -> Self {
        self.conv.stride = [stride; 2];
        self
    }

    fn pad(mut self, pad: usize) -> Self {
        self.conv.pad = [pad; 2];
        self
    }

    fn dilation(mut self, dilation: usize) -> Self {
        self.conv.dilation = [dilation; 2];
        self
    }

    fn groups(mut self, groups: usize) -> Self {
        self.conv.groups = groups;
        self
    }

    fn pool(self, kernel: usize, stride: usize) -> Self {
        Self { pool: Some([kernel, stride]), ..self }
    }

    /// As a line of the table.
    fn line(self) -> String {
        let Row { mut conv, pool } = self;
        for axis in 0..2 {
            let window = Window { pad: [conv.pad[axis]; 2], ..Window::new(conv.kernel[axis], conv.stride[axis]) };
            let window = Window { dilation: conv.dilation[axis], ..window };
            conv.output[axis] = window.output(conv.input[axis]).expect("a window that fits");
        }
        let Conv { input, output, kernel: [kernel, _], stride: [stride, _], .. } = conv;
        let mut text = format!("{kernel}×{kernel}, {input:?} → {}", output[2]);
        let others = [("stride", stride, 1), ("pad", conv.pad[0], 0), ("dilation", conv.dilation[0], 1)];
        for (name, value, usual) in others.into_iter().chain([("groups", conv.groups, 1)]) {
            if value != usual {
                text += &format!(", {name} {value}");
            }
        }
        let forward = conv.algorithm().name();
        let input_gradient = match conv.input_gradient_algorithm() {
            InputGradientAlgorithm::Direct => "direct",
            InputGradientAlgorithm::Winograd => "Winograd",
            InputGradientAlgorithm::Col2im => "col2im",
            InputGradientAlgorithm::Depthwise => "depthwise",
        };
        let of_map = |algorithm| match algorithm {
            WeightGradientAlgorithm::Direct => "direct",
            WeightGradientAlgorithm::Winograd => "Winograd",
            WeightGradientAlgorithm::Depthwise => "depthwise",
        };
        let Some([kernel, stride]) = pool else {
            let weight_gradient = of_map(conv.weight_gradient_algorithm());
            return format!("| {text} | {forward} | {input_gradient} | {weight_gradient} |");
        };
        text += &format!("; pool {kernel}");
        if stride != kernel {
            text += &format!(", stride {stride}");
        }
        let size = |input| Window::new(kernel, stride).output(input).expect("a window that fits");
        let pooled = [size(output[0]), size(output[1]), output[2]];
        let pool = Pool { input: output, output: pooled, kernel: [kernel; 2], stride: [stride; 2], pad: [0; 2] };
        let both = ConvPool { conv, pool };
        let pooled = match both.algorithm() {
            ConvPoolAlgorithm::Rows => "pooled by rows",
            ConvPoolAlgorithm::Tiles => "pooled in registers",
        };
        let weight_gradient = match both.weight_gradient_algorithm() {
            PooledWeightGradientAlgorithm::FromMaxima => "from the maxima",
            PooledWeightGradientAlgorithm::Map(algorithm) => of_map(algorithm),
        };
        format!("| {text} | {forward}, {pooled} | {input_gradient} | {weight_gradient} |")
    }
}

/// The shapes of networks that people use, and both sides of every limit.
fn rows() -> Vec<Row> {
    vec![
        // First layers.
        row([28, 28, 1], 30, 5),
        row([28, 28, 1], 16, 3).pad(1),
        row([32, 32, 3], 16, 3),
        row([224, 224, 3], 64, 3).pad(1),
        row([224, 224, 3], 64, 7).stride(2).pad(3),
        row([227, 227, 3], 96, 11).stride(4),
        // Winograd, and what just misses it: channels in, channels out, pixels, taps, stride, padding, dilation, groups.
        row([28, 28, 16], 16, 3).pad(1),
        row([8, 8, 64], 64, 3).pad(1),
        row([56, 56, 64], 64, 3).pad(1),
        row([14, 14, 512], 512, 3).pad(1),
        row([14, 14, 32], 32, 3).pad(2),
        row([28, 28, 15], 16, 3).pad(1),
        row([28, 28, 16], 15, 3).pad(1),
        row([7, 7, 512], 512, 3).pad(1),
        row([28, 28, 16], 16, 2),
        row([32, 32, 16], 32, 3).stride(2).pad(1),
        row([14, 14, 32], 32, 3).pad(3),
        row([28, 28, 64], 64, 3).pad(2).dilation(2),
        row([28, 28, 128], 128, 3).pad(1).groups(4),
        // Minimal filtering, and what just misses it.
        row([32, 32, 3], 16, 5).pad(2),
        row([12, 12, 4], 8, 5),
        row([12, 12, 5], 8, 5),
        row([12, 12, 4], 7, 5),
        row([11, 11, 4], 8, 5),
        row([28, 28, 1], 30, 5).stride(2),
        // One tap, and the last number of input channels for col2im.
        row([56, 56, 64], 256, 1),
        row([56, 56, 3], 64, 1),
        row([56, 56, 8], 64, 3).stride(2).pad(1),
        row([56, 56, 9], 64, 3).stride(2).pad(1),
        // Every channel a group, or nearly.
        row([56, 56, 128], 128, 3).pad(1).groups(128),
        row([56, 56, 128], 128, 3).stride(2).pad(1).groups(128),
        row([28, 28, 32], 64, 3).pad(1).groups(32),
        // Max pooling behind them.
        row([28, 28, 1], 30, 5).pool(2, 2),
        row([28, 28, 1], 30, 5).pool(3, 2),
        row([29, 29, 1], 30, 5).pool(2, 2),
        row([28, 28, 16], 16, 3).pad(1).pool(2, 2),
        row([32, 32, 16], 16, 3).pad(1).pool(2, 2),
        row([33, 33, 16], 16, 3).pad(1).pool(2, 2),
        row([224, 224, 64], 64, 3).pad(1).pool(2, 2),
        row([14, 14, 32], 32, 3).pad(2).pool(3, 3),
        row([55, 55, 96], 256, 5).pad(2).pool(3, 2),
        row([28, 28, 32], 32, 3).pad(1).groups(32).pool(2, 2),
    ]
}

#[test]
fn the_documented_choices_are_those_of_the_code() {
    assert_eq!(CHOSEN_BY_THE_COMPILER, [true; 3]);
    let document = include_str!("../../../docs/choosing.md");
    let head = "| layer | forward | input gradient | weight gradient |\n|---|---|---|---|\n";
    let lines: Vec<String> = rows().into_iter().map(Row::line).collect();
    let table = format!("{head}{}\n", lines.join("\n"));
    assert!(document.contains(&table), "docs/choosing.md does not have this table:\n{table}");
}
