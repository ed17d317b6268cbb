//! How fast each kernel is, and what share of the machine's own limit that is.
//!
//!     cargo bench                        # all of them, about half a minute
//!     cargo bench -- conv 3x3 forward    # those whose line has all of these words
//!     NN_ISA=avx2 cargo bench -- --threads 2 --seconds 0.5
//!
//! A line says how long a call takes at best, and how many operations or bytes a second that is. The limit beside it is
//! what the same core does, in turn with the kernel, in a loop of multiply–adds, or in loops that touch as much memory as the
//! kernel: one copies as many numbers as are both read and written, another reads or fills the rest. A number that is
//! written counts as read, too, as its cache line is. A convolution counts as the operations of the direct algorithm,
//! those with padding included: with fewer it may exceed the limit.
//!
//! This is a harness of its own because those in use report times or throughputs, but no shares of a limit
//! that is measured beside them.

mod affine;
mod benchmark;
mod calls;
mod clock;
mod conv;
mod limits;
mod losses;
mod maps;
mod optimizers;

use std::process::ExitCode;
use std::time::Duration;

use benchmark::{Benchmark, Scope, Work};
use clap::Parser;
use clock::Clock;

/// Measures kernels, each as a share of what the machine can do.
#[derive(Parser)]
struct Arguments {
    /// Measure only the kernels whose lines contain all of these
    words: Vec<String>,
    /// How long to measure each
    #[arg(long, value_name = "S", default_value = "0.1", value_parser = seconds)]
    seconds: Duration,
    /// Threads: affine layers, losses and optimizers share their work among them, of the others each thread runs its own
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// Given by `cargo bench`; without it, as under `cargo test`, everything runs once and nothing is measured
    #[arg(long, hide = true)]
    bench: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{error}"))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() && seconds <= 3600.0 => Ok(time),
        _ => Err("expected more than 0 and at most 3600".into()),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let words: Vec<String> = arguments.words.iter().map(|word| searchable(word)).collect();
    let mut benchmarks: Vec<Benchmark> =
        [conv::all(), affine::all(), maps::all(), losses::all(), optimizers::all()].into_iter().flatten().collect();
    benchmarks.retain(|benchmark| words.iter().all(|word| searchable(&benchmark.line()).contains(word)));
    if benchmarks.is_empty() {
        eprintln!("error: no kernel's line has all of these words; without any, all are measured");
        return ExitCode::FAILURE;
    }
    let clock = match Clock::new(arguments.threads.into(), arguments.seconds) {
        Ok(clock) => clock,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    if arguments.bench {
        measure(&clock, &benchmarks);
    } else {
        benchmarks.iter().for_each(|benchmark| clock.once(benchmark.scope, &benchmark.start));
    }
    ExitCode::SUCCESS
}

/// In lower case, and with a letter for the sign that keyboards do not have.
fn searchable(text: &str) -> String {
    text.to_lowercase().replace('×', "x")
}

fn measure(clock: &Clock, benchmarks: &[Benchmark]) {
    let threads = clock.threads();
    println!("{} on {threads} thread{}\n", nn_core::instruction_set(), if threads == 1 { "" } else { "s" });
    let width = benchmarks.iter().map(|benchmark| benchmark.line().chars().count()).max().unwrap_or(0);
    println!("{:width$} {:>11} {:>8} {:>8} {:<7} {:>6}", "", "time", "rate", "limit", "", "share");
    for benchmark in benchmarks {
        let Measurement { time, rate, limit } = measurement(clock, benchmark);
        let unit = if matches!(benchmark.work, Work::MultiplyAdds(_)) { "GFLOP/s" } else { "GB/s" };
        let share = 100.0 * rate / limit;
        println!("{:width$} {:>11} {rate:>8.1} {limit:>8.1} {unit:<7} {share:>4.0} %", benchmark.line(), text(time));
    }
}

/// What became of a benchmark.
struct Measurement {
    /// Seconds of a call.
    time: f64,
    /// Thousand millions a second, all threads together.
    rate: f64,
    /// The same of the loop it is compared with.
    limit: f64,
}

fn measurement(clock: &Clock, Benchmark { work, scope, start, without, .. }: &Benchmark) -> Measurement {
    let threads = clock.threads();
    let [at_once, sharing] = if *scope == Scope::Each { [threads, 1] } else { [1, threads] };
    let (reference, done) = limits::limit(*work, sharing);
    let (kernel, reference) = ((*scope, start), (Scope::Each, &reference));
    let [time, of_reference] = match without {
        None => clock.race([kernel, reference]),
        Some(part) => {
            let [whole, part, of_reference] = clock.race([kernel, (*scope, part), reference]);
            [whole - part, of_reference]
        }
    };
    let scale = if matches!(work, Work::MultiplyAdds(_)) { 2e-9 } else { 1e-9 };
    Measurement {
        time,
        rate: scale * work.amount() * at_once as f64 / time,
        limit: scale * done * threads as f64 / of_reference,
    }
}

/// A time in the unit that suits it.
fn text(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.1} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.2} µs", s * 1e6),
        s => format!("{:.3} ms", s * 1e3),
    }
}
