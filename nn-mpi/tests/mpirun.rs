//! Trains under `mpirun`, and loses ranks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One job at a time: each has more ranks than some machines have cores.
static JOBS: Mutex<()> = Mutex::new(());

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, SeqCst));
        let path = std::env::temp_dir().join(format!("nn-mpi-{name}-{process}-{count}"));
        fs::create_dir_all(&path).expect("writable");
        Self(path)
    }

    fn checkpoint(&self) -> PathBuf {
        self.0.join("last.safetensors")
    }

    /// What each rank has found; all alike.
    fn found(&self, ranks: usize) -> String {
        let found: Vec<String> =
            (0..ranks).map(|rank| fs::read_to_string(self.0.join(rank.to_string())).expect("found")).collect();
        assert!(found.iter().all(|of| *of == found[0]), "ranks differ");
        found.into_iter().next().expect("a rank")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a job of so many ranks to its end, and tells how long that took.
fn run(ranks: usize, folder: &Path, settings: &[&str]) -> (Output, Duration) {
    let _one_at_a_time = JOBS.lock().unwrap_or_else(PoisonError::into_inner);
    let start = Instant::now();
    let mut job = Command::new("mpirun");
    job.args(["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", &ranks.to_string()]);
    job.arg(env!("CARGO_BIN_EXE_rank")).arg(folder).args(settings);
    (job.output().expect("mpirun is there"), start.elapsed())
}

/// The bits that a job finds which nothing happens to.
fn bits(ranks: usize, settings: &[&str]) -> String {
    let folder = Folder::new("bits");
    let (output, _) = run(ranks, &folder.0, settings);
    assert!(output.status.success(), "{output:?}");
    folder.found(ranks)
}

#[test]
fn sums_are_those_of_the_tree() {
    for ranks in [2, 3, 5] {
        assert_eq!(bits(ranks, &["sums=yes", "parts=5"]), "right right ", "{ranks} ranks");
    }
}

#[test]
fn any_number_of_ranks_gives_the_same_bits() {
    let alone = Folder::new("alone");
    let output = Command::new(env!("CARGO_BIN_EXE_rank")).arg(&alone.0).output().expect("runs without mpirun");
    assert!(output.status.success(), "{output:?}");
    for ranks in [1, 2, 3, 4] {
        assert_eq!(bits(ranks, &[]), alone.found(1), "{ranks} ranks");
    }
    // More ranks than samples in a mini-batch.
    let few = ["batch=2", "epochs=1"];
    assert_eq!(bits(4, &few), bits(2, &few));
}

#[test]
fn half_precision_is_near_and_the_same_on_all_ranks() {
    let numbers = |text: &str| -> Vec<f32> {
        let list = text.split(']').next().expect("a list").trim_start_matches('[');
        list.split(", ").map(|bits| f32::from_bits(bits.parse().expect("bits"))).collect()
    };
    let (exact, half) = (bits(2, &["epochs=1", "batch=43"]), bits(2, &["epochs=1", "batch=43", "half=yes"]));
    assert_ne!(exact, half);
    for (a, b) in numbers(&exact).into_iter().zip(numbers(&half)) {
        assert!((a - b).abs() < 0.03, "{a} and {b}");
    }
}

/// A rank is lost in each way, at a moment that is another one each time; the job ends, and another goes on from its checkpoint.
#[test]
fn a_job_that_loses_a_rank_ends_and_is_gone_on_with() {
    let whole = bits(2, &["epochs=40"]);
    let mut random = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").subsec_nanos() as usize;
    for (turn, fate) in ["kill", "abort", "exit", "panic", "stop", "return"].into_iter().enumerate() {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (ranks, moment) = (2 + turn % 2, 300 + (random >> 40) % 500);
        let on = (random >> 20) % ranks;
        let folder = Folder::new(fate);
        let fate = match fate {
            // A rank gathers 160 parts or more.
            "return" => format!("leaves={}", moment / 6),
            fate => format!("fate={fate}"),
        };
        let what = format!("{fate} of rank {on} of {ranks} after {moment} ms");
        let settings = ["epochs=40", "pause=3", "limit=3", &format!("on={on}"), &fate, &format!("after={moment}")];
        let (output, took) = run(ranks, &folder.0, &settings);
        let told = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && !told.trim().is_empty(), "{what}: {output:?}");
        assert!(took < Duration::from_secs(30), "{what}: {took:?}");
        println!("{what}: ended after {took:?}");
        let expected = match fate.split('=').next_back() {
            Some("stop") => "has not answered for 3s",
            Some("panic") => "a fate",
            _ if fate.starts_with("leaves") => "the file of step",
            _ => "mpirun",
        };
        assert!(told.contains(expected), "{what}: {told}");
        // On another number of ranks.
        let resume = format!("resume={}", folder.checkpoint().display());
        let resumed = if folder.checkpoint().exists() { vec!["epochs=40", &resume] } else { vec!["epochs=40"] };
        assert_eq!(bits([4, 1, 2][turn % 3], &resumed), whole, "{what}");
    }
}

#[test]
fn ranks_that_differ_are_refused() {
    for (differs, what) in [("data", "training set"), ("seed", "settings")] {
        let folder = Folder::new(differs);
        let (output, took) = run(2, &folder.0, &[&format!("differs={differs}")]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && took < Duration::from_secs(10), "{output:?}");
        assert!(
            told.contains(&format!("what: {what:?}")) && told.contains("found: ") && told.contains("expected: "),
            "{told}"
        );
    }
}
