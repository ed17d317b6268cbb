//! What other languages call a network by.

use syn::Ident;

use crate::graph::{Graph, Network, snake_case};
use crate::report::{Mistake, Report, Site};
use crate::syntax;

/// The names of a network in C.
#[derive(Debug)]
pub struct Export {
    /// What its functions begin with.
    pub prefix: String,
    /// Its inputs.
    pub inputs: Vec<String>,
    /// Whether each of them consists of whole numbers.
    pub whole: Vec<bool>,
    /// Its outputs.
    pub outputs: Vec<String>,
}

/// What is exported of each network; reports what C could not call, or what has nothing to be called for.
pub fn read_all(networks: &[Network], report: &mut Report) -> Vec<Option<Export>> {
    let mut prefixes: Vec<String> = Vec::new();
    let read = |network: &Network| {
        let export = network.attributes.export.as_ref()?;
        if network.attributes.weights.is_none() {
            let mistake = Mistake::new(&export.language, "only a network with its weights inside is exported");
            report.push(mistake.help("add `#[weights(\"digits.safetensors\")]`"));
            return None;
        }
        let prefix = prefix(&network.name, export, report)?;
        if prefixes.contains(&prefix) {
            let mistake = Mistake::new(site(export), format!("another network is exported as `{prefix}` already"));
            report.push(mistake.help("choose another `prefix = \"…\"`"));
            return None;
        }
        prefixes.push(prefix.clone());
        let graph = network.graph.as_ref()?;
        if graph.signature().inputs.iter().any(|input| input.varies.is_some()) {
            let mistake =
                Mistake::new(&export.language, "a network is exported whose inputs have a fixed number of rows");
            report.push(mistake.help("give the input a fixed size: `[64, 3]`"));
            return None;
        }
        let whole = graph.signature().inputs.iter().map(|input| input.below.is_some()).collect();
        Some(Export { prefix, inputs: inputs(graph), whole, outputs: outputs(graph) })
    };
    networks.iter().map(read).collect()
}

fn site(export: &syntax::Export) -> Site {
    export.prefix.as_ref().map_or(Site::from(&export.language), |prefix| prefix.span().into())
}

fn prefix(name: &Ident, export: &syntax::Export, report: &mut Report) -> Option<String> {
    let prefix = export.prefix.as_ref().map_or_else(|| snake_case(&name.to_string()), syn::LitStr::value);
    let first = prefix.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && is_c(&prefix) {
        return Some(prefix);
    }
    let mistake = Mistake::new(site(export), format!("no name in C begins with `{prefix}`"));
    report.push(mistake.help("write `prefix = \"…\"` with letters from a to z, digits and `_`"));
    None
}

/// Whether a name in C may go on like this.
fn is_c(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `input`; or, where there are several, `input_left` and so on, which no word of C and no other parameter is.
fn inputs(graph: &Graph) -> Vec<String> {
    let names = graph.input_names();
    let name = |(i, name): (usize, &&str)| match is_c(name) {
        true => format!("input_{name}"),
        false => format!("input_{i}"),
    };
    if names.len() == 1 { vec!["input".to_owned()] } else { names.iter().enumerate().map(name).collect() }
}

/// `output`; or, where there are several, `output_0` and so on, as outputs have no names.
fn outputs(graph: &Graph) -> Vec<String> {
    match graph.outputs.len() {
        1 => vec!["output".to_owned()],
        several => (0..several).map(|i| format!("output_{i}")).collect(),
    }
}
