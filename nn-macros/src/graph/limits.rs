//! The limits of a network's budget, as they stand in its attribute.

use nn_sizes::Quantity;

use crate::expressions::{Numbers, Value, size};
use crate::report::{Mistake, Report, Site};
use crate::syntax;
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
            None if ["kb", "mb"].contains(&name.to_lowercase().as_str()) => {
                format!("a thousand is 1024 here: write `{}iB`", name[..1].to_uppercase())
            }
            None => words::did_you_mean(&name, UNITS.map(|(unit, _)| unit))
                .unwrap_or_else(|| "the units are `B`, `KiB` (1024 B) and `MiB` (1024 KiB)".to_owned()),
        };
        report.push(Mistake::new(unit, format!("there is no unit `{name}` of memory")).help(help));
    }
    found
}
