//! Networks that cost more than their budget, and budgets that are none.

use nn_core::network;

network! {
    const PARAMETERS = 400_000;

    #[budget(parameters = PARAMETERS, multiply_adds = 400_000, flash = 1 MiB)]
    pub struct Everything =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;

    #[budget(workspace = 1 KiB)]
    pub struct Labels = [8] -> first: affine(600) -> relu -> affine(20) -> affine(2);

    #[budget(parameters = 109)]
    pub struct OneTooMany = [10] -> affine(10);

    #[budget(params = 3, worksapce = 3 KiB, energy = 3)]
    pub struct Unknown = [10] -> affine(10);

    #[budget(workspace = 64 KB, flash = 1 Mib, parameters = 10 KiB, multiply_adds = 10 apples)]
    pub struct Units = [10] -> affine(10);

    #[budget(workspace = 64 bananas, flash = 64KiB)]
    pub struct MoreUnits = [10] -> affine(10);

    #[budget(workspace = 0, flash = -1, parameters = 1.5, multiply_adds = COUNT)]
    pub struct Numbers = [10] -> affine(10);

    #[budget(workspace = 1 MiB, workspace = 2 MiB, flash = 9223372036854775807 MiB)]
    pub struct Repeated = [10] -> affine(10);

    #[budget(workspace, flash 3, = 3, parameters = )]
    pub struct Unfinished = [10] -> affine(10);

    #[budget()]
    pub struct Empty = [10] -> affine(10);

    #[budget(parameters = 110)]
    #[budget(parameters = 110)]
    pub struct Twice = [10] -> affine(10);

    #[bugdet(parameters = 110)]
    pub struct Misspelt = [10] -> affine(10);
}

fn main() {}
