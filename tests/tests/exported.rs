//! The functions for C predict what their networks do, to the last bit, whatever the weights are stored as.

use std::ffi::c_int;

use nn_core::{BatchView, Network, network, shape};

network! {
    #[weights("ui/weights/right.safetensors")]
    #[export(c)]
    struct Whole = [4] -> affine(3) -> relu -> affine(2);

    #[weights("ui/weights/right.safetensors", precision = f16)]
    #[export(c)]
    struct Half = [4] -> affine(3) -> relu -> affine(2);

    #[weights("ui/weights/right.safetensors", precision = bf16)]
    #[export(c)]
    struct Brain = [4] -> affine(3) -> relu -> affine(2);

    #[weights("ui/weights/right.safetensors", precision = int8)]
    #[export(c)]
    struct Byte = [4] -> affine(3) -> relu -> affine(2);
}

/// A function for one sample, and one for many.
type Predict = unsafe extern "C" fn(*const f32, *mut f32, *mut f32) -> c_int;
type PredictBatch = unsafe extern "C" fn(usize, *const f32, *mut f32, *mut f32) -> c_int;

unsafe extern "C" {
    fn whole_predict(input: *const f32, output: *mut f32, workspace: *mut f32) -> c_int;
    fn whole_predict_batch(samples: usize, input: *const f32, output: *mut f32, workspace: *mut f32) -> c_int;
    fn half_predict(input: *const f32, output: *mut f32, workspace: *mut f32) -> c_int;
    fn half_predict_batch(samples: usize, input: *const f32, output: *mut f32, workspace: *mut f32) -> c_int;
    fn brain_predict(input: *const f32, output: *mut f32, workspace: *mut f32) -> c_int;
    fn brain_predict_batch(samples: usize, input: *const f32, output: *mut f32, workspace: *mut f32) -> c_int;
    fn byte_predict(input: *const f32, output: *mut f32, workspace: *mut f32) -> c_int;
    fn byte_predict_batch(samples: usize, input: *const f32, output: *mut f32, workspace: *mut f32) -> c_int;
}

const SAMPLES: usize = 7;

/// Compares the functions with what `predict_in` of the same network leaves in its output, with this workspace.
fn same_bits(functions: (Predict, PredictBatch), predict_in: impl Fn(BatchView<shape![4]>, &mut [f32], &mut [f32])) {
    let inputs: [f32; SAMPLES * 4] = std::array::from_fn(|i| (i * 7 % 11) as f32 / 11.0 - 0.3);
    let mut workspace = vec![f32::NAN; Whole::<f32>::workspace_len(SAMPLES)];
    let (mut expected, mut found) = ([0.0; SAMPLES * 2], [0.0; SAMPLES * 2]);
    predict_in(BatchView::from_slice(&inputs).expect("whole samples"), &mut expected, &mut workspace);
    // SAFETY: all buffers are as long as the header says.
    assert_eq!(unsafe { functions.1(SAMPLES, inputs.as_ptr(), found.as_mut_ptr(), workspace.as_mut_ptr()) }, 0);
    assert_eq!(found, expected);
    predict_in(BatchView::from_slice(&inputs[..4]).expect("one sample"), &mut expected[..2], &mut workspace);
    // SAFETY: as above, for one sample.
    assert_eq!(unsafe { functions.0(inputs.as_ptr(), found.as_mut_ptr(), workspace.as_mut_ptr()) }, 0);
    assert_eq!(found[..2], expected[..2]);
}

#[test]
fn c_and_rust_predict_the_same_bits() {
    same_bits((whole_predict, whole_predict_batch), |inputs, output, workspace| {
        Whole::embedded().predict_in(inputs, [output], workspace).expect("enough memory");
    });
    same_bits((half_predict, half_predict_batch), |inputs, output, workspace| {
        Half::embedded().predict_in(inputs, [output], workspace).expect("enough memory");
    });
    same_bits((brain_predict, brain_predict_batch), |inputs, output, workspace| {
        Brain::embedded().predict_in(inputs, [output], workspace).expect("enough memory");
    });
    same_bits((byte_predict, byte_predict_batch), |inputs, output, workspace| {
        Byte::embedded().predict_in(inputs, [output], workspace).expect("enough memory");
    });
}

#[test]
fn headers_tell_the_same_sizes() {
    let sizes = |header: &'static str| -> Vec<&str> {
        let values = header.lines().filter(|line| line.starts_with("#define ") && line.contains("_LEN "));
        values.filter_map(|line| line.split_once("_LEN ")).map(|(_, value)| value).collect()
    };
    for header in [Half::C_HEADER, Brain::C_HEADER, Byte::C_HEADER] {
        assert_eq!(sizes(header), sizes(Whole::C_HEADER));
    }
}
