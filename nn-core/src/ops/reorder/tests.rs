use super::*;
use crate::ops::testing::numbers;
use std::vec;

#[test]
fn goes_there_and_back() {
    for (pixels, channels) in [(1, 1), (1, 9), (9, 1), (3, 3), (16, 16), (17, 15), (49, 64), (784, 3), (33, 100)] {
        let x = numbers::<f32>(pixels * channels, 1);
        let (mut first, mut last) = (vec![9.0; x.len()], vec![9.0; x.len()]);
        channels_first(pixels, channels, &x, &mut first);
        for pixel in 0..pixels {
            for c in 0..channels {
                assert_eq!(first[c * pixels + pixel], x[pixel * channels + c], "{pixels}×{channels}: {pixel}, {c}");
            }
        }
        channels_last(pixels, channels, &first, &mut last);
        assert_eq!(last, x, "{pixels}×{channels}");
    }
}
