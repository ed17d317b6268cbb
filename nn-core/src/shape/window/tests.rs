use super::*;
use crate::size;
use core::any::TypeId;
use nn_sizes::Window;

#[test]
fn agrees_with_the_formula() {
    macro_rules! agree {
        ($($input:literal: $kernel:literal $stride:literal $pad:literal $dilation:literal)*) => {
            $({
                const FLOOR: Window =
                    Window { kernel: $kernel, stride: $stride, pad: [$pad; 2], dilation: $dilation, ceil: false };
                const CEIL: Window = Window { ceil: true, ..FLOOR };
                const fn output(window: Window) -> usize {
                    match window.output($input) {
                        Ok(output) => output,
                        Err(_) => panic!("no size"),
                    }
                }
                assert_eq!(
                    TypeId::of::<
                        Positions<size!($input), size!($kernel), size!($stride), size!($pad), size!($dilation)>,
                    >(),
                    TypeId::of::<size!(output(FLOOR))>(),
                    "{FLOOR:?} over {}",
                    $input,
                );
                assert_eq!(
                    TypeId::of::<
                        PositionsUp<size!($input), size!($kernel), size!($stride), size!($pad), size!($dilation)>,
                    >(),
                    TypeId::of::<size!(output(CEIL))>(),
                    "{CEIL:?} over {}",
                    $input,
                );
            })*
        };
    }
    agree! {
        28: 5 1 0 1
        24: 2 2 0 1
        224: 7 2 3 1
        112: 3 2 1 1
        112: 3 2 0 1
        10: 3 1 2 2
        28: 28 1 0 1
        1: 1 1 0 1
        3: 2 2 1 1
        3: 1 2 1 1
        5: 2 3 0 1
        5: 2 3 1 1
        7: 3 3 1 1
        4320: 3 1 1 1
        16000: 80 16 40 1
        2000: 1000 7 3 1
        1000000: 1 1 0 1
        3: 7 1 2 1
        9: 3 4 0 4
        2: 1 5 0 1
    }
}

#[test]
fn defaults_are_a_plain_window() {
    assert_eq!(<Positions<N<28>, N<5>>>::VALUE, 24);
    assert_eq!(<PositionsUp<N<25>, N<2>, N<2>>>::VALUE, 13);
}
