//! The weights that are too many to store: the same formula as in `fixtures/generate.py`.

/// `count` numbers in [-1, 1), each a multiple of 2^-23, from the name and the position alone.
pub fn uniform(name: &str, count: usize) -> impl Iterator<Item = f32> {
    let key =
        name.bytes().fold(0xCBF2_9CE4_8422_2325, |key, byte| (key ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    (0..count as u64).map(move |i| {
        let mut x = i.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(key);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
        // 24 bits, so nothing is rounded.
        (x >> 40) as f32 / 8_388_608.0 - 1.0
    })
}

/// A parameter: uniform, times the largest power of two that is at most 2 / sqrt(inputs per output).
pub fn weight(name: &str, shape: &[usize]) -> Vec<f32> {
    let fan_in = if shape.len() > 1 { shape[1..].iter().product() } else { 4_usize.pow(5) };
    let halvings = (0..).find(|&halvings| 4_usize.pow(halvings + 1) >= fan_in).expect("a fan-in has an end");
    let scale = 0.5_f32.powi(halvings as i32);
    uniform(name, shape.iter().product()).map(|x| x * scale).collect()
}
