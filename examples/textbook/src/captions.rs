//! Clothes in two groups, and sentences that say what is where: "two coats above a bag".
//!
//! Scenes are made as those of [`scenes`](crate::scenes) are, and are the same in every language, byte for byte.

use nn_core::data::Dataset;

use crate::scenes::{Random, SIDE, Scene, Scenes};

/// The words of all sentences, and the end of one.
pub const WORDS: [&str; 26] = [
    "<end>",
    "a",
    "two",
    "three",
    "above",
    "beside",
    "T-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "boot",
    "T-shirts",
    "trousers",
    "pullovers",
    "dresses",
    "coats",
    "sandals",
    "shirts",
    "sneakers",
    "bags",
    "boots",
];

/// The word that ends a sentence.
pub const END: usize = 0;

/// The first of the ten garments among the words; their plurals follow.
const GARMENTS: usize = 6;

/// Words of every true sentence, without its end.
pub const LEN: usize = 5;

/// A scene and the sentence about it, as numbers of words without the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The scene.
    pub scene: Scene,
    /// Its sentence.
    pub sentence: [usize; LEN],
}

/// Makes scenes with sentences.
#[derive(Clone, Debug)]
pub struct Captions<'a> {
    scenes: Scenes<'a>,
    /// Which of the clothes are of each class.
    of_class: Vec<Vec<usize>>,
}

impl<'a> Captions<'a> {
    /// Of clothes to train with.
    pub fn train(clothes: &'a Dataset) -> Self {
        Self::of(Scenes::train(clothes))
    }

    /// Of clothes to test with.
    pub fn test(clothes: &'a Dataset) -> Self {
        Self::of(Scenes::test(clothes))
    }

    fn of(scenes: Scenes<'a>) -> Self {
        let mut of_class = vec![Vec::new(); 10];
        (0..scenes.clothes.len()).for_each(|which| of_class[scenes.clothes.label(which)].push(which));
        Self { scenes, of_class }
    }

    /// The first `count` scenes.
    pub fn take(&self, count: usize) -> impl Iterator<Item = Told> {
        (0..count as u64).map(|index| self.arranged(index))
    }

    /// One to three clothes of one class above, or left of, as many of another.
    pub fn arranged(&self, index: u64) -> Told {
        let mut random = Random((self.scenes.stream << 32) + (1 << 31) + index);
        let mut scene = self.scenes.empty(&mut random);
        let first = random.below(10);
        let second = (first + 1 + random.below(9)) % 10;
        let groups = [first, second].map(|class| (class, 1 + random.below(3)));
        let is_above = random.below(2) == 0;
        for (half, (class, count)) in groups.into_iter().enumerate() {
            for place in 0..count {
                let size = 24 + random.below(9);
                let along = SIDE * place / count + random.below(SIDE / count - size + 1);
                let across = SIDE / 2 * half + random.below(SIDE / 2 - size + 1);
                let [x, y] = if is_above { [along, across] } else { [across, along] };
                let which = self.of_class[class][random.below(self.of_class[class].len())];
                self.scenes.paste(&mut scene, which, [x, y, size]);
            }
        }
        let [first, second] = groups.map(|(class, count)| [count, garment(class, count)]);
        let between = if is_above { 4 } else { 5 };
        Told { scene, sentence: [first[0], first[1], between, second[0], second[1]] }
    }
}

/// The word for so many clothes of a class.
fn garment(class: usize, count: usize) -> usize {
    GARMENTS + class + if count == 1 { 0 } else { 10 }
}

/// The class that a word names, if it names one.
pub fn class(word: usize) -> Option<usize> {
    word.checked_sub(GARMENTS).map(|garment| garment % 10)
}

/// The words of a sentence.
pub fn spelt(sentence: &[usize]) -> String {
    sentence.iter().map(|&word| WORDS[word]).collect::<Vec<_>>().join(" ")
}

/// The numbers of a sentence's words.
///
/// # Errors
///
/// When there is none, or one that no sentence has.
pub fn read(sentence: &str) -> Result<Vec<usize>, String> {
    let number = |word: &str| {
        let number = WORDS.iter().position(|other| *other == word && *other != WORDS[END]);
        number.ok_or_else(|| format!("no sentence has the word {word:?}: the words are {}", WORDS[1..].join(", ")))
    };
    let numbers = sentence.split_whitespace().map(number).collect::<Result<Vec<_>, _>>()?;
    if numbers.is_empty() { Err("the sentence is empty: begin with a word".into()) } else { Ok(numbers) }
}

#[cfg(test)]
mod tests {
    use nn_core::data::fashion_mnist;
    use nn_examples::location::Location;

    use super::*;

    /// FNV-1a over pictures and sentences, as the same scenes made by a program in Python have it.
    fn digest(captions: &Captions<'_>) -> u64 {
        let mut digest = 0xcbf2_9ce4_8422_2325;
        for Told { scene, sentence } in captions.take(20) {
            for byte in scene.picture.into_iter().chain(spelt(&sentence).bytes()) {
                digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        digest
    }

    #[test]
    fn scenes_are_those_of_the_reference() {
        let (train, test) = fashion_mnist(Location::shipped().folder()).expect("the part that ships");
        assert_eq!(digest(&Captions::train(&train)), 0x78f5_fdde_02dc_ecb2);
        assert_eq!(digest(&Captions::test(&test)), 0xf4f0_d323_0dd3_841b);
    }

    #[test]
    fn sentences_are_read_as_they_are_written() {
        let (_, test) = fashion_mnist(Location::shipped().folder()).expect("the part that ships");
        for Told { scene, sentence } in Captions::test(&test).take(50) {
            assert_eq!(read(&spelt(&sentence)).as_deref(), Ok(&sentence[..]));
            let mut classes: Vec<usize> = scene.garments.iter().map(|garment| garment.class).collect();
            classes.dedup();
            assert_eq!(classes, sentence.iter().filter_map(|&word| class(word)).collect::<Vec<_>>());
            assert_eq!(scene.garments.len(), sentence[0] + sentence[3]);
        }
        assert!(
            read("two hats above a bag").is_err_and(|error| error.starts_with("no sentence has the word \"hats\""))
        );
        assert!(read("<end>").is_err_and(|error| error.contains("<end>")));
        assert!(read("  ").is_err_and(|error| error.starts_with("the sentence is empty")));
    }
}
