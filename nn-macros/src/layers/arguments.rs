//! How a layer, or a block, reads its arguments.

use std::collections::HashSet;

use syn::Ident;

use crate::expressions::{Numbers, Value, natural, size};
use crate::report::{Mistake, Report, Site};
use crate::words;

/// An argument that stands in the source.
#[derive(Debug)]
pub struct Given {
    /// `stride =` before it.
    pub name: Option<Ident>,
    /// Its value.
    pub value: Value,
    /// Where it stands.
    pub site: Site,
}

/// Arguments to be asked for one after another; the order of asking is that of places. Only what everybody knows by its place may
/// stand there without a name: what has no default, and the few numbers that a layer is mostly given alone.
///
/// Each question answers with *some* value: [`Arguments::finish`] says whether they all may be used.
pub struct Arguments<'a> {
    callee: &'a str,
    site: Site,
    given: Vec<Given>,
    used: HashSet<usize>,
    asked: Vec<Asked>,
    missing: Vec<String>,
    correct: bool,
    ordered: bool,
    /// What the layer takes from its input, and is given elsewhere.
    follows_from_input: Option<&'static str>,
    report: &'a mut Report,
}

struct Asked {
    name: String,
    default: Option<String>,
    by_place: bool,
    /// For one that goes by name alone: how the value that stands in its place would be written, if it may be one.
    written: Option<String>,
}

impl<'a> Arguments<'a> {
    /// The arguments of a call to `callee`. Words that mean nothing are reported.
    pub fn new(
        callee: &'a str,
        site: Site,
        given: Vec<Given>,
        numbers: &Numbers,
        sources: &[String],
        report: &'a mut Report,
    ) -> Self {
        let mut arguments = Self {
            callee,
            site,
            given,
            used: HashSet::new(),
            asked: Vec::new(),
            missing: Vec::new(),
            correct: true,
            ordered: true,
            follows_from_input: None,
            report,
        };
        arguments.check_words(numbers, sources);
        arguments.check_order();
        arguments
    }

    /// Says that this is never given, as it follows from the input; other libraries want it.
    pub fn follows_from_input(&mut self, what: &'static str) {
        self.follows_from_input = Some(what);
    }

    fn mistake(&mut self, mistake: Mistake) {
        self.report.push(mistake);
        self.correct = false;
    }

    fn check_words(&mut self, numbers: &Numbers, sources: &[String]) {
        for i in 0..self.given.len() {
            let Given { value, site, .. } = &self.given[i];
            let Value::Word(word) = value else { continue };
            if words::VALUES.contains(&word.as_str()) {
                continue;
            }
            let mistake = if sources.contains(word) {
                let message = format!("`{word}` is a value of the graph, and {} has no argument for one", self.callee);
                Mistake::new(*site, message)
            } else {
                let help = numbers.help(word).or_else(|| words::did_you_mean(word, words::VALUES));
                Mistake::new(*site, format!("there is no number `{word}` here")).maybe_help(help)
            };
            self.mistake(mistake);
            self.given[i].value = Value::Wrong;
        }
    }

    fn check_order(&mut self) {
        let first_named = self.given.iter().position(|given| given.name.is_some()).unwrap_or(self.given.len());
        let late = self.given.iter().skip(first_named).find(|given| given.name.is_none());
        if let Some(late) = late {
            let mistake = Mistake::new(late.site, "an argument without a name stands before those with one");
            self.mistake(mistake);
            self.ordered = false;
        }
    }

    /// A size of at least 1.
    pub fn size(&mut self, name: &str) -> usize {
        self.ask(name, None, true, "a whole number of at least 1", size).unwrap_or(1)
    }

    /// A size of at least 1, or its default.
    pub fn size_or(&mut self, name: &str, default: usize) -> usize {
        self.ask(name, Some(default.to_string()), false, "a whole number of at least 1", size).unwrap_or(default)
    }

    /// Two sizes of at least 1, `[down, right]`, or one for both.
    pub fn pair(&mut self, name: &str) -> [usize; 2] {
        let wanted = "a whole number of at least 1, or two as `[3, 1]`";
        self.ask(name, None, true, wanted, |value| pair(value, size)).unwrap_or([1, 1])
    }

    /// Two sizes of at least 1, or their default, which is written `text`.
    pub fn pair_or(&mut self, name: &str, default: [usize; 2], text: &str) -> [usize; 2] {
        let wanted = "a whole number of at least 1, or two as `[3, 1]`";
        self.ask(name, Some(text.to_owned()), false, wanted, |value| pair(value, size)).unwrap_or(default)
    }

    /// Two sizes of at least 0; 0 by default.
    pub fn padding(&mut self, name: &str) -> [usize; 2] {
        let wanted = "a whole number, or two as `[1, 0]`";
        self.ask(name, Some("0".to_owned()), false, wanted, |value| pair(value, natural)).unwrap_or([0, 0])
    }

    /// As [`Arguments::padding`]; `None` for `same`.
    pub fn padding_or_same(&mut self, name: &str) -> Option<[usize; 2]> {
        let wanted = "a whole number, two as `[1, 0]`, or `same`";
        let convert = |value: &Value| match value {
            Value::Word(word) if word == "same" => Some(None),
            value => pair(value, natural).map(Some),
        };
        self.ask(name, Some("0".to_owned()), false, wanted, convert).unwrap_or(Some([0, 0]))
    }

    /// A number that `fits`, or its default.
    pub fn number_or(&mut self, name: &str, default: f64, wanted: &str, fits: impl Fn(f64) -> bool) -> f64 {
        self.number(name, default, false, wanted, fits)
    }

    /// The same for a number that everybody knows by its place.
    pub fn placed_number_or(&mut self, name: &str, default: f64, wanted: &str, fits: impl Fn(f64) -> bool) -> f64 {
        self.number(name, default, true, wanted, fits)
    }

    fn number(&mut self, name: &str, default: f64, by_place: bool, wanted: &str, fits: impl Fn(f64) -> bool) -> f64 {
        let convert = |value: &Value| match value {
            Value::Integer(integer) => Some(*integer as f64).filter(|number| fits(*number)),
            Value::Float(number) => Some(*number).filter(|number| number.is_finite() && fits(*number)),
            _ => None,
        };
        self.ask(name, Some(format!("{default:?}")), by_place, wanted, convert).unwrap_or(default)
    }

    /// `true` or `false`, or its default.
    pub fn flag_or(&mut self, name: &str, default: bool) -> bool {
        let convert = |value: &Value| match value {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        };
        self.ask(name, Some(default.to_string()), false, "`true` or `false`", convert).unwrap_or(default)
    }

    /// A list of sizes of at least 1.
    pub fn sizes(&mut self, name: &str) -> Vec<usize> {
        let convert = |value: &Value| match value {
            Value::List(list) if !list.is_empty() => list.iter().map(size).collect(),
            _ => None,
        };
        self.ask(name, None, true, "a shape such as `[1, 28, 28]`", convert).unwrap_or_else(|| vec![1])
    }

    /// Any value, or its default; by place or by name.
    pub fn any(&mut self, name: &str, default: Option<Value>) -> Value {
        let text = default.as_ref().map(ToString::to_string);
        self.ask(name, text, true, "a value", |value| Some(value.clone())).or(default).unwrap_or(Value::Wrong)
    }

    /// Says that an argument that was asked for does not go with the others.
    pub fn wrong(&mut self, name: &str, message: String, help: &str) {
        let site = self.position_of(name).map_or(self.site, |i| self.given[i].site);
        self.mistake(Mistake::new(site, message).help(help));
    }

    fn position_of(&self, name: &str) -> Option<usize> {
        let position = self.asked.iter().position(|asked| asked.name == name)?;
        let by_place = self.asked[position].by_place;
        let positional = self.at_place(position).filter(|_| by_place).map(|_| position);
        let named = || self.given.iter().position(|given| given.name.as_ref().is_some_and(|given| given == name));
        positional.or_else(named)
    }

    /// What stands at this place without a name.
    fn at_place(&self, position: usize) -> Option<&Given> {
        self.given.get(position).filter(|given| given.name.is_none())
    }

    fn ask<T>(
        &mut self,
        name: &str,
        default: Option<String>,
        by_place: bool,
        wanted: &str,
        convert: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        if !self.ordered {
            return None;
        }
        let required = default.is_none();
        let fitting = self.at_place(self.asked.len()).filter(|given| !by_place && convert(&given.value).is_some());
        let written = fitting.map(|given| format!("`{name} = {}`?", given.value));
        self.asked.push(Asked { name: name.to_owned(), default, by_place, written });
        let Some(i) = self.position_of(name) else {
            if required {
                self.missing.push(name.to_owned());
            }
            return None;
        };
        self.used.insert(i);
        let Given { value, site, .. } = &self.given[i];
        if *value == Value::Wrong {
            self.correct = false;
            return None;
        }
        let converted = convert(value);
        if converted.is_none() {
            let message = format!("`{name}` of {} is {wanted}, not {value}", self.callee);
            let mistake = Mistake::new(*site, message);
            self.mistake(mistake);
        }
        converted
    }

    /// Reports arguments that are missing or that nobody asked for. Whether the answers may be used.
    pub fn finish(mut self) -> bool {
        if !self.ordered {
            return false;
        }
        let left: Vec<usize> = (0..self.given.len()).filter(|i| !self.used.contains(i)).collect();
        let (unnamed, named): (Vec<usize>, Vec<usize>) = left.into_iter().partition(|&i| self.given[i].name.is_none());
        if let Some(&first) = unnamed.first() {
            self.out_of_place(first);
        }
        for i in named {
            self.left_over(i);
        }
        if let Some(name) = self.missing.first() {
            let message = format!("{} needs `{name}`", self.callee);
            let mistake = Mistake::new(self.site, message).help(format!("write `{}`", self.signature()));
            self.mistake(mistake);
        }
        self.correct
    }

    /// The first argument without a name that must have one, or is one too many.
    fn out_of_place(&mut self, i: usize) {
        let written = self.asked.get(i).and_then(|asked| asked.written.clone());
        let follows_from_input =
            self.follows_from_input.map(|what| format!("{} takes its {what} from its input", self.callee));
        let help = match (written, follows_from_input) {
            (Some(written), Some(follows_from_input)) => Some(format!("{written} {follows_from_input}")),
            (written, follows_from_input) => written.or(follows_from_input).or_else(|| self.signature_help()),
        };
        let mistake = Mistake::new(self.given[i].site, self.too_many()).maybe_help(help);
        self.mistake(mistake);
    }

    fn left_over(&mut self, i: usize) {
        let site = self.given[i].site;
        let Some(name) = self.given[i].name.as_ref().map(ToString::to_string) else { return };
        if self.asked.iter().any(|asked| asked.name == name) {
            return self.mistake(Mistake::new(site, format!("`{name}` is given twice")));
        }
        let names = || self.asked.iter().map(|asked| asked.name.as_str());
        let meant = words::closest(&name, names()).map(str::to_owned);
        let help = meant.as_ref().map(|meant| format!("did you mean `{meant}`?")).or_else(|| self.signature_help());
        let mistake = Mistake::new(site, format!("{} has no argument `{name}`", self.callee)).maybe_help(help);
        self.missing.retain(|missing| Some(missing) != meant.as_ref());
        self.mistake(mistake);
    }

    fn too_many(&self) -> String {
        let placed: Vec<_> = self.asked.iter().filter(|asked| asked.by_place).collect();
        let names = placed.iter().map(|asked| format!("`{}`", asked.name)).collect::<Vec<_>>().join(" and ");
        match (self.asked.len(), placed.len()) {
            (0, _) => format!("{} takes no arguments", self.callee),
            (1, 1) => format!("{} takes one argument", self.callee),
            (n, placed) if n == placed => format!("{} takes at most {n} arguments", self.callee),
            (_, 0) => format!("{} takes its arguments by name", self.callee),
            _ => format!("{} takes {names} by place, and everything else by name", self.callee),
        }
    }

    fn signature_help(&self) -> Option<String> {
        (!self.asked.is_empty()).then(|| format!("it is `{}`", self.signature()))
    }

    /// `conv(out, kernel, stride = 1)`
    fn signature(&self) -> String {
        let argument = |asked: &Asked| match &asked.default {
            Some(default) => format!("{} = {default}", asked.name),
            None => asked.name.clone(),
        };
        let arguments: Vec<String> = self.asked.iter().map(argument).collect();
        format!("{}({})", self.callee, arguments.join(", "))
    }
}

fn pair(value: &Value, convert: impl Fn(&Value) -> Option<usize>) -> Option<[usize; 2]> {
    match value {
        Value::List(list) => match &list[..] {
            [down, right] => Some([convert(down)?, convert(right)?]),
            _ => None,
        },
        value => convert(value).map(|both| [both, both]),
    }
}
