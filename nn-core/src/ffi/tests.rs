use std::ptr;

use super::*;
use crate::{Batch, Network, network, shape};

network! {
    struct Small = [2, 3, 3] -> conv(3, 2) -> relu -> affine(4) -> softmax;
    struct Words(words: [2 of 7], more: [3]) = concat(words -> embedding(4) -> flatten | more) -> affine(2);
    struct Two(left: [4], right: [2]) = { let both = concat(left | right) -> affine(3); both -> tanh, both };
}

const NULL: *mut f32 = ptr::null_mut();

/// Calls the function for C with one input and output.
fn predict_small(samples: usize, input: *const f32, output: *mut f32, workspace: *mut f32) -> c_int {
    // SAFETY: the buffers of the tests below are long enough, where they are not refused.
    unsafe {
        predict::<Small, _, _>(samples, [input], [output], workspace, |pass, input, output, workspace| {
            Small::forward(pass, Small::new(1).block(), input, output, workspace);
        })
    }
}

#[test]
fn gives_the_same_bits() {
    for samples in [1, 2, 7] {
        let mut inputs = Batch::<shape![2, 3, 3]>::zeros(samples);
        inputs.as_mut_slice().iter_mut().enumerate().for_each(|(i, x)| *x = (i % 13) as f32 - 6.0);
        let expected = Small::new(1).predict(&inputs).expect("a batch");
        let mut output = vec![f32::NAN; samples * 4];
        let mut workspace = vec![f32::NAN; workspace_len::<Small>(samples).expect("a few")];
        let input = inputs.as_slice().as_ptr();
        assert_eq!(predict_small(samples, input, output.as_mut_ptr(), workspace.as_mut_ptr()), 0);
        assert_eq!(output, expected.as_slice());
    }
}

#[test]
fn takes_several_inputs_and_outputs() {
    let net = Two::new(3);
    let (left, right) = ([1.0, 2.0, 3.0, 4.0], [-1.0, 0.5]);
    let (mut first, mut second) = ([0.0; 3], [0.0; 3]);
    let mut workspace = vec![0.0; workspace_len::<Two>(1).expect("one")];
    let (inputs, outputs) = ([left.as_ptr(), right.as_ptr()], [first.as_mut_ptr(), second.as_mut_ptr()]);
    // SAFETY: all are as long as the network says.
    let status = unsafe {
        predict::<Two, _, _>(1, inputs, outputs, workspace.as_mut_ptr(), |pass, inputs, outputs, workspace| {
            Two::forward(pass, net.block(), inputs, outputs, workspace);
        })
    };
    assert_eq!(status, 0);
    let (left, right) = (Batch::<shape![4]>::from([left]), Batch::<shape![2]>::from([right]));
    let expected = net.predict((&left, &right)).expect("a sample each");
    assert_eq!((&first[..], &second[..]), (expected.0.as_slice(), expected.1.as_slice()));
}

#[test]
fn refuses_what_cannot_be() {
    let mut buffer = vec![0.0_f32; 1000];
    let start = buffer.as_mut_ptr();
    let at = |offset: usize| start.wrapping_add(offset);
    let [input, output, workspace] = [at(0), at(100), at(200)];
    let misaligned = |start: *mut f32| start.wrapping_byte_add(2);
    assert!(workspace_len::<Small>(1).expect("one") < 800);
    for (expected, input, output, workspace) in [
        (Status::Null, NULL, output, workspace),
        (Status::Null, input, NULL, workspace),
        (Status::Null, input, output, NULL),
        (Status::Misaligned, misaligned(input), output, workspace),
        (Status::Misaligned, input, misaligned(output), workspace),
        (Status::Misaligned, input, output, misaligned(workspace)),
        (Status::Overlap, input, input, workspace),
        (Status::Overlap, input, at(17), workspace),
        (Status::Overlap, at(103), output, workspace),
        (Status::Overlap, input, at(197), workspace),
        (Status::Overlap, at(200), output, workspace),
        (Status::Ok, input, at(18), workspace),
        (Status::Ok, input, at(196), workspace),
    ] {
        assert_eq!(predict_small(1, input, output, workspace), expected as c_int, "{expected:?}");
    }
    for samples in [usize::MAX, usize::MAX / 2, isize::MAX as usize / 4 / 18 + 1] {
        assert_eq!(workspace_len::<Small>(samples), None);
        assert_eq!(predict_small(samples, input, output, workspace), Status::TooMany as c_int);
    }
    assert_eq!(predict_small(0, input, output, workspace), Status::Ok as c_int);
}

#[test]
fn numbers_of_statuses_are_their_places() {
    for (place, status) in Status::ALL.into_iter().enumerate() {
        assert_eq!(status as usize, place);
    }
}

#[test]
fn headers_name_every_buffer() {
    const TEXT: &Header = &header::<Two>("two", &["input_left", "input_right"], &["output_0", "output_1"]);
    for line in [
        "#ifndef TWO_H",
        "#define TWO_INPUT_LEFT_LEN 4 /* [4] */",
        "#define TWO_OUTPUT_1_LEN 3 /* [3] */",
        "#define TWO_TOO_MANY 4 /* the numbers of so many samples cannot be addressed */",
        "int two_predict(const float *input_left, const float *input_right, float *output_0, float *output_1, float *workspace);",
        "size_t two_workspace_len(size_t samples);",
    ] {
        assert!(TEXT.as_str().lines().any(|found| found == line), "{line} in\n{}", TEXT.as_str());
    }
    let workspace = format!("#define TWO_WORKSPACE_LEN {}", Two::<f32>::workspace_len(1));
    assert!(TEXT.as_str().lines().any(|found| found == workspace));
}

#[test]
fn takes_whole_numbers() {
    const TEXT: &Header = &header::<Words>("words", &["input_words", "input_more"], &["output"]);
    for line in [
        "#include <stdint.h>",
        "#define WORDS_INPUT_WORDS_LEN 2 /* [2 of 7] */",
        "#define WORDS_BOUND 5 /* a whole number is not below its bound */",
        "int words_predict(const uint32_t *input_words, const float *input_more, float *output, float *workspace);",
    ] {
        assert!(TEXT.as_str().lines().any(|found| found == line), "{line} in\n{}", TEXT.as_str());
    }
    let net = Words::new(3);
    let more = [0.5, -1.0, 2.0];
    let mut workspace = vec![0.0; workspace_len::<Words>(1).expect("one")];
    let mut predict = |words: [u32; 2], output: &mut [f32; 2]| {
        let inputs = [words.as_ptr().cast(), more.as_ptr()];
        // SAFETY: all are as long as the network says.
        unsafe {
            predict::<Words, _, _>(
                1,
                inputs,
                [output.as_mut_ptr()],
                workspace.as_mut_ptr(),
                |pass, inputs, outputs, workspace| {
                    Words::forward(pass, net.block(), inputs, outputs, workspace);
                },
            )
        }
    };
    let mut output = [0.0; 2];
    assert_eq!(predict([6, 0], &mut output), Status::Ok as c_int);
    let words = Batch::<shape![2 of 7]>::from_slice(&[6, 0]).expect("one sample");
    let expected = net.predict((&words, &Batch::<shape![3]>::from([more]))).expect("one sample");
    assert_eq!(output, expected.as_slice());
    assert_eq!(predict([6, 7], &mut output), Status::Bound as c_int);
}
