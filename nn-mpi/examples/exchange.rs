//! How long the exchange of a block of gradients takes, beside `MPI_Allreduce` of the same block.
//!
//!     cargo build --release --example exchange
//!     mpirun -n 2 target/release/examples/exchange 433890

use std::time::{Duration, Instant};

use mpi::collective::SystemOperation;
use mpi::topology::SimpleCommunicator;
use mpi::traits::CommunicatorCollectives;
use nn_core::Error;
use nn_core::train::exchange::GradientExchange;
use nn_mpi::Distributed;

const TIMES: usize = 201;

fn main() -> Result<(), Error> {
    let len: usize = std::env::args().nth(1).and_then(|len| len.parse().ok()).unwrap_or(433_890);
    let cluster = Distributed::init()?;
    let half = std::env::args().any(|argument| argument == "half");
    let cluster = if half { cluster.half_precision() } else { cluster };
    let (rank, ranks, world) = (cluster.rank(), cluster.ranks(), SimpleCommunicator::world());
    let start: Vec<f32> = (0..len).map(|i| ((i * 7919 + rank * 104_729) % 10_007) as f32 / 10_007.0 - 0.5).collect();
    let (mut own, mut sum, mut theirs) = (start.clone(), vec![0.0_f32; len], Vec::new());
    let mut ours = Vec::new();
    // In turn, so that what else the machine does meets both.
    for _ in 0..TIMES {
        own.copy_from_slice(&start);
        world.barrier();
        let begin = Instant::now();
        (&mut &cluster).start(&own)?;
        (&mut &cluster).finish(&mut own)?;
        ours.push(begin.elapsed());
        world.barrier();
        let begin = Instant::now();
        world.all_reduce_into(&start[..], &mut sum[..], SystemOperation::sum());
        theirs.push(begin.elapsed());
    }
    if rank == 0 {
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        println!("{len} numbers on {ranks} ranks: {:.3} ms, MPI_Allreduce {:.3} ms", 1e3 * ours, 1e3 * theirs);
    }
    Ok(())
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}
