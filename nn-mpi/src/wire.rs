//! The calls of MPI: those that do not wait.

use std::ffi::c_int;
use std::ptr;

use mpi::ffi;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{AsRaw, Communicator};

/// One byte of a message: MPI need not know what it means.
fn bytes() -> ffi::MPI_Datatype {
    // SAFETY: a constant of the library.
    unsafe { ffi::RSMPI_UINT8_T }
}

/// Numbers that are sent as their bytes.
///
/// # Safety
///
/// The type has no padding, and any bytes are a value of it.
pub unsafe trait Plain: Copy + Default + Send + 'static {}

// SAFETY: numbers.
unsafe impl Plain for f32 {}
// SAFETY: numbers.
unsafe impl Plain for f64 {}
// SAFETY: numbers.
unsafe impl Plain for u8 {}
// SAFETY: numbers.
unsafe impl Plain for u16 {}

/// Ranks that send each other messages of one kind, which are taken in the order in which they were sent.
pub struct Channel(SimpleCommunicator);

// SAFETY: `Distributed` has initialised MPI for calls from any thread, and makes one at a time.
unsafe impl Send for Channel {}

/// A call that is under way, with the buffers that MPI reads and writes until it is done.
pub struct Pending {
    request: ffi::MPI_Request,
}

// SAFETY: as of `Channel`.
unsafe impl Send for Pending {}

impl Pending {
    /// Whether it is done.
    pub fn is_done(&mut self) -> bool {
        let mut done = 0;
        // SAFETY: a request that was begun, or one that is done and then null, which MPI allows.
        unsafe { ffi::MPI_Test(&mut self.request, &mut done, ffi::RSMPI_STATUS_IGNORE) };
        done != 0
    }
}

/// How many bytes to each rank, and where they lie.
pub struct Layout {
    lens: Vec<c_int>,
    starts: Vec<c_int>,
}

impl Layout {
    /// One of so many numbers to each rank, one after another.
    pub fn of<W: Plain>(lens: impl Iterator<Item = usize>) -> Self {
        let size = |len: usize| c_int::try_from(len * size_of::<W>()).expect("pieces are cut to less than this");
        let lens: Vec<c_int> = lens.map(size).collect();
        let starts = lens.iter().scan(0, |end, len| Some(std::mem::replace(end, *end + len))).collect();
        Self { lens, starts }
    }
}

impl Channel {
    /// One of its own for the same ranks.
    pub fn of(ranks: &impl Communicator) -> Self {
        Self(ranks.duplicate())
    }

    /// Begins to send each rank its part of `send`, and to receive one's own part of each.
    ///
    /// # Safety
    ///
    /// Both buffers stay where they are, and are left alone, until it is done.
    pub unsafe fn scatter<W: Plain>(&self, send: &[W], to: &Layout, receive: &mut [W], from: &Layout) -> Pending {
        let mut pending = Pending { request: null() };
        // SAFETY: the layouts lie within the buffers, of which the caller promises the rest.
        unsafe {
            ffi::MPI_Ialltoallv(
                send.as_ptr().cast(),
                to.lens.as_ptr(),
                to.starts.as_ptr(),
                bytes(),
                receive.as_mut_ptr().cast(),
                from.lens.as_ptr(),
                from.starts.as_ptr(),
                bytes(),
                self.0.as_raw(),
                &mut pending.request,
            );
        }
        pending
    }

    /// Begins to send all ranks the same, and to receive what each of them sends.
    ///
    /// # Safety
    ///
    /// As of [`scatter`](Self::scatter).
    pub unsafe fn gather<W: Plain>(&self, send: &[W], receive: &mut [W], from: &Layout) -> Pending {
        let mut pending = Pending { request: null() };
        // SAFETY: as above.
        unsafe {
            ffi::MPI_Iallgatherv(
                send.as_ptr().cast(),
                size_of_val(send) as c_int,
                bytes(),
                receive.as_mut_ptr().cast(),
                from.lens.as_ptr(),
                from.starts.as_ptr(),
                bytes(),
                self.0.as_raw(),
                &mut pending.request,
            );
        }
        pending
    }

    /// Begins to add up a few numbers, in any order.
    ///
    /// # Safety
    ///
    /// As of [`scatter`](Self::scatter).
    pub unsafe fn add(&self, send: &[f64], receive: &mut [f64]) -> Pending {
        assert_eq!(send.len(), receive.len());
        let mut pending = Pending { request: null() };
        // SAFETY: as above; both are as long.
        unsafe {
            ffi::MPI_Iallreduce(
                send.as_ptr().cast(),
                receive.as_mut_ptr().cast(),
                send.len() as c_int,
                ffi::RSMPI_DOUBLE,
                ffi::RSMPI_SUM,
                self.0.as_raw(),
                &mut pending.request,
            );
        }
        pending
    }

    /// Begins to overwrite numbers with those of rank 0.
    ///
    /// # Safety
    ///
    /// As of [`scatter`](Self::scatter).
    pub unsafe fn broadcast<W>(&self, numbers: &mut [W]) -> Pending {
        let mut pending = Pending { request: null() };
        let len = c_int::try_from(size_of_val(numbers)).expect("pieces are cut to less than this");
        // SAFETY: as above.
        unsafe {
            ffi::MPI_Ibcast(numbers.as_mut_ptr().cast(), len, bytes(), 0, self.0.as_raw(), &mut pending.request);
        }
        pending
    }

    /// Tells another rank that this one leaves.
    pub fn leave(&self, to: usize) {
        let mut request = null();
        // SAFETY: there are no bytes, so no buffer is read. The request is left to MPI, which sends so little at once.
        unsafe {
            ffi::MPI_Isend(ptr::null(), 0, bytes(), to as c_int, 0, self.0.as_raw(), &mut request);
            ffi::MPI_Request_free(&mut request);
        }
    }

    /// Whether another rank has left.
    pub fn has_left(&self, rank: usize) -> bool {
        let mut found = 0;
        // SAFETY: only looks for a message.
        unsafe {
            ffi::MPI_Iprobe(rank as c_int, 0, self.0.as_raw(), &mut found, ffi::RSMPI_STATUS_IGNORE);
        }
        found != 0
    }
}

fn null() -> ffi::MPI_Request {
    // SAFETY: a constant of the library.
    unsafe { ffi::RSMPI_REQUEST_NULL }
}
