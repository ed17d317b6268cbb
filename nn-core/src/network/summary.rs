//! The table that tells what a network is made of.

use std::fmt;

use crate::shape::{ShapeName, Shapes};
use crate::{LayerInfo, Network};

/// A network as a table; print it with `{}`.
#[derive(Clone, Debug)]
pub struct Summary {
    name: &'static str,
    inputs: Vec<ShapeName>,
    layers: &'static [LayerInfo],
    parameters: usize,
    multiply_adds: u64,
    workspace_bytes: usize,
    with_kernels: bool,
}

impl Summary {
    /// The summary of a network.
    pub fn of<N: Network>() -> Self {
        Self {
            name: N::NAME,
            inputs: input_shapes::<N>().collect(),
            layers: N::LAYERS,
            parameters: N::PARAMETERS,
            multiply_adds: N::MULTIPLY_ADDS,
            workspace_bytes: N::workspace_len(1) * size_of::<N::Scalar>(),
            with_kernels: false,
        }
    }

    /// With a column for the algorithm that computes each layer.
    ///
    /// ```
    /// # use nn_core::network;
    /// network! {
    ///     struct Digits = [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> conv(32, 3) -> affine(10);
    /// }
    ///
    /// let table = Digits::summary().with_kernels().to_string();
    /// assert!(table.contains("minimal filtering 5×5"));
    /// assert!(table.contains("Winograd F(2×2, 3×3)"));
    /// ```
    pub fn with_kernels(self) -> Self {
        Self { with_kernels: true, ..self }
    }
}

/// The shapes of a network's inputs, as they are written.
pub(super) fn input_shapes<N: Network>() -> impl Iterator<Item = ShapeName> {
    (0..N::Inputs::COUNT).map(|input| ShapeName {
        dims: N::Inputs::DIMS[input],
        below: N::Inputs::BELOW[input],
        varies: N::Inputs::VARIES[input],
    })
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 6]> = self.layers.iter().map(|layer| cells(layer, self.with_kernels)).collect();
        let kernel = if self.with_kernels { "kernel" } else { "" };
        let heads = ["name", "layer", "output", "parameters", "multiply-adds", kernel];
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([heads[column].len()]).max().unwrap_or(0)
        };
        let widths: [usize; 6] = std::array::from_fn(width);
        writeln!(f, "{}", self.name)?;
        line(f, heads, widths)?;
        writeln!(f, "{}", "-".repeat(widths.iter().sum::<usize>() + if self.with_kernels { 10 } else { 8 }))?;
        for row in &rows {
            line(f, std::array::from_fn(|column| row[column].as_str()), widths)?;
        }
        let inputs: Vec<String> = self.inputs.iter().map(ShapeName::to_string).collect();
        writeln!(
            f,
            "{} parameters, {} multiply-adds and {:.1} KiB of workspace for a sample of {}",
            thousands(self.parameters as u64),
            thousands(self.multiply_adds),
            self.workspace_bytes as f64 / 1024.0,
            inputs.join(" and ")
        )?;
        write!(f, "A layer marked + runs in one pass with the one above it.")
    }
}

/// The cells of a row; a fused layer is marked.
fn cells(layer: &LayerInfo, with_kernels: bool) -> [String; 6] {
    let mark = if layer.fused { "+ " } else { "" };
    let number = |n: u64| if n == 0 { String::new() } else { thousands(n) };
    [
        layer.label.to_string(),
        format!("{mark}{}", layer.text),
        format!("{:?}", layer.output),
        number(layer.parameters as u64),
        number(layer.multiply_adds),
        if with_kernels { layer.kernel.to_string() } else { String::new() },
    ]
}

/// Words to the left, numbers to the right; the last column ends where its words do.
fn line(f: &mut fmt::Formatter<'_>, cells: [&str; 6], widths: [usize; 6]) -> fmt::Result {
    let [name, layer, output, parameters, cost, kernel] = cells;
    let [a, b, c, d, e, _] = widths;
    let text = format!("{name:a$}  {layer:b$}  {output:c$}  {parameters:>d$}  {cost:>e$}  {kernel}");
    writeln!(f, "{}", text.trim_end())
}

/// A number with its thousands set apart.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
