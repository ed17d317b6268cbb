//! Says which packages are missing, before the build of the `mpi` crate fails on it.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=MPICC");
    println!("cargo::rerun-if-env-changed=PATH");
    let compiler = std::env::var("MPICC").unwrap_or_else(|_| "mpicc".into());
    if Command::new(&compiler).arg("--version").output().is_err() {
        println!(
            "cargo::error=nn-mpi needs an MPI library, and there is no `{compiler}`; on Debian and Ubuntu: \
             apt-get install openmpi-bin libopenmpi-dev libclang-dev"
        );
    }
}
