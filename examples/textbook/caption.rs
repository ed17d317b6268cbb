//! What a picture shows, in a sentence: "two coats above a bag".
//!
//!     cargo run --release -p nn-textbook --example caption
//!
//! A convolution network looks at a scene of clothes, and what it makes of that starts an LSTM, which says one word after another
//! (Vinyals et al., "Show and tell", 2015). While it learns it is told the words before; later it goes by its own. The most likely
//! word at each step is one way to a sentence; the other keeps the best few beginnings, and ends with the likeliest sentence.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nn_core::data::{Dataset, fashion_mnist};
use nn_core::plot::{Picture, Pictures};
use nn_core::train::schedule::{Every, OneCycle};
use nn_core::{Adam, Batch, Network, Trainer, argmax, network, shape};
use nn_examples::location::Location;
use nn_textbook::bleu::bleu;
use nn_textbook::captions::{Captions, END, LEN, Told, WORDS, class, spelt};
use nn_textbook::scenes::SIDE;
use nn_textbook::{Arguments, run};

network! {
    const WORDS = 26;
    /// The words, and what stands before the first of them.
    const BEFORE = 27;
    const HIDDEN = 128;

    block half(channels) = conv(channels, 3, pad = same) -> relu -> pool(2);
    /// Both states that a sentence starts with, one behind the other.
    struct Eye = [1, 96, 96] -> half(16) -> half(32) -> half(64) -> half(64) -> dropout(0.3) -> affine(256) -> relu
        -> concat(affine(HIDDEN) -> tanh | affine(HIDDEN));

    /// A picture, and before each word the one before it.
    struct Captioner(picture: [1, 96, 96], said: [6 of BEFORE]) = {
        let (h, c) = picture -> eye: Eye -> split(2);
        said -> voice: (embedding(32) -> lstm(HIDDEN, start = (h, c)) -> each(affine(WORDS))) -> softmax
    };

    /// One step of its second part.
    struct Voice(said: [1 of BEFORE], h: [HIDDEN], c: [HIDDEN]) = {
        let (all, next, cell) = said -> embedding(32) -> lstm(HIDDEN, start = (h, c));
        all -> each(affine(WORDS)) -> softmax, next, cell
    };
}

type Picture96 = shape![1, 96, 96];
type Said = shape![6 of 27];
type State = shape![128];

/// What stands before the first word.
const START: u32 = WORDS.len() as u32;

/// No sentence has more words, with its end.
const MOST: usize = LEN + 3;

/// Scenes, and the sentences about them.
struct Scenes {
    pictures: Batch<Picture96>,
    /// The words before each.
    said: Batch<Said>,
    /// The words, and the end.
    words: Vec<usize>,
    sentences: Vec<[usize; LEN]>,
}

impl Scenes {
    fn of(told: impl Iterator<Item = Told>) -> Result<Self, Box<dyn Error>> {
        let (mut pixels, mut said, mut words, mut sentences) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for Told { scene, sentence } in told {
            pixels.extend(scene.picture.into_iter().map(|byte| f32::from(byte) / 255.0));
            said.push(START);
            said.extend(sentence.iter().map(|&word| word as u32));
            words.extend(sentence.into_iter().chain([END]));
            sentences.push(sentence);
        }
        Ok(Self { pictures: Batch::from_slice(&pixels)?, said: Batch::from_slice(&said)?, words, sentences })
    }
}

/// A network that looks and one that speaks, of those that learnt together.
struct Speaker {
    eye: Eye,
    voice: Voice,
}

/// A sentence that has begun.
#[derive(Clone)]
struct Begun {
    words: Vec<usize>,
    /// The logarithm of its probability.
    score: f64,
    /// The states after its last word, `h` and `c`.
    states: [Vec<f32>; 2],
}

impl Begun {
    fn is_over(&self) -> bool {
        self.words.last() == Some(&END) || self.words.len() == MOST
    }
}

impl Speaker {
    fn of(net: &Captioner) -> Result<Self, nn_core::Error> {
        Ok(Self { eye: net.part::<Eye>("eye")?.to_network(), voice: net.part::<Voice>("voice")?.to_network() })
    }

    /// A sentence for each picture, by keeping the best `width` beginnings: with one the likeliest word each time.
    fn tell(&self, pictures: &Batch<Picture96>, width: usize) -> Result<Vec<Vec<usize>>, Box<dyn Error>> {
        if width == 0 {
            return Err("a search keeps at least one beginning: a width of 1 or more".into());
        }
        let mut sentences = Vec::new();
        for some in (0..pictures.samples()).step_by(100) {
            let range = some..(some + 100).min(pictures.samples());
            for both in self.eye.predict(pictures.view().range(range))?.iter() {
                let (h, c) = both.split_at(both.len() / 2);
                let begun = Begun { words: Vec::new(), score: 0.0, states: [h.to_vec(), c.to_vec()] };
                sentences.push(self.search(begun, width)?);
            }
        }
        Ok(sentences)
    }

    /// The likeliest sentence of those found, without its end.
    fn search(&self, begun: Begun, width: usize) -> Result<Vec<usize>, Box<dyn Error>> {
        let mut kept = vec![begun];
        while !kept.iter().all(Begun::is_over) {
            let (mut all, going): (Vec<Begun>, Vec<Begun>) = kept.into_iter().partition(Begun::is_over);
            all.extend(self.go_on(&going, width)?);
            all.sort_by(|a, b| b.score.total_cmp(&a.score));
            all.truncate(width);
            kept = all;
        }
        let words = kept.into_iter().next().map(|best| best.words).unwrap_or_default();
        Ok(words.into_iter().take_while(|word| *word != END).collect())
    }

    /// Every beginning with each of its `width` likeliest next words.
    fn go_on(&self, going: &[Begun], width: usize) -> Result<Vec<Begun>, Box<dyn Error>> {
        let last = |begun: &Begun| begun.words.last().map_or(START, |&word| word as u32);
        let said = Batch::<shape![1 of 27]>::from_slice(&going.iter().map(last).collect::<Vec<_>>())?;
        let states = |which: usize| going.iter().flat_map(|begun| begun.states[which].iter().copied()).collect();
        let [h, c]: [Vec<f32>; 2] = [states(0), states(1)];
        let (h, c) = (Batch::<State>::from_slice(&h)?, Batch::<State>::from_slice(&c)?);
        let (next, h, c) = self.voice.predict((&said, &h, &c))?;
        let mut longer = Vec::new();
        for (i, begun) in going.iter().enumerate() {
            for (word, probability) in likeliest(next.sample(i), width) {
                let mut words = begun.words.clone();
                words.push(word);
                let score = begun.score + f64::from(probability).ln();
                longer.push(Begun { words, score, states: [h.sample(i).to_vec(), c.sample(i).to_vec()] });
            }
        }
        Ok(longer)
    }
}

/// So many words with their probabilities, the likeliest first.
fn likeliest(probabilities: &[f32], count: usize) -> Vec<(usize, f32)> {
    if count == 1 {
        let best = argmax(probabilities);
        return vec![(best, probabilities[best])];
    }
    let mut words: Vec<(usize, f32)> = probabilities.iter().copied().enumerate().collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1));
    words.truncate(count);
    words
}

/// How good sentences are.
struct Marks {
    /// The share of those that are right word for word.
    exact: f64,
    bleu: f64,
    /// The share of the kinds of clothes that a sentence names, one or several.
    named: f64,
}

impl Marks {
    fn of(found: &[Vec<usize>], wanted: &[[usize; LEN]]) -> Self {
        let pairs: Vec<(&[usize], &[usize])> =
            found.iter().zip(wanted).map(|(found, wanted)| (&found[..], &wanted[..])).collect();
        let exact = pairs.iter().filter(|(found, wanted)| found == wanted).count();
        let is_named = |found: &[usize], word: usize| found.iter().any(|&found| class(found) == class(word));
        let named = |(found, wanted): &(&[usize], &[usize])| {
            wanted.iter().filter(|word| class(**word).is_some() && is_named(found, **word)).count()
        };
        let count = pairs.len().max(1) as f64;
        let named = pairs.iter().map(named).sum::<usize>() as f64 / (2.0 * count);
        Self { exact: exact as f64 / count, bleu: bleu(&pairs), named }
    }

    fn say(&self, how: &str) {
        let Self { exact, bleu, named } = self;
        println!("{how:16} exact {exact:.3}, BLEU-4 {bleu:.3}, garments named {named:.3}");
    }
}

/// The first scenes, and what is said of each.
fn sheet(scenes: &Scenes, found: &[Vec<usize>]) -> Pictures {
    let mut sheet = Pictures::new("What the network says").columns(4).scale(2);
    for (picture, found) in scenes.pictures.iter().zip(found).take(12) {
        sheet = sheet.picture(Picture::new(picture.iter().copied(), [1, SIDE, SIDE]).caption(spelt(found)));
    }
    sheet
}

fn scenes(clothes: &[Dataset; 2], counts: [usize; 2]) -> Result<[Scenes; 2], Box<dyn Error>> {
    let [train, test] = clothes;
    Ok([Scenes::of(Captions::train(train).take(counts[0]))?, Scenes::of(Captions::test(test).take(counts[1]))?])
}

fn experiment(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (clothes, test_clothes) = fashion_mnist(Location::find(arguments.data.clone()).folder())?;
    let count = arguments.choose(6000, 3000);
    let [train, test] = scenes(&[clothes, test_clothes], [count, 1000])?;
    println!("{count} scenes to learn from, 1000 to test with; {} parameters", Captioner::<f32>::PARAMETERS);

    let (epochs, start) = (arguments.choose(20, 8), Instant::now());
    let mut net = Captioner::new(1);
    Trainer::new(Adam::new(0.003).clip_norm(1.0))
        .schedule(Every::Step, OneCycle::new((epochs * count.div_ceil(32)) as u64))
        .batch_size(32)
        .epochs(epochs)
        .validation(((&test.pictures, &test.said), &test.words))
        .on_epoch(|_, epoch| {
            println!(
                "epoch {:>2}: loss {:.3}, of the test scenes {:.3}, words right there {:.3}, {:.0} s",
                epoch.epoch,
                epoch.train_loss,
                epoch.validation_loss.unwrap_or(f64::NAN),
                epoch.validation_accuracy.unwrap_or(f64::NAN),
                start.elapsed().as_secs_f64()
            );
            Ok(())
        })
        .fit(&mut net, ((&train.pictures, &train.said), &train.words))?;

    let speaker = Speaker::of(&net)?;
    for (how, width) in [("greedy", 1), ("beam of 4", 4)] {
        let (start, found) = (Instant::now(), speaker.tell(&test.pictures, width)?);
        Marks::of(&found, &test.sentences).say(how);
        println!("{:16} {:.2} ms a picture", "", 1e3 * start.elapsed().as_secs_f64() / found.len() as f64);
        if width > 1 {
            sheet(&test, &found).save(arguments.picture("caption.png")?)?;
            for (found, wanted) in found.iter().zip(&test.sentences).take(6) {
                println!("  {} ({})", spelt(found), spelt(wanted));
            }
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    run("Captions: what a picture shows, in a sentence", experiment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_keeps_a_beginning() {
        let speaker = Speaker::of(&Captioner::new(1)).expect("parts");
        let error = speaker.tell(&Batch::zeros(1), 0).expect_err("no width").to_string();
        assert!(error.starts_with("a search keeps at least one beginning"), "{error}");
        for width in [1, 3, 100] {
            let told = speaker.tell(&Batch::zeros(2), width).expect("sentences");
            assert!(told.len() == 2 && told.iter().all(|words| words.len() <= MOST && !words.contains(&END)));
        }
    }

    /// A wider search finds a sentence that is no less likely, and both go by what is learnt together.
    #[test]
    fn steps_are_those_of_the_whole() {
        let net = Captioner::new(1);
        let speaker = Speaker::of(&net).expect("parts");
        let picture = Batch::<Picture96>::from_slice(&[0.5; 9216]).expect("a picture");
        let words = &speaker.tell(&picture, 1).expect("a sentence")[0];
        let mut said = [START; 6];
        words.iter().take(5).zip(&mut said[1..]).for_each(|(&word, said)| *said = word as u32);
        let next = net.predict((&picture, &Batch::<Said>::from_slice(&said).expect("words"))).expect("a picture");
        for (word, row) in words.iter().zip(next.as_slice().chunks(WORDS.len())) {
            assert_eq!(argmax(row), *word);
        }
    }
}
