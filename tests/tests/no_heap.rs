//! A network that is part of the program predicts on the calling thread and without a heap, from the very first call on.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

use nn_core::{BatchView, Network, network, shape};

/// The system's allocator, which can be told to have no memory left for a thread: if that asks for some, the program ends.
struct Refusing;

thread_local! {
    // Of this thread alone: the test harness has one that allocates when it likes.
    static REFUSES: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: every call is handed on to the system's allocator as it is, or refused.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if REFUSES.get() {
            return ptr::null_mut();
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static REFUSING: Refusing = Refusing;

network! {
    #[weights("../examples/weights/clothes.safetensors.gz")]
    struct Clothes =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}

/// One test, so that nothing else asks for threads before.
#[test]
fn an_embedded_network_predicts_without_a_heap_and_without_threads() {
    let picture: [f32; 784] = std::array::from_fn(|i| (i * 37 % 256) as f32 / 255.0);

    REFUSES.set(true);
    let one = Clothes::embedded().predict_one(&picture, &mut Clothes::workspace());
    let mut again = [0.0; 10];
    let view = BatchView::<shape![1, 28, 28]>::from_slice(&picture).expect("one sample");
    let result = Clothes::embedded().predict_in(view, [&mut again], &mut Clothes::workspace()[..]);
    REFUSES.set(false);

    result.expect("the right lengths");
    assert_eq!(again, one);
    let trained = Clothes::load("../examples/weights/clothes.safetensors.gz").expect("the file that was embedded");
    assert_eq!(trained.predict(view).expect("one input").as_slice(), one, "as the trained network in memory");

    // It would already be there if any prediction had asked for threads.
    rayon::ThreadPoolBuilder::new().num_threads(2).build_global().expect("no thread pool yet");
    assert_eq!(trained.predict(view).expect("one input").as_slice(), one, "on two threads");
}
