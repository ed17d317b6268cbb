//! Budgets: what a network costs, held to the limits on it before any of it runs.

use nn_sizes::{Limit as Words, Quantity, Share};

use crate::graph::{Graph, Limit, Network};
use crate::plan::{Count, NodeParameters, Plan};
use crate::report::{Mistake, Report};
use crate::weights::{Embedded, Weights};

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
