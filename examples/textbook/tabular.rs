//! A table of numbers and categories: which species a penguin is of, and how heavy it is.
//!
//!     cargo run --release --example tabular
//!
//! Values that are missing are filled, and all that is fitted is fitted on the training birds alone.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use nn_core::data::{Columns, Samples, Table};
use nn_core::plot::{Curves, Matrix};
use nn_core::train::metric::Predictions;
use nn_core::{AdamW, MeanSquaredError, Network, Trainer, network};
use nn_textbook::{Arguments, run};

network! {
    /// Four sizes, three islands, two sexes.
    struct Species = [9] -> affine(16) -> relu -> affine(3) -> softmax;

    /// Three sizes, three species, three islands, two sexes.
    struct Mass = [11] -> affine(16) -> relu -> affine(1);
}

const BILL: [&str; 2] = ["bill_length_mm", "bill_depth_mm"];
const OTHERS: [&str; 2] = ["flipper_length_mm", "body_mass_g"];

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let birds =
        Table::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/penguins/penguins.csv"))?.shuffled(1);
    species(arguments, &birds)?;
    mass(arguments, birds)
}

fn species(arguments: &Arguments, birds: &Table) -> Result<(), Box<dyn Error>> {
    let (train, test) = birds.clone().split(0.75)?;
    let columns = Columns::new().numbers(BILL).numbers(OTHERS).category("island").category("sex").missing(["NA"]);
    let columns = columns.fill_mean(BILL).fill_mean(OTHERS).fill_most_frequent(["sex"]).target_category("species");
    let encoding = columns.fit(&train)?;
    let (train, test): (Samples<f32, usize>, _) = (encoding.samples(&train)?, encoding.samples(&test)?);
    let mut net = Species::new(1);
    Trainer::new(AdamW::new(0.01)).epochs(200).batch_size(32).fit(&mut net, &train)?;
    let confusion = Predictions::of(&net, &test, 100)?.confusion()?.named(encoding.classes());
    println!("{} birds to learn from, {} to be told\n{confusion}\n", train.len(), test.len());
    let counts: Vec<f64> = confusion.counts.iter().map(|&count| count as f64).collect();
    Matrix::new("Penguins", encoding.classes(), &counts).save(arguments.picture("tabular_species.svg")?)?;

    let path = arguments.out.join("penguins.safetensors");
    net.save_with(&path, &encoding)?;
    println!("saved with its encoding: {}\n", path.display());
    Ok(())
}

fn mass(arguments: &Arguments, birds: Table) -> Result<(), Box<dyn Error>> {
    let (train, test) = birds.filter("body_mass_g", |mass| mass != "NA")?.split(0.75)?;
    let columns = Columns::new().numbers(BILL).number("flipper_length_mm").category("species").category("island");
    let columns = columns.category("sex").missing(["NA"]).fill_most_frequent(["sex"]).scaled_target("body_mass_g");
    let encoding = columns.fit(&train)?;
    let (train, test): (Samples<f32, f32>, _) = (encoding.samples(&train)?, encoding.samples(&test)?);
    let mut net = Mass::new(1);
    Trainer::new(AdamW::new(0.003)).loss(MeanSquaredError).epochs(200).batch_size(32).fit(&mut net, &train)?;
    let told = Predictions::of(&net, &test, 100)?;
    let grams = told.mean_absolute_error()? * (encoding.value(1.0) - encoding.value(0.0));
    println!("mass: R² {:.3}, {grams:.0} g off on average", told.r_squared()?);

    let mut birds: Vec<(f64, f64)> =
        told.targets().iter().zip(told.outputs()).map(|(&t, &y)| (encoding.value(t), encoding.value(y))).collect();
    birds.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (truth, guess): (Vec<f64>, Vec<f64>) = birds.into_iter().unzip();
    Curves::new("Penguins, from the heaviest to the lightest")
        .axes("bird", "mass in g")
        .curve("as told", &guess)
        .curve("as weighed", &truth)
        .save(arguments.picture("tabular_mass.svg")?)?;
    Ok(())
}

fn main() -> ExitCode {
    run("A table: the species and the mass of penguins", experiment)
}
