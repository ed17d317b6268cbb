//! Dates as people write them, translated to one form: "Sunday, March 8, 2015" is 2015-03-08.
//!
//!     cargo run --release -p nn-textbook --example translate_dates
//!
//! An encoder reads a date letter by letter, and a decoder writes the other form. The plain pair has one state of fixed size to hand
//! over (Sutskever, Vinyals and Le, 2014). With attention the decoder looks at all that was read while it writes each letter
//! (Bahdanau, Cho and Bengio, 2015). After as many epochs one still gets most dates wrong, and the other hardly any.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nn_core::plot::Curves;
use nn_core::{Adam, Batch, CrossEntropy, Network, Training, argmax, network, shape};
use nn_textbook::{Arguments, Noise, run};

network! {
    /// The letters that dates are written with.
    const LETTERS = 40;
    /// Digits and the hyphen, and what stands before the first of them.
    const BEFORE = 12;

    /// All that was read is in the state that the decoder starts with.
    struct Plain(date: [..32 of LETTERS], said: [10 of BEFORE]) = {
        let end = date -> embedding(16) -> gru(64) -> last;
        said -> embedding(16) -> gru(64, start = end) -> each(affine(11)) -> softmax
    };

    /// The decoder looks at it besides.
    struct Attentive(date: [..32 of LETTERS], said: [10 of BEFORE]) = {
        let (read, end) = date -> embedding(16) -> gru(64);
        said -> embedding(16) -> gru(64, start = end) -> concat(id | attention(1, over = read))
            -> each(affine(11)) -> softmax
    };
}

type Date = shape![..32 of 40];
type Said = shape![10 of 12];
type Next = shape![10, 11];

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789 ,/.";
const WRITTEN: &str = "0123456789-";

/// What stands before the first letter.
const START: u32 = 11;
const LEN: usize = 10;
const BATCH: usize = 64;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The place of each letter in an alphabet.
fn numbers(text: &str, alphabet: &str) -> Result<Vec<u32>, String> {
    let number = |letter| {
        let number = alphabet.chars().position(|other| other == letter).map(|number| number as u32);
        number.ok_or_else(|| format!("no date has the letter {letter:?}"))
    };
    text.chars().map(number).collect()
}

/// The day of the week, from Monday on (Zeller's congruence).
fn weekday(year: usize, month: usize, day: usize) -> usize {
    let (year, month) = if month < 3 { (year - 1, month + 12) } else { (year, month) };
    (day + 13 * (month + 1) / 5 + year + year / 4 - year / 100 + year / 400 + 5) % 7
}

fn days(year: usize, month: usize) -> usize {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A date in one of nine forms, and in ours.
fn date(noise: &mut Noise) -> [String; 2] {
    let (year, month) = (1950 + noise.below(100), 1 + noise.below(12));
    let day = 1 + noise.below(days(year, month));
    let (name, of_week) = (MONTHS[month - 1], WEEKDAYS[weekday(year, month, day)]);
    let short = &name[..3];
    let text = match noise.below(9) {
        0 => format!("{of_week}, {name} {day}, {year}"),
        1 => format!("{name} {day}, {year}"),
        2 => format!("{day} {name} {year}"),
        3 => format!("{short} {day}, {year}"),
        4 => format!("{day} {short} {year}"),
        5 => format!("{day:02}.{month:02}.{year}"),
        6 => format!("{month}/{day}/{year}"),
        7 => format!("{of_week} {day}. {short} {year}"),
        _ => format!("{year} {name} {day}"),
    };
    [text, format!("{year}-{month:02}-{day:02}")]
}

/// Dates, what was said before each letter, and what is to be said.
type Told = (Batch<Date>, Batch<Said>, Vec<usize>);

/// Dates and their translations, in numbers.
struct Pairs {
    dates: Vec<Vec<u32>>,
    written: Vec<Vec<u32>>,
}

impl Pairs {
    fn new(count: usize, seed: u64) -> Result<Self, String> {
        let mut noise = Noise::new(seed);
        let mut pairs = Self { dates: Vec::new(), written: Vec::new() };
        for _ in 0..count {
            let [date, written] = date(&mut noise);
            pairs.dates.push(numbers(&date, ALPHABET)?);
            pairs.written.push(numbers(&written, WRITTEN)?);
        }
        Ok(pairs)
    }

    /// Some of them as a network takes them, and what it is to write.
    fn batch(&self, places: &[usize]) -> Result<Told, Box<dyn Error>> {
        let dates: Vec<&[u32]> = places.iter().map(|&place| &self.dates[place][..]).collect();
        let (mut said, mut next) = (Vec::new(), Vec::new());
        for &place in places {
            said.extend([START].iter().chain(&self.written[place][..LEN - 1]));
            next.extend(self.written[place].iter().map(|&letter| letter as usize));
        }
        Ok((Batch::from_samples(&dates)?, Batch::from_slice(&said)?, next))
    }
}

/// What a network writes for dates: each letter by those that it wrote before.
fn translate<N>(net: &N, dates: &Batch<Date>) -> Result<Vec<Vec<u32>>, Box<dyn Error>>
where
    N: Network<Scalar = f32, Inputs = (Date, Said), Outputs = (Next,)>,
{
    let mut said = Batch::<Said>::zeros(dates.samples());
    said.iter_mut().for_each(|said| said[0] = START);
    let mut written = vec![Vec::new(); dates.samples()];
    for at in 0..LEN {
        let next = net.predict((dates, &said))?;
        for (sample, written) in written.iter_mut().enumerate() {
            let letter = argmax(&next.sample(sample)[at * 11..(at + 1) * 11]) as u32;
            written.push(letter);
            if at + 1 < LEN {
                said.sample_mut(sample)[at + 1] = letter;
            }
        }
    }
    Ok(written)
}

/// The percentage of dates that are right in every letter.
fn right<N>(net: &N, pairs: &Pairs) -> Result<f64, Box<dyn Error>>
where
    N: Network<Scalar = f32, Inputs = (Date, Said), Outputs = (Next,)>,
{
    let all: Vec<usize> = (0..pairs.dates.len()).collect();
    let written = translate(net, &pairs.batch(&all)?.0)?;
    let right = written.iter().zip(&pairs.written).filter(|(found, wanted)| found == wanted).count();
    Ok(100.0 * right as f64 / all.len() as f64)
}

/// Trains a network, and gives the percentage of test dates that are right after each epoch.
fn learn<N>(name: &str, epochs: usize, train: &Pairs, test: &Pairs) -> Result<(N, Vec<f64>), Box<dyn Error>>
where
    N: Network<Scalar = f32, Inputs = (Date, Said), Outputs = (Next,)>,
{
    let (mut net, mut training, mut noise) = (N::new(1), Training::new(BATCH), Noise::new(5));
    let mut optimizer = Adam::new(0.005).clip_norm(1.0);
    let (start, mut percent) = (Instant::now(), Vec::new());
    let mut order: Vec<usize> = (0..train.dates.len()).collect();
    for epoch in 1..=epochs {
        for i in (1..order.len()).rev() {
            order.swap(i, noise.below(i + 1));
        }
        let mut sum = 0.0;
        for places in order.chunks_exact(BATCH) {
            let (dates, said, next) = train.batch(places)?;
            sum += f64::from(training.loss_and_gradients(&net, (&dates, &said), &CrossEntropy, &next)?);
            training.step(&mut net, &mut optimizer)?;
        }
        percent.push(right(&net, test)?);
        println!(
            "{name:<10} epoch {epoch:>2}: loss {:.4}, right {:5.1} %, {:.1} s",
            sum / (order.len() / BATCH) as f64,
            percent[epoch - 1],
            start.elapsed().as_secs_f64()
        );
    }
    Ok((net, percent))
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (count, epochs) = (arguments.choose(20_000, 5_000), arguments.choose(15, 8));
    let (train, test) = (Pairs::new(count, 1)?, Pairs::new(1000, 2)?);
    println!("{count} dates to learn from, 1000 others to translate");
    let (_, plain) = learn::<Plain>("plain", epochs, &train, &test)?;
    let (net, attentive) = learn::<Attentive>("attention", epochs, &train, &test)?;
    Curves::new("Dates that are right in every letter")
        .axes("epoch", "%")
        .curve("plain", &plain)
        .curve("with attention", &attentive)
        .save(arguments.picture("translate_dates.svg")?)?;

    let mut noise = Noise::new(9);
    let dates: [[String; 2]; 5] = [(); 5].map(|()| date(&mut noise));
    for [date, wanted] in dates {
        let letters = numbers(&date, ALPHABET)?;
        let found = &translate(&net, &Batch::from_samples(&[&letters])?)?[0];
        let found: String = found.iter().filter_map(|&letter| WRITTEN.chars().nth(letter as usize)).collect();
        println!("  {date:<28} {found}{}", if found == wanted { String::new() } else { format!(", not {wanted}") });
    }
    Ok(())
}

fn main() -> ExitCode {
    run("Dates as people write them, translated to one form", experiment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_the_calendar_has_them() {
        for (year, month, day, expected) in [(2015, 3, 8, 6), (2000, 2, 29, 1), (1950, 1, 1, 6), (2049, 12, 31, 4)] {
            assert_eq!(weekday(year, month, day), expected, "{year}-{month}-{day}");
        }
        assert_eq!([days(2000, 2), days(2023, 2), days(2024, 2), days(2049, 11)], [29, 28, 29, 30]);
        let pairs = Pairs::new(500, 3).expect("letters of the alphabet");
        assert!(pairs.dates.iter().all(|date| (6..=32).contains(&date.len())));
        assert!(pairs.written.iter().all(|written| written.len() == LEN));
    }

    #[test]
    fn strange_letters_are_refused() {
        assert_eq!(numbers("8 märz 2015", ALPHABET), Err("no date has the letter 'ä'".to_owned()));
        assert_eq!(numbers("3-8", WRITTEN), Ok(vec![3, 10, 8]));
    }
}
