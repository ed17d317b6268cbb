//! What the functions for C that `#[export(c)]` writes call, and the header that tells C of them.

mod header;

pub use header::{Header, header};

use core::ffi::c_int;
use core::slice;

use crate::Network;
use crate::exec::Pass;
use crate::shape::Shapes;

/// What a function returns to C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The outputs are written.
    Ok,
    /// A pointer is null.
    Null,
    /// A pointer is no multiple of the alignment of `f32`.
    Misaligned,
    /// What is written overlaps with something else.
    Overlap,
    /// The numbers of so many samples cannot be addressed.
    TooMany,
    /// A whole number is not below its bound.
    Bound,
}

impl Status {
    /// All of them: the place of each is its number in C.
    const ALL: [Self; 6] = [Self::Ok, Self::Null, Self::Misaligned, Self::Overlap, Self::TooMany, Self::Bound];
}

/// Numbers of workspace for so many samples; none where they, or what goes in or comes out, cannot be addressed.
pub fn workspace_len<N: Network>(samples: usize) -> Option<usize> {
    let fits = |len: &usize| *len <= isize::MAX as usize / size_of::<f32>();
    let data = N::Inputs::LENS.iter().chain(N::Outputs::LENS);
    for len in data {
        samples.checked_mul(*len).filter(fits)?;
    }
    N::MEMORY.inference.checked_at(samples).filter(fits)
}

/// Predicts `samples` samples that lie one after another, by this forward pass of the network `N`, with nothing but the
/// memory it is given. An address of whole numbers is given as one of real numbers, which are as large.
///
/// # Safety
///
/// Where they are neither null nor misaligned, every input points to [`Shapes::LENS`] numbers for each sample, every output
/// to room for as many, and `workspace` to room for [`workspace_len`] numbers, of any content; nobody else writes to any
/// of it, or reads what is written, until the function returns.
pub unsafe fn predict<N: Network<Scalar = f32>, const I: usize, const O: usize>(
    samples: usize,
    inputs: [*const f32; I],
    outputs: [*mut f32; O],
    workspace: *mut f32,
    forward: impl FnOnce(&Pass, <N::Inputs as Shapes>::Slices<'_, f32>, [&mut [f32]; O], &mut [f32]),
) -> c_int {
    let Some(workspace_len) = workspace_len::<N>(samples) else { return Status::TooMany as c_int };
    let mut lens = N::Inputs::LENS.iter().map(|len| samples * len);
    let regions = inputs.map(|start| Region { start: start.cast_mut(), len: lens.next().unwrap_or(0) });
    let mut lens = N::Outputs::LENS.iter().map(|len| samples * len);
    let outputs = outputs.map(|start| Region { start, len: lens.next().unwrap_or(0) });
    let workspace = Region { start: workspace, len: workspace_len };
    let status = check(&regions, &outputs, &workspace);
    if status != Status::Ok || samples == 0 {
        return status as c_int;
    }
    // SAFETY: none is null or misaligned, their lengths can be addressed, and the caller promises the rest; those that are
    // written overlap with none, and any bits are an `f32` or an `u32`, of the same size and alignment.
    let (inputs, outputs, workspace) = unsafe {
        (
            N::Inputs::from_raw::<f32>(&inputs, samples),
            outputs.map(|region| slice::from_raw_parts_mut(region.start, region.len)),
            slice::from_raw_parts_mut(workspace.start, workspace.len),
        )
    };
    if N::Inputs::check_bounds::<f32>(inputs, &[], N::INPUT_NAMES).is_err() {
        return Status::Bound as c_int;
    }
    forward(&Pass::inference(samples), inputs, outputs, workspace);
    Status::Ok as c_int
}

/// Numbers that lie somewhere.
struct Region {
    start: *mut f32,
    len: usize,
}

impl Region {
    fn overlaps(&self, other: &Self) -> bool {
        let end = |region: &Self| region.start.addr().saturating_add(region.len * size_of::<f32>());
        self.start.addr() < end(other) && other.start.addr() < end(self)
    }
}

/// What is wrong with the memory that a prediction is given.
fn check(inputs: &[Region], outputs: &[Region], workspace: &Region) -> Status {
    let all = || inputs.iter().chain(outputs).chain([workspace]);
    if all().any(|region| region.start.is_null()) {
        return Status::Null;
    }
    if all().any(|region| !region.start.is_aligned()) {
        return Status::Misaligned;
    }
    let written = inputs.len();
    for (place, region) in all().enumerate().skip(written) {
        if all().take(place).any(|before| before.overlaps(region)) {
            return Status::Overlap;
        }
    }
    Status::Ok
}

#[cfg(all(test, feature = "std"))]
mod tests;
