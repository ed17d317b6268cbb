//! A network that learns to write: what letter comes next in "Alice's Adventures in Wonderland".
//!
//!     cargo run --release -p nn-textbook --example characters
//!
//! It learns from pieces of the book, and is judged by its perplexity on the end of it: among how many letters it hesitates. Then it
//! writes, letter by letter: `Step` has the same parameters and hands its states on.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use nn_core::plot::Curves;
use nn_core::{Adam, Batch, CrossEntropy, Network, Training, network, shape};
use nn_textbook::{Arguments, Noise, run};

network! {
    const LETTERS = 72;

    /// Learns from up to 64 letters at a time.
    struct Writer = [..64 of LETTERS] -> embedding(64) -> 2 * lstm(128) -> each(affine(LETTERS)) -> softmax;

    /// One step of it.
    struct Step(letter: [1 of LETTERS], h1: [128], c1: [128], h2: [128], c2: [128]) = {
        let (first, h, c) = letter -> embedding(64) -> lstm(128, start = (h1, c1));
        let (second, hh, cc) = first -> lstm(128, start = (h2, c2));
        second -> each(affine(LETTERS)) -> softmax, h, c, hh, cc
    };
}

/// The input and the output of [`Writer`].
type Letters = shape![..64 of 72];

const STEPS: usize = 64;
const BATCH: usize = 32;

/// The letters of a text, each with its number.
struct Alphabet(Vec<char>);

impl Alphabet {
    fn of(text: &str) -> Self {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        Self(letters)
    }

    fn numbers(&self, text: &str) -> Result<Vec<u32>, String> {
        let number = |letter| {
            let number = self.0.binary_search(&letter).map(|number| number as u32);
            number.map_err(|_| format!("the book has no letter {letter:?}: write the prompt with others"))
        };
        text.chars().map(number).collect()
    }
}

/// The pieces of a text from some letter on, and the letters that follow in each.
fn pieces(text: &[u32], first: usize) -> impl Iterator<Item = (&[u32], &[u32])> {
    let text = &text[first..];
    text.chunks_exact(STEPS).zip(text[1..].chunks_exact(STEPS))
}

/// One pass over a text in an order of its own; the mean loss.
fn learn(
    net: &mut Writer,
    optimizer: &mut nn_core::Optimizer,
    training: &mut Training<Writer>,
    text: &[u32],
    noise: &mut Noise,
) -> Result<f64, Box<dyn Error>> {
    let mut pieces: Vec<_> = pieces(text, noise.below(STEPS)).collect();
    for i in (1..pieces.len()).rev() {
        pieces.swap(i, noise.below(i + 1));
    }
    let batches = pieces.chunks_exact(BATCH);
    let (count, mut sum) = (batches.len(), 0.0);
    for batch in batches {
        let letters: Vec<&[u32]> = batch.iter().map(|(letters, _)| *letters).collect();
        let next: Vec<usize> = batch.iter().flat_map(|(_, next)| next.iter().map(|&next| next as usize)).collect();
        let letters = Batch::<Letters>::from_samples(&letters)?;
        sum += f64::from(training.loss_and_gradients(net, &letters, &CrossEntropy, &next)?);
        training.step(net, optimizer)?;
    }
    Ok(sum / count as f64)
}

/// The mean loss on a text.
fn loss(net: &Writer, text: &[u32]) -> Result<f64, Box<dyn Error>> {
    let (letters, next): (Vec<&[u32]>, Vec<&[u32]>) = pieces(text, 0).unzip();
    let outputs = net.predict(&Batch::<Letters>::from_samples(&letters)?)?;
    let next = next.concat();
    let rows = outputs.as_slice().chunks_exact(outputs.as_slice().len() / next.len()).zip(&next);
    let sum: f64 = rows.map(|(row, &next)| -f64::from(row[next as usize]).ln()).sum();
    Ok(sum / next.len() as f64)
}

/// So many letters after a prompt. A low temperature keeps to what is likely.
fn write(
    net: &Writer,
    alphabet: &Alphabet,
    prompt: &str,
    count: usize,
    temperature: f64,
) -> Result<String, Box<dyn Error>> {
    if !temperature.is_finite() || temperature <= 0.0 {
        return Err(format!("a temperature is a number above 0, not {temperature}").into());
    }
    if prompt.is_empty() {
        return Err("the prompt is empty: begin with a letter".into());
    }
    let step = Step::from_parameters(net.storage().clone());
    let (mut noise, mut text) = (Noise::new(3), prompt.to_owned());
    let mut letters = alphabet.numbers(prompt)?;
    let (mut workspace, [mut h1, mut c1, mut h2, mut c2]) = (Step::workspace(), [[0.0; 128]; 4]);
    let mut at = 0;
    while at < prompt.chars().count() + count {
        let next;
        (next, h1, c1, h2, c2) = step.predict_one(&[letters[at]], &h1, &c1, &h2, &c2, &mut workspace)?;
        at += 1;
        if at == letters.len() {
            let letter = draw(&next, temperature, &mut noise);
            letters.push(letter as u32);
            text.push(alphabet.0[letter]);
        }
    }
    Ok(text)
}

/// A letter by its probability, sharpened or blurred.
fn draw(probabilities: &[f32], temperature: f64, noise: &mut Noise) -> usize {
    // As shares of the largest, so that the likeliest is left at any temperature.
    let largest = probabilities.iter().fold(0.0, |largest: f32, &p| largest.max(p));
    let weights: Vec<f64> = probabilities.iter().map(|&p| f64::from(p / largest).powf(1.0 / temperature)).collect();
    let mut left = noise.uniform() * weights.iter().sum::<f64>();
    let found = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    found.unwrap_or(weights.len() - 1)
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let book = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/alice/alice.txt"))?;
    let alphabet = Alphabet::of(&book);
    let text = alphabet.numbers(&book)?;
    let (train, test) = text.split_at(text.len() / 10 * 9);
    println!("{} letters to learn from, {} to be told, of {} kinds", train.len(), test.len(), alphabet.0.len());

    let (mut net, mut training, mut noise) = (Writer::new(1), Training::new(BATCH), Noise::new(1));
    let mut optimizer = Adam::new(0.003).clip_norm(1.0);
    let (mut learnt, mut told) = (Vec::new(), Vec::new());
    for epoch in 1..=arguments.choose(40, 10) {
        learnt.push(learn(&mut net, &mut optimizer, &mut training, train, &mut noise)?.exp());
        told.push(loss(&net, test)?.exp());
        println!(
            "epoch {epoch:>2}   perplexity {:.2}, on the end of the book {:.2}",
            learnt[epoch - 1],
            told[epoch - 1]
        );
    }
    Curves::new("Among how many letters it hesitates")
        .axes("epoch", "perplexity")
        .curve("what it learns from", &learnt)
        .curve("the end of the book", &told)
        .save(arguments.picture("characters.svg")?)?;

    for temperature in [0.3, 0.7, 1.0] {
        println!("\nat a temperature of {temperature}:\n{}", write(&net, &alphabet, "Alice ", 400, temperature)?);
    }
    Ok(())
}

fn main() -> ExitCode {
    run("A network that learns to write", experiment)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a prompt at a temperature.
    fn refused(prompt: &str, temperature: f64) -> String {
        let alphabet = Alphabet::of("abc ");
        write(&Writer::new(1), &alphabet, prompt, 3, temperature).expect_err("a wrong setting").to_string()
    }

    #[test]
    fn wrong_prompts_and_temperatures_are_refused() {
        assert_eq!(refused("", 1.0), "the prompt is empty: begin with a letter");
        assert_eq!(refused("abx", 1.0), "the book has no letter 'x': write the prompt with others");
        for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(refused("ab", temperature), format!("a temperature is a number above 0, not {temperature}"));
        }
    }

    #[test]
    fn low_temperatures_keep_to_what_is_likely() {
        let mut noise = Noise::new(1);
        for temperature in [1e-3, 1e-300] {
            assert!((0..50).all(|_| draw(&[0.3, 0.4, 0.3], temperature, &mut noise) == 1), "{temperature}");
        }
        assert!((0..50).any(|_| draw(&[0.3, 0.4, 0.3], 1e6, &mut noise) == 0));
    }

    /// With the same start it writes what the whole network finds likely.
    #[test]
    fn letter_by_letter_is_as_at_once() {
        let net = Writer::new(1);
        let step = Step::from_parameters(net.storage().clone());
        let letters: Vec<u32> = (0..20).map(|i| i * 7 % 72).collect();
        let all = net.predict(&Batch::<Letters>::from_samples(&[&letters]).expect("letters")).expect("letters");
        let (mut workspace, [mut h1, mut c1, mut h2, mut c2]) = (Step::workspace(), [[0.0; 128]; 4]);
        for (letter, expected) in letters.iter().zip(all.as_slice().chunks(72)) {
            let next;
            (next, h1, c1, h2, c2) =
                step.predict_one(&[*letter], &h1, &c1, &h2, &c2, &mut workspace).expect("a letter");
            assert_eq!(next, expected);
        }
    }
}
