//! Bytes become numbers on the way to the network.

use crate::{Error, Real};

/// In which order a gathered image's numbers lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[channels, height, width]`: what a network takes.
    ChannelsFirst,
    /// `[height, width, channels]`: what the kernels compute with.
    ChannelsLast,
}

/// How the bytes of an image become numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Normalisation {
    /// Mean and standard deviation of each channel; none when `byte / 255` is all.
    channels: Vec<(f64, f64)>,
}

impl Normalisation {
    /// `byte / 255`: from 0 to 1.
    pub fn unit() -> Self {
        Self::default()
    }

    /// `(byte / 255 - mean) / deviation`, for each channel.
    ///
    /// # Errors
    ///
    /// When a mean is not finite, or a deviation not a positive, finite number.
    pub fn standard(channels: &[(f64, f64)]) -> Result<Self, Error> {
        for &(mean, deviation) in channels {
            Error::check_setting("mean of a channel", mean, true, "finite")?;
            Error::check_setting("deviation of a channel", deviation, deviation > 0.0, "a positive, finite number")?;
        }
        Ok(Self { channels: channels.to_vec() })
    }

    /// Fails when it is for another count of channels.
    pub(super) fn check(&self, channels: usize) -> Result<(), Error> {
        if self.channels.is_empty() || self.channels.len() == channels {
            return Ok(());
        }
        Err(Error::size("means and deviations of a normalisation", format!("{channels} channels"), self.channels.len()))
    }

    /// Converts an image, whose channels have so many `pixels` and lie one after another.
    pub(super) fn apply<T: Real>(&self, image: &[u8], pixels: usize, numbers: &mut [T]) {
        let maps = image.chunks_exact(pixels).zip(numbers.chunks_exact_mut(pixels));
        for (channel, (map, numbers)) in maps.enumerate() {
            self.convert(channel, 1, map, numbers);
        }
    }

    /// Converts an image to channels last.
    pub(super) fn apply_channels_last<T: Real>(&self, image: &[u8], pixels: usize, numbers: &mut [T]) {
        for (channel, map) in image.chunks_exact(pixels).enumerate() {
            self.convert(channel, image.len() / pixels, map, &mut numbers[channel..]);
        }
    }

    /// Converts bytes of a channel, to every `step`th number.
    fn convert<T: Real>(&self, channel: usize, step: usize, bytes: &[u8], numbers: &mut [T]) {
        let (mean, deviation) = self.channels.get(channel).copied().unwrap_or((0.0, 1.0));
        T::from_bytes(T::from_f64(mean), T::from_f64(deviation), step, bytes, numbers);
    }
}
