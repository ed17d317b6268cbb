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
}

impl Summary {
    /// The summary of a network.
    pub fn of<N: Network>() -> Self {
        Self {
            name: N::NAME,
            inputs: N::Inputs::DIMS
                .iter()
                .zip(N::Inputs::BELOW)
                .map(|(&dims, &below)| ShapeName { dims, below })
                .collect(),
            layers: N::LAYERS,
            parameters: N::PARAMETERS,
            multiply_adds: N::MULTIPLY_ADDS,
            workspace_bytes: N::workspace_len(1) * size_of::<N::Scalar>(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 5]> = self.layers.iter().map(cells).collect();
        let heads = ["name", "layer", "output", "parameters", "multiply-adds"];
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([heads[column].len()]).max().unwrap_or(0)
        };
        let widths: [usize; 5] = std::array::from_fn(width);
        writeln!(f, "{}", self.name)?;
        line(f, heads, widths)?;
        writeln!(f, "{}", "-".repeat(widths.iter().sum::<usize>() + 8))?;
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
fn cells(layer: &LayerInfo) -> [String; 5] {
    let mark = if layer.fused { "+ " } else { "" };
    let number = |n: u64| if n == 0 { String::new() } else { thousands(n) };
    [
        layer.label.to_string(),
        format!("{mark}{}", layer.text),
        format!("{:?}", layer.output),
        number(layer.parameters as u64),
        number(layer.multiply_adds),
    ]
}

/// Words to the left, numbers to the right.
fn line(f: &mut fmt::Formatter<'_>, cells: [&str; 5], widths: [usize; 5]) -> fmt::Result {
    let [name, layer, output, parameters, cost] = cells;
    let [a, b, c, d, e] = widths;
    let text = format!("{name:a$}  {layer:b$}  {output:c$}  {parameters:>d$}  {cost:>e$}");
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
