//! Numbers that are on average 0 and about 1 large, as networks learn from best.

use std::path::Path;

use nn_files::{NORMALISATION, read_normalisation, write_normalisation};

use super::Source;
use crate::base::channel::{Channel, normalise};
use crate::weights::{Metadata, WeightsProblem, load_metadata};
use crate::{Error, Real};

/// Samples that are looked at together.
const TOGETHER: usize = 256;

/// In which order a gathered image's numbers lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[channels, height, width]`: what a network takes.
    ChannelsFirst,
    /// `[height, width, channels]`: what the kernels compute with.
    ChannelsLast,
}

/// `(x - mean) / deviation` for each channel of an image, whose bytes are 255ths, or for each column of a table.
///
/// It belongs to the network that has learned from such numbers: [`save_with`](crate::Network::save_with) writes it into the file of the
/// weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Normalisation {
    /// None when nothing is to be done.
    channels: Vec<Channel>,
}

impl Normalisation {
    /// None: a byte becomes `byte / 255`, a number stays as it is.
    pub fn unit() -> Self {
        Self::default()
    }

    /// By the mean and the deviation of each channel.
    ///
    /// # Errors
    ///
    /// When a mean is not finite, or a deviation not a positive, finite number.
    pub fn standard(channels: &[(f64, f64)]) -> Result<Self, Error> {
        for &(mean, deviation) in channels {
            Error::check_setting("mean of a channel", mean, true, "finite")?;
            Error::check_setting("deviation of a channel", deviation, deviation > 0.0, "a positive, finite number")?;
        }
        Ok(Self { channels: channels.iter().map(|&(mean, deviation)| Channel { mean, deviation }).collect() })
    }

    /// By the means and deviations of these samples. A channel whose numbers are all the same gets the deviation 1, as in scikit-learn.
    pub(super) fn fit<T: Real, D: Source<T>>(data: &D, channels: usize) -> Result<Self, Error> {
        if data.is_empty() {
            return Err(Error::Empty { what: "the data that a normalisation is fitted on".into() });
        }
        let len = data.sample_len();
        if channels == 0 || !len.is_multiple_of(channels) {
            let expected = format!("a divisor of a sample's {len} numbers");
            return Err(Error::size("channels of a normalisation", expected, channels));
        }
        let means = mean(data, channels, |_, number| number)?;
        let variances = mean(data, channels, |channel, number| (number - means[channel]).powi(2))?;
        let deviations = variances.iter().map(|variance| if *variance > 0.0 { variance.sqrt() } else { 1.0 });
        let channels: Vec<_> = means.iter().copied().zip(deviations).collect();
        Self::standard(&channels)
    }

    /// Reads what [`save_with`](crate::Network::save_with) has written beside a network's weights.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no weights file, or says nothing of it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let fails = |problem| Error::Weights { path: path.into(), problem };
        match read_normalisation(&load_metadata(path, &[], 0)?).map_err(fails)? {
            Some(channels) => Self::standard(&channels),
            None => Err(fails(WeightsProblem::NoMetadata { name: NORMALISATION.into() })),
        }
    }

    /// Mean and deviation of each channel; empty when nothing is to be done.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Normalises a sample, whose channels lie one after another.
    ///
    /// # Errors
    ///
    /// When its numbers cannot be divided among the channels.
    pub fn apply<T: Real>(&self, sample: &mut [T]) -> Result<(), Error> {
        let channels = self.channels.len();
        if channels > 0 && !sample.len().is_multiple_of(channels) {
            return Err(Error::size(
                "numbers to be normalised",
                format!("as many for {channels} channels"),
                sample.len(),
            ));
        }
        normalise(&self.channels, sample);
        Ok(())
    }

    /// Fails when it is for another count of channels.
    pub(super) fn check(&self, channels: usize) -> Result<(), Error> {
        if self.channels.is_empty() || self.channels.len() == channels {
            return Ok(());
        }
        Err(Error::size("means and deviations of a normalisation", format!("{channels} channels"), self.channels.len()))
    }

    /// Converts an image, whose channels have so many `pixels` and lie one after another.
    pub(super) fn convert<T: Real>(&self, image: &[u8], pixels: usize, numbers: &mut [T]) {
        let maps = image.chunks_exact(pixels).zip(numbers.chunks_exact_mut(pixels));
        for (channel, (map, numbers)) in maps.enumerate() {
            self.convert_channel(channel, 1, map, numbers);
        }
    }

    /// Converts an image to channels last.
    pub(super) fn convert_to_channels_last<T: Real>(&self, image: &[u8], pixels: usize, numbers: &mut [T]) {
        for (channel, map) in image.chunks_exact(pixels).enumerate() {
            self.convert_channel(channel, image.len() / pixels, map, &mut numbers[channel..]);
        }
    }

    /// Converts bytes of a channel, to every `step`th number.
    fn convert_channel<T: Real>(&self, channel: usize, step: usize, bytes: &[u8], numbers: &mut [T]) {
        let Channel { mean, deviation } = self.channels.get(channel).copied().unwrap_or(Channel::UNIT);
        T::from_bytes(T::from_f64(mean), T::from_f64(deviation), step, bytes, numbers);
    }
}

impl Metadata for Normalisation {
    fn entries(&self) -> Vec<(&'static str, String)> {
        let channels = self.channels.iter().map(|channel| (channel.mean, channel.deviation));
        vec![(NORMALISATION, write_normalisation(channels))]
    }
}

/// The mean of something over each channel's numbers.
fn mean<T: Real, D: Source<T>>(data: &D, channels: usize, of: impl Fn(usize, f64) -> f64) -> Result<Vec<f64>, Error> {
    let (len, count) = (data.sample_len(), data.len());
    let mut sums = vec![0.0; channels];
    let mut numbers = vec![T::ZERO; TOGETHER.min(count) * len];
    let indices: Vec<usize> = (0..count).collect();
    for indices in indices.chunks(TOGETHER) {
        let numbers = &mut numbers[..indices.len() * len];
        data.gather(indices, numbers)?;
        for (i, map) in numbers.chunks_exact(len / channels).enumerate() {
            let channel = i % channels;
            sums[channel] += map.iter().map(|number| of(channel, number.to_f64())).sum::<f64>();
        }
    }
    let each = (count * (len / channels)) as f64;
    Ok(sums.into_iter().map(|sum| sum / each).collect())
}
