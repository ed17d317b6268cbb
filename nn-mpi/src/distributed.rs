//! The ranks of a program.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{mem, panic, thread};

use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{AsRaw, Communicator};
use mpi::{Threading, ffi};
use nn_core::train::exchange::GradientExchange;
use nn_core::{Error, Number, Real};

use crate::sum::{Channels, Sum, Travels, UnderWay};
use crate::wire::{Channel, Pending};

/// Numbers that are added up at a time: while some are added, others travel.
const PIECE: usize = 1 << 18;

/// How long a rank is waited for, unless told otherwise.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// How long a rank that has left may still have to say why, and its last message be on its way.
const GRACE: Duration = Duration::from_secs(2);

/// How often to look for a message before another program may have the core.
const LOOKS: u32 = 256;

/// After how long a wait is not worth a core any more.
const LONG: Duration = Duration::from_millis(20);

/// All processes that `mpirun` has started of this program: what a [`Trainer`](nn_core::Trainer) trains
/// [`over`](nn_core::Trainer::over).
///
/// There is one of it in a program, made first and dropped last. If a rank is lost, the others end within seconds:
///
/// - A panic in any thread ends all ranks, once it has been told.
/// - A rank that returns from `main`, while others wait for it, makes these fail.
/// - A rank that does not answer for the [time limit](Self::time_limit) makes the others fail.
/// - One that is killed is noticed by `mpirun`.
pub struct Distributed {
    rank: usize,
    ranks: usize,
    parts: usize,
    half_precision: bool,
    time_limit: Duration,
    exchange: Mutex<Exchange>,
    // Dropped last: it takes leave of MPI.
    universe: Option<Universe>,
}

/// What is under way, and what it goes by.
struct Exchange {
    sums: VecDeque<Box<dyn UnderWay>>,
    idle: Vec<Box<dyn UnderWay>>,
    channels: Channels,
    control: Channel,
    leave: Channel,
    /// Time in which there was nothing to do but to wait.
    waited: Duration,
    /// Why it cannot go on.
    failed: Option<String>,
    /// Whether a training has failed on this rank, and none has begun since.
    leaves: bool,
}

impl Distributed {
    /// Joins the other ranks, before anything else is done. Without `mpirun` this is the only one.
    ///
    /// # Errors
    ///
    /// When the program has joined them before, or the MPI library cannot be called from several threads.
    pub fn init() -> Result<Self, Error> {
        let refuse = |reason: &str| Error::Exchange { rank: 0, reason: reason.into() };
        let twice = || refuse("MPI has been initialised before; keep one `Distributed` for the whole program");
        let (universe, threading) = mpi::initialize_with_threading(Threading::Multiple).ok_or_else(twice)?;
        if threading < Threading::Serialized {
            return Err(refuse("the MPI library allows no calls from several threads; install one that does"));
        }
        let world = universe.world();
        let (rank, ranks) = (world.rank() as usize, world.size() as usize);
        abort_on_panic();
        let channels = Channels { scatter: Channel::of(&world), gather: Channel::of(&world) };
        let exchange = Exchange {
            sums: VecDeque::new(),
            idle: Vec::new(),
            channels,
            control: Channel::of(&world),
            leave: Channel::of(&world),
            waited: Duration::ZERO,
            failed: None,
            leaves: false,
        };
        Ok(Self {
            rank,
            ranks,
            parts: if ranks.is_power_of_two() { ranks.max(4) } else { ranks },
            half_precision: false,
            time_limit: TIME_LIMIT,
            exchange: Mutex::new(exchange),
            universe: Some(universe),
        })
    }

    /// Into how many parts to cut each mini-batch, as many as ranks or more. By default four for 1, 2 and 4 ranks, and one for each
    /// otherwise. As many parts give the same bits on any number of ranks. A rank with several goes through them one by one, in the
    /// memory of one, and exchanges their sum.
    pub fn parts(mut self, parts: usize) -> Self {
        self.parts = parts;
        self
    }

    /// Sends gradients as `bfloat16`, half of an `f32`: half as many bytes, with eight bits of precision. Sums are rounded to that too.
    /// The bits then depend on the number of ranks.
    pub fn half_precision(mut self) -> Self {
        self.half_precision = true;
        self
    }

    /// Fails when another rank has not answered for so long; 5 minutes by default. It must be longer than rank 0 takes to validate and
    /// to save.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Which rank this is, from zero.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// How many there are.
    pub fn ranks(&self) -> usize {
        self.ranks
    }

    /// How long this rank has waited for others so far.
    pub fn waited(&self) -> Duration {
        self.lock().waited
    }

    fn lock(&self) -> MutexGuard<'_, Exchange> {
        // A panic has ended the program.
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at what is under way until it is done.
    fn wait(&self, exchange: &mut Exchange, mut is_done: impl FnMut(&mut Exchange) -> bool) -> Result<(), Error> {
        let (start, mut looks, mut left) = (Instant::now(), 0_u32, None);
        while !is_done(exchange) {
            looks += 1;
            if looks % LOOKS != 0 {
                std::hint::spin_loop();
                continue;
            }
            let waited = start.elapsed();
            if left.is_none() {
                let others = (0..self.ranks).filter(|rank| *rank != self.rank);
                left = others.filter(|rank| exchange.leave.has_left(*rank)).map(|rank| (rank, waited)).next();
            }
            match left {
                Some((rank, since)) if waited > since + GRACE => {
                    return Err(self.fail(
                        exchange,
                        format!("rank {rank} has left in the midst of the training; see what it says"),
                    ));
                }
                _ if waited > self.time_limit => {
                    let limit = self.time_limit;
                    let reason = format!(
                        "another rank has not answered for {limit:?}; see whether all are running, or set a longer time limit"
                    );
                    return Err(self.fail(exchange, reason));
                }
                _ if waited > LONG => thread::sleep(Duration::from_micros(200)),
                _ => thread::yield_now(),
            }
        }
        exchange.waited += start.elapsed();
        Ok(())
    }

    fn fail(&self, exchange: &mut Exchange, reason: String) -> Error {
        exchange.failed = Some(reason.clone());
        Error::Exchange { rank: self.rank, reason }
    }

    /// Waits for a message in a buffer of its own. The buffer of one that never comes is left to MPI.
    fn wait_for<W>(&self, exchange: &mut Exchange, mut pending: Pending, buffers: W) -> Result<W, Error> {
        let waits = self.wait(exchange, |exchange| {
            exchange.advance();
            pending.is_done()
        });
        match waits {
            Ok(()) => Ok(buffers),
            Err(error) => {
                mem::forget(buffers);
                Err(error)
            }
        }
    }

    fn start_as<W: Travels, T: Number>(&self, piece: &[T]) {
        let exchange = &mut *self.lock();
        for piece in piece.chunks(PIECE) {
            let fits = |sum: &dyn UnderWay| as_sum::<W>(sum).is_some_and(|sum| sum.len() == piece.len());
            let mut sum = match exchange.idle.iter().position(|sum| fits(&**sum)) {
                Some(place) => exchange.idle.swap_remove(place),
                None => Box::new(Sum::<W>::new(piece.len(), self.rank, self.ranks)),
            };
            if let Some(sum) = as_sum_mut::<W>(&mut *sum) {
                sum.start(piece, &exchange.channels);
            }
            exchange.sums.push_back(sum);
        }
        exchange.advance();
    }

    fn finish_as<W: Travels, T: Number>(&self, piece: &mut [T]) -> Result<(), Error> {
        let exchange = &mut *self.lock();
        for piece in piece.chunks_mut(PIECE) {
            self.wait(exchange, |exchange| {
                exchange.advance();
                exchange.sums.front().is_none_or(|sum| sum.is_done())
            })?;
            let mut first = exchange.sums.pop_front();
            let sum = first.as_mut().and_then(|sum| as_sum_mut::<W>(&mut **sum));
            let Some(sum) = sum.filter(|sum| sum.len() == piece.len()) else {
                let reason = "a piece was finished that had not been started".into();
                return Err(self.fail(exchange, reason));
            };
            sum.finish(piece);
            exchange.idle.extend(first);
        }
        Ok(())
    }
}

impl Exchange {
    /// Lets all sums go on.
    fn advance(&mut self) {
        let mut may_gather = true;
        for sum in &mut self.sums {
            sum.advance(&self.channels, may_gather);
            may_gather = sum.gathers();
        }
    }
}

fn as_sum<W: Travels>(sum: &dyn UnderWay) -> Option<&Sum<W>> {
    (sum as &dyn Any).downcast_ref()
}

fn as_sum_mut<W: Travels>(sum: &mut dyn UnderWay) -> Option<&mut Sum<W>> {
    (sum as &mut dyn Any).downcast_mut()
}

impl<T: Real> GradientExchange<T> for &Distributed {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.ranks
    }

    fn parts(&self) -> usize {
        self.parts
    }

    fn start(&mut self, piece: &[T]) -> Result<(), Error> {
        match (self.half_precision, size_of::<T>()) {
            (true, _) => self.start_as::<u16, T>(piece),
            (false, 4) => self.start_as::<f32, T>(piece),
            (false, _) => self.start_as::<f64, T>(piece),
        }
        Ok(())
    }

    fn finish(&mut self, piece: &mut [T]) -> Result<(), Error> {
        match (self.half_precision, size_of::<T>()) {
            (true, _) => self.finish_as::<u16, T>(piece),
            (false, 4) => self.finish_as::<f32, T>(piece),
            (false, _) => self.finish_as::<f64, T>(piece),
        }
    }

    fn gather(&mut self, numbers: &mut [f64]) -> Result<(), Error> {
        if self.ranks == 1 {
            return Ok(());
        }
        let exchange = &mut *self.lock();
        exchange.leaves = false;
        let (send, mut receive) = (numbers.to_vec(), vec![0.0; numbers.len()]);
        // SAFETY: the buffers lie on the heap until the call is done, and nobody else has them.
        let pending = unsafe { exchange.control.add(&send, &mut receive) };
        let (_, receive) = self.wait_for(exchange, pending, (send, receive))?;
        numbers.copy_from_slice(&receive);
        Ok(())
    }

    fn failed(&mut self) {
        self.lock().leaves = true;
    }

    fn share(&mut self, numbers: &mut [T]) -> Result<(), Error> {
        if self.ranks == 1 {
            return Ok(());
        }
        let exchange = &mut *self.lock();
        for piece in numbers.chunks_mut(PIECE) {
            let mut all: Vec<f64> = piece.iter().map(|x| x.to_f64()).collect();
            // SAFETY: as above.
            let pending = unsafe { exchange.control.broadcast(&mut all) };
            let all = self.wait_for(exchange, pending, all)?;
            piece.iter_mut().zip(all).for_each(|(to, from)| *to = T::from_f64(from));
        }
        Ok(())
    }
}

/// Takes leave of the other ranks, and waits for them to do so.
impl Drop for Distributed {
    fn drop(&mut self) {
        let (rank, ranks) = (self.rank, self.ranks);
        let exchange = self.exchange.get_mut().unwrap_or_else(PoisonError::into_inner);
        let unfinished = (!exchange.sums.is_empty()).then(|| "it has ended in the midst of a step".to_owned());
        if let Some(reason) = exchange.failed.take().or(unfinished) {
            // What is under way would never be done, and those that still run must not wait for this one.
            eprintln!("rank {rank} of {ranks} cannot go on: {reason}. All ranks end.");
            abort();
        }
        let others = || (0..ranks).filter(|other| *other != rank);
        others().for_each(|other| exchange.leave.leave(other));
        let start = Instant::now();
        while !others().all(|other| exchange.leave.has_left(other)) {
            thread::sleep(Duration::from_millis(1));
            if exchange.leaves && start.elapsed() > GRACE / 2 {
                // They wait for this rank, whose end `mpirun` takes for a failure if MPI is not finalised. `main` still tells why.
                mem::forget(self.universe.take());
                return;
            }
        }
    }
}

/// Lets a panic end all ranks, which would wait for this one otherwise.
fn abort_on_panic() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        tell(info);
        abort();
    }));
}

/// Ends all ranks.
fn abort() -> ! {
    // SAFETY: MPI allows it at any time after its initialisation, and the communicator is its own constant.
    unsafe { ffi::MPI_Abort(SimpleCommunicator::world().as_raw(), 1) };
    std::process::abort()
}
