//! The gradient of the input of a direct convolution: for each phase of the stride a convolution with stride 1 of the output's
//! gradient, whose weights are the phase's taps backwards, transposed.

use super::measures;
use crate::base::memory::{part, part_mut, split, split_mut};
use crate::base::number::Number;
use crate::gemm::block::transpose;
use crate::gemm::epilogue::Epilogue;
use crate::gemm::panels::{multiply_panels, panels};
use crate::gemm::product::{Grid, Product, Start};
use crate::gemm::vectors::Tiles;
use crate::simd::vector::Vector;
use nn_sizes::Conv;

/// Along one axis, the inputs `phase`, `phase + stride`, … and the taps through which outputs see them.
#[derive(Clone, Copy)]
struct Phase {
    /// Number of such inputs.
    inputs: usize,
    /// Number of taps.
    taps: usize,
    /// The last tap.
    last: usize,
    /// From one tap to the next.
    tap_step: usize,
    /// Where in the bordered gradient the first input's output through the last tap lies; the next input's is next to it.
    output: usize,
    /// From an input's output through one tap to that through the tap before.
    output_step: usize,
}

impl Phase {
    #[inline(always)]
    fn new(d: &Conv, axis: usize, phase: usize) -> Self {
        let (kernel, stride, dilation) = (d.kernel[axis], d.stride[axis], d.dilation[axis]);
        let [before, _] = d.gradient_border(axis);
        let mut none = Self {
            inputs: (d.input[axis] - phase).div_ceil(stride),
            taps: 0,
            last: 0,
            tap_step: 1,
            output: 0,
            output_step: 0,
        };
        let mut first = 0;
        // The border moves an output's position to the right of zero without changing which taps fit.
        let position = phase + d.pad[axis] + before * stride;
        let fits = |tap: usize| (position + kernel * dilation * stride - tap * dilation).is_multiple_of(stride);
        while first < kernel && !fits(first) {
            first += 1;
        }
        if first == kernel {
            return none;
        }
        let mut step = 1;
        while !(step * dilation).is_multiple_of(stride) {
            step += 1;
        }
        none.taps = (kernel - first).div_ceil(step);
        none.last = first + (none.taps - 1) * step;
        none.tap_step = step;
        none.output = (position - none.last * dilation) / stride;
        none.output_step = step * dilation / stride;
        none
    }
}

/// The inputs `phase`, `phase + stride`, … along both axes, where a tap sees them.
#[derive(Clone, Copy)]
struct Inputs {
    /// The first along each axis.
    first: [usize; 2],
    down: Phase,
    right: Phase,
}

impl Inputs {
    /// All that a tap sees.
    #[inline(always)]
    fn all(d: &Conv) -> impl Iterator<Item = Self> {
        let [rows, columns] = [0, 1].map(|axis| d.stride[axis].min(d.input[axis]));
        let corners = (0..rows).flat_map(move |row| (0..columns).map(move |column| [row, column]));
        corners.filter_map(move |first| {
            let [down, right] = [0, 1].map(|axis| Phase::new(d, axis, first[axis]));
            (down.taps * right.taps > 0).then_some(Self { first, down, right })
        })
    }

    /// The weights that these inputs meet in one group.
    #[inline(always)]
    fn weights(&self, [inputs, outputs]: [usize; 2]) -> usize {
        self.down.taps * self.right.taps * outputs * inputs
    }
}

#[inline(always)]
pub(super) fn conv_turned_weights<V: Vector>(d: &Conv, p: &[V::Element], turned: &mut [V::Element]) {
    check!(d.groups > 0 && d.stride[0] > 0 && d.stride[1] > 0);
    let [inputs, outputs, _] = measures(d);
    let mut rest = turned;
    for phase in Inputs::all(d) {
        for group in 0..d.groups {
            let (turned, others) = split_mut(rest, phase.weights([inputs, outputs]));
            turn_weights::<V>(d, group, &phase, p, turned);
            rest = others;
        }
    }
}

/// The weights of one phase of the inputs of one group: panels of inputs, with a row for each tap and output.
#[inline(always)]
fn turn_weights<V: Vector>(d: &Conv, group: usize, phase: &Inputs, p: &[V::Element], turned: &mut [V::Element]) {
    let [inputs, outputs, _] = measures(d);
    let Inputs { down, right, .. } = phase;
    for panel in panels::<V>(inputs) {
        let width = panel.len();
        let to = part_mut(turned, panel.start * down.taps * right.taps * outputs..);
        for i in 0..down.taps {
            for j in 0..right.taps {
                let tap = (down.last - i * down.tap_step) * d.kernel[1] + right.last - j * right.tap_step;
                let from = part(p, (tap * inputs + panel.start) * d.output[2] + group * outputs..);
                let to = part_mut(to, (i * right.taps + j) * outputs * width..);
                transpose::<V>(from, d.output[2], [width, outputs], width, to);
            }
        }
    }
}

#[inline(always)]
pub(super) fn conv_input_gradient<V: Tiles>(d: &Conv, dz: &[V::Element], turned: &[V::Element], dx: &mut [V::Element]) {
    check!(d.groups > 0 && d.stride[0] > 0 && d.stride[1] > 0);
    if d.stride != [1, 1] {
        // Inputs between the windows have no phase with taps.
        dx.fill(V::Element::ZERO);
    }
    let [inputs, outputs, _] = measures(d);
    let mut rest = turned;
    for phase in Inputs::all(d) {
        let corner = (phase.first[0] * d.input[1] + phase.first[1]) * d.input[2];
        for group in 0..d.groups {
            let (turned, others) = split(rest, phase.weights([inputs, outputs]));
            multiply_panels::<V>(&product(d, group, &phase, dz, turned), part_mut(dx, corner + group * inputs..));
            rest = others;
        }
    }
}

/// The product that gives the gradient of one phase of the inputs of one group.
#[inline(always)]
fn product<'a, T: Number>(d: &Conv, group: usize, phase: &Inputs, dz: &'a [T], turned: &'a [T]) -> Product<'a, T> {
    let [inputs, outputs, _] = measures(d);
    let Inputs { down, right, .. } = phase;
    let [before, after] = d.gradient_border(1);
    let row = (d.output[1] + before + after) * d.output[2];
    Product {
        a: part(dz, down.output * row + right.output * d.output[2] + group * outputs..),
        rows: Grid { counts: [1, down.inputs, right.inputs], steps: [0, row, d.output[2]] },
        terms: Grid {
            counts: [down.taps, right.taps, outputs],
            steps: [down.output_step * row, right.output_step * d.output[2], 1],
        },
        b: turned,
        b_step: 0,
        columns: inputs,
        c_steps: [0, d.stride[0] * d.input[1] * d.input[2], d.stride[1] * d.input[2]],
        start: Start::Zero,
        epilogue: Epilogue::none(),
    }
}
