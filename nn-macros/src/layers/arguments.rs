//! How a layer, or a block, reads its arguments.

use std::collections::{BTreeMap, HashSet};

use syn::Ident;

use super::sizes::Padding;
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
    numbers: &'a Numbers,
    sources: Vec<String>,
    /// The values of the graph that were given, each with its place.
    values: Vec<(String, Site)>,
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
    /// The arguments of a call to `callee`, where numbers and sources have these names.
    pub fn new(
        callee: &'a str,
        site: Site,
        given: Vec<Given>,
        numbers: &'a Numbers,
        sources: Vec<String>,
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
            numbers,
            sources,
            values: Vec::new(),
            report,
        };
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

    /// What is wrong with a value that is a word, if it is none of the language.
    fn strange_word(&self, i: usize) -> Option<Mistake> {
        let Given { value: Value::Word(word), site, .. } = &self.given[i] else { return None };
        if words::VALUES.contains(&word.as_str()) {
            return None;
        }
        if self.sources.contains(word) {
            let message = format!("`{word}` is a value of the graph, and {} has no argument for one", self.callee);
            return Some(Mistake::new(*site, message));
        }
        let help = self.numbers.help(word).or_else(|| words::did_you_mean(word, words::VALUES));
        Some(Mistake::new(*site, format!("there is no number `{word}` here")).maybe_help(help))
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

    /// How a window's input is padded: not by default.
    pub fn window_padding(&mut self, name: &str) -> Padding {
        let wanted = "a whole number, two as `[1, 0]`, four as `[[0, 1], [0, 1]]`, or `same`";
        let convert = |value: &Value| match value {
            Value::Word(word) if word == "same" => Some(Padding::Same),
            value => pair(value, |value| pair(value, natural)).map(Padding::Given),
        };
        self.ask(name, Some("0".to_owned()), false, wanted, convert).unwrap_or(Padding::Given([[0; 2]; 2]))
    }

    /// Two numbers of at least 0, if they are given; what they are else is written `text`.
    pub fn pair_if_given(&mut self, name: &str, text: &str) -> Option<[usize; 2]> {
        let wanted = "a whole number, or two as `[1, 0]`";
        self.ask(name, Some(text.to_owned()), false, wanted, |value| pair(value, natural))
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

    /// One of the words, the first by default.
    pub fn word<const N: usize>(&mut self, name: &str, words: [&'static str; N]) -> &'static str {
        self.one_of(name, words, false)
    }

    /// The same for a word that everybody knows by its place.
    pub fn placed_word<const N: usize>(&mut self, name: &str, words: [&'static str; N]) -> &'static str {
        self.one_of(name, words, true)
    }

    fn one_of<const N: usize>(&mut self, name: &str, words: [&'static str; N], by_place: bool) -> &'static str {
        let convert = |value: &Value| match value {
            Value::Word(found) => words.into_iter().find(|word| word == found),
            _ => None,
        };
        let wanted = words.map(|word| format!("`{word}`")).join(" or ");
        self.ask(name, Some(words[0].to_owned()), by_place, &wanted, convert).unwrap_or(words[0])
    }

    /// Values of the graph, none by default, which is written `text`, and so many at most: the layer's inputs after the first.
    /// How many there are.
    pub fn values(&mut self, name: &str, most: usize, text: &str) -> usize {
        let wanted = if most == 1 { "a value of the graph" } else { "a value of the graph, or two as `(h, c)`" };
        let convert = |value: &Value| match value {
            Value::Word(word) => Some(vec![word.clone()]),
            Value::Tuple(names) if names.len() <= most => Some(names.clone()),
            _ => None,
        };
        let names = self.ask(name, Some(text.to_owned()), false, wanted, convert);
        self.take_values(name, names.unwrap_or_default());
        self.values.len()
    }

    /// A value of the graph: the layer's next input.
    pub fn value(&mut self, name: &str) {
        let convert = |value: &Value| match value {
            Value::Word(word) => Some(vec![word.clone()]),
            _ => None,
        };
        let names = self.ask(name, None, false, "a value of the graph", convert);
        self.take_values(name, names.unwrap_or_default());
    }

    /// Takes these names for values of the graph, which were given as `name`.
    fn take_values(&mut self, name: &str, names: Vec<String>) {
        let Some(site) = self.position_of(name).map(|i| self.given[i].site) else { return };
        for name in names {
            if self.sources.contains(&name) {
                self.values.push((name, site));
                continue;
            }
            let help = words::did_you_mean(&name, self.sources.iter().map(String::as_str));
            let mistake = Mistake::new(site, format!("there is no value `{name}` here"));
            let help = help.unwrap_or_else(|| format!("name one: `let {name} = …;`"));
            self.mistake(mistake.help(help));
        }
    }

    /// The values of the graph that were given, and where.
    pub fn given_values(&mut self) -> Vec<(String, Site)> {
        std::mem::take(&mut self.values)
    }

    /// A list of sizes of at least 1.
    pub fn sizes(&mut self, name: &str) -> Vec<usize> {
        self.refuse_loose_sizes();
        let convert = |value: &Value| match value {
            Value::List(list) if !list.is_empty() => list.iter().map(size).collect(),
            _ => None,
        };
        self.ask(name, None, true, "a shape such as `[1, 28, 28]`", convert).unwrap_or_else(|| vec![1])
    }

    /// Numbers of axes, if they are given; what they are else is written `text`.
    pub fn axes(&mut self, name: &str, text: &str) -> Option<Vec<usize>> {
        let convert = |value: &Value| match value {
            Value::List(list) => list.iter().map(natural).collect(),
            _ => None,
        };
        self.ask(name, Some(text.to_owned()), true, "a list of axes such as `[1, 0]`", convert)
    }

    /// Reports sizes that should stand in brackets, once for all of them.
    fn refuse_loose_sizes(&mut self) {
        let loose = |given: &Given| given.name.is_none() && matches!(given.value, Value::Integer(_));
        let ([first, ..], true) = (&self.given[..], self.given.iter().all(loose)) else { return };
        let site = first.site.to(self.given[self.given.len() - 1].site);
        let sizes: Vec<String> = self.given.iter().map(|given| given.value.to_string()).collect();
        let mistake = Mistake::new(site, format!("the sizes of {} stand in brackets", self.callee));
        self.mistake(mistake.help(format!("write `{}([{}])`", self.callee, sizes.join(", "))));
        self.given.iter_mut().for_each(|given| given.value = Value::Wrong);
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
        let written = fitting.map(|given| format!("`{name} = {}`", given.value));
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
        let mistake = match (convert(value), self.strange_word(i)) {
            (Some(converted), _) => return Some(converted),
            (None, Some(mistake)) => mistake,
            (None, None) => {
                let mistake = Mistake::new(*site, format!("`{name}` of {} is {wanted}, not {value}", self.callee));
                mistake.maybe_help(words::meant_by_wrong_value(name, &value.to_string()))
            }
        };
        self.mistake(mistake);
        None
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
        // Whoever writes as elsewhere has made one mistake, however many words it takes.
        match (named.first(), self.meant(self.callee)) {
            (Some(&first), Some(meant)) => self.known_elsewhere(first, &meant),
            _ => named.into_iter().for_each(|i| self.left_over(i)),
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
        if self.given[i].value == Value::Wrong {
            self.correct = false;
            return;
        }
        let written = self.asked.get(i).and_then(|asked| asked.written.clone());
        let meant = self.meant(self.callee).filter(|_| self.follows_from_input.is_some());
        let help = match (written, meant, self.follows_from_input) {
            (written, Some(meant), Some(what)) => {
                let or = written.map(|written| format!(", or {written}")).unwrap_or_default();
                Some(format!("{} takes its {what} from its input: write `{meant}`{or}", self.callee))
            }
            (Some(written), ..) => Some(format!("did you mean {written}?")),
            _ => self.signature_help(),
        };
        let mistake = Mistake::new(self.given[i].site, self.too_many()).maybe_help(help);
        self.mistake(mistake);
    }

    fn known_elsewhere(&mut self, i: usize, meant: &str) {
        self.missing.clear();
        let message = match self.given[i].name.as_ref() {
            Some(name) => format!("{} has no argument `{name}`", self.callee),
            None => self.too_many(),
        };
        self.mistake(Mistake::new(self.given[i].site, message).help(format!("write `{meant}`")));
    }

    /// The call as it is written here, if its arguments make sense elsewhere: those that follow from the input fall away, the
    /// others have another name or another place, an activation is a layer of its own.
    pub fn meant(&self, callee: &str) -> Option<String> {
        let unnamed = self.given.iter().take_while(|given| given.name.is_none()).count();
        let placed = self.asked.iter().filter(|asked| asked.by_place).count();
        let skipped = usize::from(self.follows_from_input.is_some() && unnamed > placed);
        let sizes = |given: &Given| matches!(given.value, Value::Integer(_) | Value::List(_));
        if skipped > 0 && !self.given[..unnamed].iter().all(sizes) {
            return None;
        }
        let mut arguments = BTreeMap::new();
        let mut behind = String::new();
        for (i, Given { name, value, .. }) in self.given.iter().enumerate().skip(skipped) {
            let name = name.as_ref().map(ToString::to_string);
            match (&name, value) {
                (_, Value::Wrong) => return None,
                (Some(name), _) if words::FROM_INPUT.contains(&name.as_str()) => continue,
                (Some(name), Value::Word(layer)) if name == "activation" && super::find(layer).is_some() => {
                    behind = format!(" -> {layer}");
                    continue;
                }
                _ => {}
            }
            let position = match name {
                None => i - skipped,
                Some(name) => self.asked.iter().position(|asked| words::is_meant(&name, &asked.name))?,
            };
            let Asked { name, by_place, .. } = self.asked.get(position)?;
            let written = if *by_place { value.to_string() } else { format!("{name} = {value}") };
            if arguments.insert(position, written).is_some() {
                return None;
            }
        }
        let is_whole = (0..self.asked.len()).all(|i| self.asked[i].default.is_some() || arguments.contains_key(&i));
        let arguments = arguments.into_values().collect::<Vec<_>>().join(", ");
        let call = if arguments.is_empty() { callee.to_owned() } else { format!("{callee}({arguments})") };
        is_whole.then(|| call + &behind)
    }

    fn left_over(&mut self, i: usize) {
        let site = self.given[i].site;
        let Some(name) = self.given[i].name.as_ref().map(ToString::to_string) else { return };
        if self.asked.iter().any(|asked| asked.name == name) {
            return self.mistake(Mistake::new(site, format!("`{name}` is given twice")));
        }
        let alike = self.asked.iter().find(|asked| words::is_meant(&name, &asked.name));
        let meant = alike
            .map(|asked| asked.name.clone())
            .or_else(|| words::closest(&name, self.asked.iter().map(|asked| asked.name.as_str())).map(str::to_owned));
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
        let verb = if self.asked.is_empty() { "write" } else { "it is" };
        Some(format!("{verb} `{}`", self.signature()))
    }

    /// `conv(out, kernel, stride = 1)`
    fn signature(&self) -> String {
        let argument = |asked: &Asked| match &asked.default {
            Some(default) => format!("{} = {default}", asked.name),
            None => asked.name.clone(),
        };
        let arguments: Vec<String> = self.asked.iter().map(argument).collect();
        if arguments.is_empty() { self.callee.to_owned() } else { format!("{}({})", self.callee, arguments.join(", ")) }
    }
}

fn pair<T: Copy>(value: &Value, convert: impl Fn(&Value) -> Option<T>) -> Option<[T; 2]> {
    match value {
        Value::List(list) => match &list[..] {
            [down, right] => Some([convert(down)?, convert(right)?]),
            _ => None,
        },
        value => convert(value).map(|both| [both, both]),
    }
}
