//! What is wrong with a weights file, said where the network is to be changed: at the layer, or at the file's name.

use std::io;

use nn_files::{Fault, LISTED, Mismatch, WeightsProblem};

use super::tensors::Placed;
use crate::report::{Mistake, Report, Reported, Site};
use crate::syntax::{Rename, Weights};

/// Reports a fault of the file at `absolute`.
pub fn report(fault: Fault, absolute: &str, weights: &Weights, placed: &[Placed], report: &mut Report) -> Reported {
    let file = weights.file.value();
    let mistake = match fault {
        Fault::Problem(WeightsProblem::Mismatch { tensors }) => {
            return mismatches(&tensors, &file, weights, placed, report);
        }
        Fault::Problem(problem) => Mistake::new(weights.file.span(), format!("`{file}`: {problem}")),
        Fault::Io { action, source } => {
            Mistake::new(weights.file.span(), format!("cannot {action} `{file}`: {source}"))
                .help(advice(&source, absolute))
        }
    };
    report.push(mistake)
}

fn advice(error: &io::Error, absolute: &str) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            format!(
                "a path is seen from the folder of `Cargo.toml`: save the weights as {absolute}, or change the path"
            )
        }
        io::ErrorKind::IsADirectory => "give the path of a file in it".to_owned(),
        _ => format!("look after {absolute}"),
    }
}

/// One mistake for each layer concerned, with all its tensors, and one at the file's name for what belongs to no layer.
fn mismatches(
    mismatches: &[Mismatch],
    file: &str,
    weights: &Weights,
    placed: &[Placed],
    report: &mut Report,
) -> Reported {
    let attribute = Site::from(weights.file.span());
    let mut mistakes: Vec<Mistake> = Vec::new();
    for mismatch in mismatches {
        let opening = match weights.renames.iter().find(|rule| is_of_rule(mismatch, rule)) {
            Some(rule) => Mistake::new(rule.from.span(), format!("`rename` does not fit the tensors of `{file}`"))
                .help("to the left stands a name of the file, or the beginning of some up to a dot; `*` is any part"),
            None => {
                let layer = placed.iter().find(|tensor| tensor.label == mismatch.name());
                opening(layer, file, layer.map_or(attribute, |layer| layer.site))
            }
        };
        let note = format!("    {mismatch}");
        match mistakes.iter_mut().find(|mistake| mistake.site.is_at(opening.site)) {
            Some(mistake) => mistake.notes.push(note),
            None => mistakes.push(opening.note(note)),
        }
    }
    for Mistake { notes, .. } in &mut mistakes {
        let more = notes.len().saturating_sub(LISTED);
        notes.truncate(LISTED);
        notes.extend((more > 0).then(|| format!("    and {more} more")));
    }
    let reported = mistakes.into_iter().map(|mistake| report.push(mistake)).last();
    reported.unwrap_or_else(|| report.push(Mistake::new(attribute, format!("`{file}` does not fit the network"))))
}

/// Whether a rule gives a name that nothing has, or one that something else has.
fn is_of_rule(mismatch: &Mismatch, rule: &Rename) -> bool {
    match mismatch {
        Mismatch::NotRenamed { name } => *name == rule.from.value(),
        Mismatch::Twice { name, .. } => name.starts_with(&rule.to.value()),
        _ => false,
    }
}

fn opening(layer: Option<&Placed>, file: &str, site: Site) -> Mistake {
    match layer {
        Some(layer) => Mistake::new(site, format!("{} does not fit the weights in `{file}`", layer.text))
            .help("change the layer, or save the weights of this very network"),
        None => Mistake::new(site, format!("`{file}` holds what the network does not have"))
            .help("add the layer, or save the weights of this very network"),
    }
}
