//! Weights that become part of the program: read while the macro expands, held to the network, laid into its block.

mod fault;
mod narrow;
mod tensors;

use std::path::PathBuf;
use std::{env, fs};

use proc_macro2::{Span, TokenStream};

use crate::graph::{Graph, Network};
use crate::plan::Plan;
use crate::report::{Mistake, Report, Reported, Site};
use crate::syntax::{self, Rename};
pub use narrow::Narrow;
use nn_files::{Precision, Renames};
use tensors::Tensors;

/// What the attribute of a network gives; `None` without one.
pub type Weights = Option<Result<Embedded, Reported>>;

/// The weights of a network, ready to be printed.
pub struct Embedded {
    /// The path as it was written.
    pub file: String,
    /// The path for the compiler, which builds anew when the file changes.
    pub absolute: String,
    /// The parameters.
    pub numbers: Numbers,
    /// Mean and deviation of each channel of its input, if the file tells.
    pub normalisation: Option<Vec<(f64, f64)>>,
    /// Layers by path of which nothing is known here; they must have no parameters.
    pub unseen: Vec<Unseen>,
}

/// The parameters of an embedded network.
pub enum Numbers {
    /// The parameter block, little-endian.
    Block(Vec<[u8; 4]>),
    /// Those with narrow weights.
    Narrow(Narrow),
}

impl Embedded {
    /// The parameters, if the weights are narrow.
    pub fn narrow(&self) -> Option<&Narrow> {
        match &self.numbers {
            Numbers::Block(_) => None,
            Numbers::Narrow(narrow) => Some(narrow),
        }
    }
}

/// A layer by path that was declared elsewhere.
pub struct Unseen {
    pub path: TokenStream,
    pub text: String,
    pub span: Span,
}

/// A network without mistakes.
struct Whole<'a> {
    network: &'a Network,
    graph: &'a Graph,
    plan: &'a Plan,
}

impl<'a> Whole<'a> {
    fn of(network: &'a Network, plan: Option<&'a Plan>) -> Option<Self> {
        Some(Self { network, graph: network.graph.as_ref()?, plan: plan? })
    }
}

/// The weights of every network of a file. A network with a mistake has none.
pub fn read_all(networks: &[Network], plans: &[Option<Plan>], report: &mut Report) -> Vec<Weights> {
    let wholes: Vec<_> = networks.iter().zip(plans).map(|(network, plan)| Whole::of(network, plan.as_ref())).collect();
    let all: Vec<_> = wholes.iter().flatten().collect();
    let embed = |whole: &Option<Whole>| {
        let whole = whole.as_ref()?;
        let attribute = whole.network.attributes.weights.as_ref()?;
        Some(read(whole, &all, attribute, report))
    };
    wholes.iter().map(embed).collect()
}

fn read(whole: &Whole, all: &[&Whole], weights: &syntax::Weights, report: &mut Report) -> Result<Embedded, Reported> {
    let file = weights.file.value();
    let path = folder().join(&file);
    let Some(absolute) = path.to_str().map(str::to_owned) else {
        let mistake = Mistake::new(weights.file.span(), "the path of this crate is not text in UTF-8");
        return Err(report.push(mistake.help("move the crate to another folder")));
    };
    // A pipe or a device would be waited for, or read for ever.
    if fs::metadata(&path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let mistake = Mistake::new(weights.file.span(), format!("`{file}` is a pipe or a device, not a file"));
        return Err(report.push(mistake.help("save the weights as a file of their own")));
    }
    let Tensors { placed, parts, unseen, len } = Tensors::of(whole, all);
    let tensors: Vec<_> = placed.iter().map(tensors::Placed::tensor).collect();
    let mut numbers = vec![[0; 4]; len];
    let mut renames = Renames::default();
    weights.renames.iter().for_each(|Rename { from, to }| renames.add(from.value(), to.value()));
    let normalisation = nn_files::load_renamed(&path, &tensors, &mut numbers, bytes, &renames, false)
        .and_then(|_| Ok(nn_files::read_normalisation(&nn_files::metadata(&path, &tensors)?)?))
        .map_err(|fault| fault::report(fault, &absolute, weights, &placed, report))?;
    let numbers = match whole.network.attributes.narrow() {
        None => Numbers::Block(numbers),
        Some(precision) => {
            refuse_parts(&parts, precision, report)?;
            Numbers::Narrow(Narrow::of(precision, &placed, &numbers, report)?)
        }
    };
    Ok(Embedded { file, absolute, numbers, normalisation, unseen })
}

/// Refuses narrow weights where parts, which may stand in other networks too, compute with parameters of their own.
fn refuse_parts(parts: &[Site], precision: Precision, report: &mut Report) -> Result<(), Reported> {
    let Some(part) = parts.first() else { return Ok(()) };
    let mistake = Mistake::new(*part, format!("a network with parts has no weights in {}", precision.name()));
    Err(report.push(mistake.help("write the part as a `block`, or leave out the precision")))
}

/// The folder that paths are seen from.
fn folder() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default()
}

fn bytes(number: f64) -> Option<[u8; 4]> {
    let number = number as f32;
    if number.is_finite() { Some(number.to_le_bytes()) } else { None }
}
