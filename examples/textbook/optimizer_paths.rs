//! How optimizers walk down: a long valley, Rosenbrock's, Beale's, and a hollow that is not the lowest place.
//!
//!     cargo run --release -p nn-textbook --example optimizer_paths
//!
//! Each optimizer starts at the same point and is given the exact gradient. A ring marks the minimum.

use std::error::Error;
use std::process::ExitCode;

use nn_core::plot::{Contour, Grid};
use nn_core::train::optimizer::{AdaGrad, Nesterov, RmsProp};
use nn_core::{Adam, Momentum, Optimizer, Sgd};
use nn_textbook::{Arguments, run};

/// A function of two numbers to walk down.
struct Landscape {
    name: &'static str,
    value: fn(f64, f64) -> f64,
    gradient: fn(f64, f64) -> [f64; 2],
    /// What the picture shows.
    x: (f64, f64),
    y: (f64, f64),
    levels: &'static [f64],
    start: [f64; 2],
    minimum: [f64; 2],
    steps: usize,
    /// Learning rates of SGD, momentum, Nesterov, AdaGrad, RMSProp and Adam.
    rates: [f64; 6],
}

const VALLEY: Landscape = Landscape {
    name: "x²/20 + y²",
    value: |x, y| x * x / 20.0 + y * y,
    gradient: |x, y| [x / 10.0, 2.0 * y],
    x: (-10.0, 10.0),
    y: (-5.0, 5.0),
    levels: &[0.1, 0.5, 1.0, 2.0, 4.0, 6.0, 9.0, 13.0, 18.0, 25.0],
    start: [-7.0, 2.0],
    minimum: [0.0, 0.0],
    steps: 30,
    rates: [0.95, 0.1, 0.1, 1.5, 0.3, 0.3],
};

const ROSENBROCK: Landscape = Landscape {
    name: "Rosenbrock: (1 - x)² + 100 (y - x²)²",
    value: |x, y| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2),
    gradient: |x, y| [-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)],
    x: (-2.0, 2.0),
    y: (-1.0, 3.0),
    levels: &[0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0],
    start: [-1.2, 1.0],
    minimum: [1.0, 1.0],
    steps: 1000,
    rates: [0.001, 0.0005, 0.0005, 0.5, 0.01, 0.05],
};

const BEALE: Landscape = Landscape {
    name: "Beale",
    value: |x, y| beale(x, y).iter().map(|term| term * term).sum(),
    gradient: |x, y| {
        let [a, b, c] = beale(x, y);
        let by_x = a * (y - 1.0) + b * (y * y - 1.0) + c * (y.powi(3) - 1.0);
        [2.0 * by_x, 2.0 * x * (a + 2.0 * b * y + 3.0 * c * y * y)]
    },
    x: (-1.0, 4.5),
    y: (-2.0, 2.0),
    levels: &[0.1, 0.5, 1.5, 4.0, 10.0, 25.0, 60.0, 150.0],
    start: [1.0, 1.5],
    minimum: [3.0, 0.5],
    steps: 500,
    rates: [0.01, 0.002, 0.002, 0.5, 0.02, 0.1],
};

const HOLLOWS: Landscape = Landscape {
    name: "Two hollows: x⁴/4 - 2x² + x/2 + y²",
    value: |x, y| x.powi(4) / 4.0 - 2.0 * x * x + x / 2.0 + y * y,
    gradient: |x, y| [x.powi(3) - 4.0 * x + 0.5, 2.0 * y],
    x: (-3.5, 3.5),
    y: (-2.0, 2.0),
    levels: &[-4.5, -4.0, -3.0, -2.0, -1.0, 0.0, 2.0, 5.0, 10.0],
    start: [3.2, 1.5],
    minimum: [-2.061, 0.0],
    steps: 200,
    rates: [0.02, 0.02, 0.02, 0.5, 0.05, 0.1],
};

/// The terms whose squares Beale's function sums.
fn beale(x: f64, y: f64) -> [f64; 3] {
    [1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y.powi(3)]
}

fn optimizers(rates: [f64; 6]) -> [(&'static str, Box<Optimizer<f64>>); 6] {
    [
        ("SGD", Box::new(Sgd::new(rates[0]))),
        ("momentum", Box::new(Momentum::new(rates[1], 0.9))),
        ("Nesterov", Box::new(Nesterov::new(rates[2], 0.9))),
        ("AdaGrad", Box::new(AdaGrad::new(rates[3]))),
        ("RMSProp", Box::new(RmsProp::new(rates[4]))),
        ("Adam", Box::new(Adam::new(rates[5]))),
    ]
}

/// Every point of the way down.
fn walk(land: &Landscape, optimizer: &mut Optimizer<f64>) -> Result<Vec<(f64, f64)>, nn_core::Error> {
    let mut at = land.start;
    let mut way = vec![at.into()];
    for _ in 0..land.steps {
        let gradient = (land.gradient)(at[0], at[1]);
        optimizer.step(&[], &mut at, &gradient)?;
        way.push(at.into());
    }
    Ok(way)
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut grid = Grid::new("Ways down").columns(2);
    for land in [VALLEY, ROSENBROCK, BEALE, HOLLOWS] {
        println!("{}, {} steps from ({}, {})", land.name, land.steps, land.start[0], land.start[1]);
        let mut contour = Contour::new(land.name, land.x, land.y, land.value)
            .levels(land.levels)
            .minimum(land.minimum[0], land.minimum[1]);
        for (name, mut optimizer) in optimizers(land.rates) {
            let way = walk(&land, &mut optimizer)?;
            let &(x, y) = way.last().unwrap_or(&(f64::NAN, f64::NAN));
            let distance = (x - land.minimum[0]).hypot(y - land.minimum[1]);
            println!(
                "  {name:<9} rate {:<6}  ends at ({x:>6.3}, {y:>6.3}), {distance:.3} from the minimum",
                optimizer.learning_rate()
            );
            contour = contour.way(name, &way);
        }
        grid = grid.panel(contour);
    }
    grid.save(arguments.picture("optimizer_paths.png")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("How optimizers walk down", experiment)
}
