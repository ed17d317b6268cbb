//! Budgets: limits on what a network may cost, held before any of it runs.

use nn_sizes::{Limit as Words, Quantity, Share};

use crate::expressions::{Numbers, Value, size};
use crate::graph::{Graph, Network};
use crate::plan::{Count, NodeParameters, Plan};
use crate::report::{Mistake, Report, Site};
use crate::syntax;
use crate::weights::{Embedded, Weights};
use crate::words;

/// The units of bytes.
const UNITS: [(&str, u64); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("B", 1)];

/// A limit of a network's budget.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What is limited.
    pub quantity: Quantity,
    /// The most it may be.
    pub amount: u64,
    /// The same as a person writes it: `64 KiB`.
    pub text: String,
    /// Where it stands.
    pub site: Site,
}

/// What a network costs, and what of it.
#[derive(Debug)]
pub struct Cost {
    /// All of it.
    pub total: Count,
    /// What costs it: `conv1: conv(30, 5)`.
    pub shares: Vec<(String, Count)>,
}

/// A limit that only the compiler proper can hold a network to, as the cost depends on a part by path.
#[derive(Debug)]
pub struct Open {
    /// The limit.
    pub limit: Limit,
    /// What it limits.
    pub cost: Cost,
}

/// Makes out the limits of a budget; reports what is none.
pub fn read(limits: &[syntax::Limit], numbers: &Numbers, report: &mut Report) -> Vec<Limit> {
    let mut read: Vec<Limit> = Vec::new();
    for limit in limits {
        let Some(quantity) = quantity(limit, report) else { continue };
        if read.iter().any(|before| before.quantity == quantity) {
            report.push(Mistake::new(&limit.name, format!("`{}` is limited already", limit.name)));
            continue;
        }
        read.extend(amount(limit, quantity, numbers, report));
    }
    read
}

fn quantity(limit: &syntax::Limit, report: &mut Report) -> Option<Quantity> {
    let name = limit.name.to_string();
    let found = Quantity::ALL.into_iter().find(|quantity| quantity.name() == name);
    if found.is_none() {
        let names = Quantity::ALL.map(Quantity::name);
        let help = words::did_you_mean(&name, names);
        let help = help.unwrap_or_else(|| format!("it limits `{}`", names.join("`, `")));
        report.push(Mistake::new(&limit.name, format!("a budget has no `{name}`")).help(help));
    }
    found
}

fn amount(limit: &syntax::Limit, quantity: Quantity, numbers: &Numbers, report: &mut Report) -> Option<Limit> {
    let value = match numbers.number(&limit.value, report) {
        Value::Wrong => return None,
        value => value,
    };
    let Some(number) = size(&value) else {
        let message = format!("a limit is a whole number of at least 1, not {value}");
        report.push(Mistake::new(limit.value.site, message));
        return None;
    };
    let (unit, factor) = match &limit.unit {
        None => ("", 1),
        Some(unit) => self::unit(unit, quantity, report)?,
    };
    let Some(amount) = (number as u64).checked_mul(factor) else {
        report.push(Mistake::new(limit.site, "this number is too large"));
        return None;
    };
    let unit = if unit.is_empty() && quantity.in_bytes() { "B" } else { unit };
    let text = format!("{number} {unit}").trim_end().to_owned();
    Some(Limit { quantity, amount, text, site: limit.site })
}

fn unit(unit: &syn::Ident, quantity: Quantity, report: &mut Report) -> Option<(&'static str, u64)> {
    let name = unit.to_string();
    if !quantity.in_bytes() {
        let message = format!("`{}` is a count and has no unit, not even `{name}`", quantity.name());
        report.push(Mistake::new(unit, message));
        return None;
    }
    let found = UNITS.into_iter().find(|(unit, _)| *unit == name);
    if found.is_none() {
        let same_letters = UNITS.into_iter().find(|(unit, _)| unit.eq_ignore_ascii_case(&name));
        let help = match same_letters {
            Some((unit, _)) => format!("did you mean `{unit}`?"),
            None => words::did_you_mean(&name, UNITS.map(|(unit, _)| unit))
                .unwrap_or_else(|| "the units are `B`, `KiB` (1024 B) and `MiB` (1024 KiB)".to_owned()),
        };
        report.push(Mistake::new(unit, format!("there is no unit `{name}` of memory")).help(help));
    }
    found
}

/// Reports every limit that a network exceeds; gives back those that cannot be judged here.
pub fn check(network: &Network, graph: &Graph, plan: &Plan, weights: &Weights, report: &mut Report) -> Vec<Open> {
    let mut open = Vec::new();
    for limit in &network.budget {
        let cost = cost(limit.quantity, graph, plan, weights);
        let Some(total) = cost.total.known() else {
            open.push(Open { limit: limit.clone(), cost });
            continue;
        };
        let name = network.name.to_string();
        let words = Words { network: &name, quantity: limit.quantity, amount: limit.amount, text: &limit.text };
        let shares: Vec<Share> = cost.shares.iter().map(|(of, amount)| Share { of, amount: amount.number }).collect();
        if let Some(excess) = words.excess(total, &shares) {
            report.push(Mistake::new(limit.site, excess.as_str()));
        }
    }
    open
}

/// What a network costs of something.
pub fn cost(quantity: Quantity, graph: &Graph, plan: &Plan, weights: &Weights) -> Cost {
    let words = |node: usize| {
        let node = &graph.nodes[node];
        if node.label.is_empty() { node.text.clone() } else { format!("{}: {}", node.label, node.text) }
    };
    let of_parameters = |amount: &dyn Fn(&NodeParameters) -> Count| {
        let placed = plan.block.nodes.iter().enumerate();
        placed.filter_map(|(node, placed)| Some((words(node), amount(placed.as_ref()?)))).collect()
    };
    let costs = &plan.costs;
    match quantity {
        Quantity::Parameters => {
            Cost { total: plan.block.len.clone(), shares: of_parameters(&|placed| placed.len.clone()) }
        }
        Quantity::Flash => match weights.iter().flatten().find_map(Embedded::narrow) {
            None => {
                let bytes = |count: &Count| count.times(size_of::<f32>() as u64);
                Cost { total: bytes(&plan.block.len), shares: of_parameters(&|placed| bytes(&placed.len)) }
            }
            // Such a network has no parts by path, so that all is known.
            Some(narrow) => {
                let bytes = |placed: &NodeParameters| {
                    narrow.bytes_of(placed.offset.number as usize, placed.len.number as usize)
                };
                let shares = of_parameters(&|placed| Count::of(bytes(placed) as u64));
                Cost { total: Count::of(narrow.bytes() as u64), shares }
            }
        },
        Quantity::MultiplyAdds => {
            let shares = costs.multiply_adds.iter().enumerate().map(|(node, count)| (words(node), count.clone()));
            Cost { total: costs.all_multiply_adds(), shares: shares.collect() }
        }
        Quantity::Workspace => {
            let shares =
                costs.pieces.iter().map(|piece| (format!("{}{}", piece.what, words(piece.node)), piece.bytes.clone()));
            Cost { total: costs.workspace.clone(), shares: shares.collect() }
        }
    }
}
