//! What an expression comes to.

use std::fmt;

use crate::report::{Mistake, Report, Site};
use crate::syntax::{Expression, ExpressionKind, Operator};
use crate::words;

/// The value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A name that is no number here: a word such as `same`, or the name of a source.
    Word(String),
    /// Several values.
    List(Vec<Value>),
    /// The names of several sources.
    Tuple(Vec<String>),
    /// None, and the reason is reported.
    Wrong,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Integer(integer) => integer.fmt(f),
            Value::Float(float) => write!(f, "{float:?}"),
            Value::Bool(truth) => truth.fmt(f),
            Value::Word(word) => f.write_str(word),
            Value::List(values) => {
                f.write_str("[")?;
                for (i, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Value::Tuple(names) => write!(f, "({})", names.join(", ")),
            Value::Wrong => f.write_str("?"),
        }
    }
}

/// The numbers that have a name at some place.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    known: Vec<(String, Value)>,
    later: Vec<String>,
}

impl Numbers {
    /// Gives a number a name; the newest of a name counts.
    pub fn define(&mut self, name: impl Into<String>, value: Value) {
        self.known.push((name.into(), value));
    }

    /// Notes a name that is defined further down.
    pub fn define_later(&mut self, name: impl Into<String>) {
        self.later.push(name.into());
    }

    /// The number of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.known.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|(name, _)| name.as_str())
    }

    /// What to say of a name that is no number.
    pub fn help(&self, name: &str) -> Option<String> {
        if self.later.iter().any(|later| later == name) {
            return Some(format!("`{name}` is defined further down; move it above its first use"));
        }
        if let Some(meant) = words::meant_by_value(name) {
            return Some(meant.to_owned());
        }
        words::did_you_mean(name, self.names()).or_else(|| {
            let outside = name.starts_with(char::is_uppercase);
            outside.then(|| {
                format!("a constant of Rust is not known here yet: write `const {name} = …;` in this `network!`")
            })
        })
    }

    /// The value of `expression` where a name may also be a word: an argument.
    pub fn value(&self, expression: &Expression, report: &mut Report) -> Value {
        match &expression.kind {
            ExpressionKind::Name(name) => {
                let name = name.to_string();
                self.get(&name).cloned().unwrap_or(Value::Word(name))
            }
            ExpressionKind::List(list) => {
                let item = |item: &Expression| match item.kind {
                    ExpressionKind::List(_) => self.value(item, report),
                    _ => self.number(item, report),
                };
                let values: Vec<Value> = list.iter().map(item).collect();
                if values.contains(&Value::Wrong) { Value::Wrong } else { Value::List(values) }
            }
            ExpressionKind::Tuple(names) => Value::Tuple(names.iter().map(ToString::to_string).collect()),
            _ => self.number(expression, report),
        }
    }

    /// The value of `expression` where every name must be a number.
    pub fn number(&self, expression: &Expression, report: &mut Report) -> Value {
        let site = expression.site;
        match &expression.kind {
            ExpressionKind::Integer(integer) => Value::Integer(*integer),
            ExpressionKind::Float(float) => Value::Float(*float),
            ExpressionKind::Bool(truth) => Value::Bool(*truth),
            ExpressionKind::Name(name) => self.named(&name.to_string(), site, report),
            ExpressionKind::Negative(inner) => negated(self.number(inner, report), site, report),
            ExpressionKind::Binary(operator, operands) => {
                let [left, right] = &**operands;
                let left = (self.number(left, report), left.site);
                let right = (self.number(right, report), right.site);
                compute(*operator, left, right, report)
            }
            ExpressionKind::Tuple(_) => wrong(report, Mistake::new(site, "expected one number, found several values")),
            ExpressionKind::List(_) => wrong(report, Mistake::new(site, "expected one number, found a list")),
        }
    }

    fn named(&self, name: &str, site: Site, report: &mut Report) -> Value {
        match self.get(name) {
            Some(value) => value.clone(),
            None => {
                let mistake = Mistake::new(site, format!("there is no number `{name}` here"));
                wrong(report, mistake.maybe_help(self.help(name)))
            }
        }
    }

    /// The value of `expression` as a size: a whole number, at least 1.
    pub fn size(&self, expression: &Expression, what: &str, report: &mut Report) -> Option<usize> {
        match self.number(expression, report) {
            Value::Wrong => None,
            value => match size(&value) {
                Some(size) => Some(size),
                None => {
                    let message = format!("{what} is a whole number of at least 1, not {value}");
                    report.push(Mistake::new(expression.site, message));
                    None
                }
            },
        }
    }
}

/// A value as a size of at least 1.
pub fn size(value: &Value) -> Option<usize> {
    natural(value).filter(|size| *size > 0)
}

/// A value as a size of at least 0.
pub fn natural(value: &Value) -> Option<usize> {
    match value {
        Value::Integer(integer) => usize::try_from(*integer).ok(),
        _ => None,
    }
}

fn wrong(report: &mut Report, mistake: Mistake) -> Value {
    report.push(mistake);
    Value::Wrong
}

fn negated(value: Value, site: Site, report: &mut Report) -> Value {
    match value {
        Value::Integer(integer) => match integer.checked_neg() {
            Some(integer) => Value::Integer(integer),
            None => wrong(report, Mistake::new(site, "this number is too large")),
        },
        Value::Float(float) => Value::Float(-float),
        Value::Wrong => Value::Wrong,
        other => wrong(report, Mistake::new(site, format!("{other} has no negative"))),
    }
}

fn compute(
    operator: Operator,
    (left, left_site): (Value, Site),
    (right, right_site): (Value, Site),
    report: &mut Report,
) -> Value {
    let site = left_site.to(right_site);
    let (a, b) = match (left, right) {
        (Value::Integer(a), Value::Integer(b)) => (a, b),
        (Value::Wrong, _) | (_, Value::Wrong) => return Value::Wrong,
        (Value::Integer(_), other) => return not_whole(&other, right_site, report),
        (other, _) => return not_whole(&other, left_site, report),
    };
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide if b == 0 => return wrong(report, Mistake::new(site, "division by zero")),
        Operator::Divide => a.checked_div(b),
    };
    match result {
        Some(result) => Value::Integer(result),
        None => wrong(report, Mistake::new(site, "this number is too large")),
    }
}

fn not_whole(value: &Value, site: Site, report: &mut Report) -> Value {
    let mistake = Mistake::new(site, format!("{value} is not a whole number"));
    wrong(report, mistake.help("`+ - * /` work on whole numbers"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;
    use crate::syntax::Item;

    fn evaluate(text: &str) -> (Value, Vec<String>) {
        let mut report = Report::default();
        let file = parse(format!("const X = {text};").parse().unwrap(), &mut report);
        let mut numbers = Numbers::default();
        numbers.define("WIDTH", Value::Integer(64));
        numbers.define_later("DEPTH");
        let [Item::Const(constant)] = &file.items[..] else { panic!("one constant") };
        let value = numbers.value(constant.value.as_ref().unwrap(), &mut report);
        (value, report.into_mistakes().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn computes() {
        for (text, expected) in [
            ("1 + 2 * 3", Value::Integer(7)),
            ("(1 + 2) * 3", Value::Integer(9)),
            ("7 / 2", Value::Integer(3)),
            ("10 - 2 - 3", Value::Integer(5)),
            ("2 - 3 + 4", Value::Integer(3)),
            ("WIDTH / 2", Value::Integer(32)),
            ("1e-5", Value::Float(1e-5)),
            ("[3, WIDTH]", Value::List(vec![Value::Integer(3), Value::Integer(64)])),
            ("same", Value::Word("same".to_owned())),
            ("-0.5", Value::Float(-0.5)),
        ] {
            assert_eq!(evaluate(text), (expected, Vec::new()), "{text}");
        }
    }

    #[test]
    fn refuses() {
        for (text, expected) in [
            ("1 / 0", "division by zero"),
            ("9223372036854775807 + 1", "this number is too large"),
            ("0 - 9223372036854775807 * 2", "this number is too large"),
            ("WIDHT + 1", "there is no number `WIDHT` here\nhelp: did you mean `WIDTH`?"),
            (
                "DEPTH + 1",
                "there is no number `DEPTH` here\nhelp: `DEPTH` is defined further down; move it above its first use",
            ),
            ("1.5 + 1", "1.5 is not a whole number\nhelp: `+ - * /` work on whole numbers"),
            ("1 + [2]", "expected one number, found a list"),
        ] {
            assert_eq!(evaluate(text), (Value::Wrong, vec![expected.to_owned()]), "{text}");
        }
    }
}
