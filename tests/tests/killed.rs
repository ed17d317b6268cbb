//! A process that is killed while it saves a checkpoint leaves a whole one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use nn_core::train::checkpoint::load_network;
use nn_core::{Adam, Batch, CrossEntropy, Network, Training, network, shape};

network! {
    // A megabyte of parameters and two of moments, so that a kill hits the writing.
    struct Large = [8] -> affine(512) -> relu -> affine(512) -> relu -> affine(4) -> softmax;
}

/// The variable by which the process that is killed knows its folder.
const FOLDER: &str = "NN_TEST_KILLED";
const KILLS: u64 = 30;

/// Not a test, but what the test starts.
#[test]
fn saves_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let (mut net, mut training, mut adam) = (Large::new(1), Training::new(2), Adam::new(0.01));
    let inputs = Batch::<shape![8]>::from([[0.5; 8], [-0.25; 8]]);
    loop {
        training.loss_and_gradients(&net, &inputs, &CrossEntropy, &[0, 3]).expect("a batch");
        training.step(&mut net, &mut adam).expect("a step");
        // All parameters say how many steps there were, so that a mixture of two checkpoints would show.
        net.block_mut().fill(adam.steps() as f32);
        training.save(path(&folder), &net, &adam).expect("the folder can be written to");
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("last.safetensors")
}

/// When the last checkpoint was written.
fn written(folder: &Path) -> Option<SystemTime> {
    path(folder).metadata().and_then(|file| file.modified()).ok()
}

/// Files whose writing was cut off.
fn unfinished(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).expect("it is ours").flatten().map(|entry| entry.file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".part")).count()
}

#[test]
fn a_killed_process_leaves_a_whole_checkpoint() {
    let folder = std::env::temp_dir().join(format!("nn-killed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written to");
    let mut cut_off = 0;
    for kill in 0..KILLS {
        let before = written(&folder);
        let mut child = Command::new(std::env::current_exe().expect("a name"))
            .args(["--exact", "saves_until_it_is_killed"])
            .env(FOLDER, &folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the test can be started again");
        let start = Instant::now();
        while written(&folder) == before {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing was saved");
            std::thread::sleep(Duration::from_millis(1));
        }
        // At another place of the writing each time.
        std::thread::sleep(Duration::from_millis(5 * kill));
        child.kill().expect("it runs until it is killed");
        child.wait().expect("it has ended");
        // Counted at once, as the next save clears it away.
        cut_off += unfinished(&folder);
        let net: Large = load_network(path(&folder)).unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        let steps = net.block()[0];
        assert!(steps >= 1.0 && net.block().iter().all(|&number| number == steps), "kill {kill}: a mixture");
        let (mut net, mut training, mut adam) = (Large::new(2), Training::new(2), Adam::new(0.1));
        training.resume(path(&folder), &mut net, &mut adam).expect("whole");
        assert_eq!(adam.steps() as f32, steps, "kill {kill}");
    }
    assert!(cut_off > 0, "no process was killed while it wrote");
    std::fs::remove_dir_all(&folder).expect("it is ours");
}
