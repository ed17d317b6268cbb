#!/usr/bin/env python3
"""Builds this program and an empty one by the same profile, and prints what the network inside costs.

    python3 examples/embed/measure.py [--runs 400]

Needs Linux, cargo and rustc. Prints the stripped size, the time from the start of the process to its answer (the median; both
programs in turn), the peak of its memory, and what a clean build with all dependencies takes.
"""

import argparse
import ctypes
import os
import re
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PICTURE = HERE / "pictures" / "boot.pgm"
PARAMETERS = 433_890
KIB = 1024


def build(folder: Path) -> tuple[Path, Path, float, float]:
    """The program, an empty one, and the seconds and processor seconds that a clean build of the first took."""
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", folder / "embed"]
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=HERE, check=True)
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    empty = folder / "empty.rs"
    empty.write_text("fn main() {}\n")
    # As in `[profile.release]` of Cargo.toml.
    profile = "opt-level=3 lto=fat codegen-units=1 panic=abort strip=symbols".split()
    options = [part for setting in profile for part in ("-C", setting)]
    subprocess.run(["rustc", "--edition=2024", *options, "-o", folder / "empty", empty], check=True)
    return folder / "embed" / "release" / "embed", folder / "empty", seconds, processor


def crates() -> int:
    """Crates that the program is built from, but for itself."""
    tree = subprocess.check_output(["cargo", "tree", "--locked", "--prefix=none", "--edges=no-dev"], cwd=HERE, text=True)
    return len({line.removesuffix(" (*)") for line in tree.splitlines()}) - 1


def run(program: Path, output: int) -> float:
    """Milliseconds that a run takes."""
    begin = time.perf_counter()
    child = os.posix_spawn(program, [program, PICTURE], {}, file_actions=[(os.POSIX_SPAWN_DUP2, output, 1)])
    _, status = os.waitpid(child, 0)
    milliseconds = 1000 * (time.perf_counter() - begin)
    assert status == 0, f"{program} failed"
    return milliseconds


def times(programs: list[Path], runs: int) -> list[float]:
    """The median of each, in milliseconds."""
    all_times = [[] for _ in programs]
    with open(os.devnull, "wb") as nothing:
        for _ in range(runs):
            for program, measured in zip(programs, all_times):
                measured.append(run(program, nothing.fileno()))
    return [statistics.median(measured) for measured in all_times]


TRACE_ME, CONTINUE, SET_OPTIONS, TRACE_EXIT = 0, 7, 0x4200, 0x40


def peak(program: Path) -> int:
    """The peak of a program's memory in KiB, read when it is about to end.

    What the system reports of an ended child would include the Python that it was started from.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    trace = lambda request, pid, data=0: libc.ptrace(request, pid, None, ctypes.c_void_p(data))
    child = os.fork()
    if child == 0:
        trace(TRACE_ME, 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(program, [program, PICTURE])
    os.waitpid(child, 0)  # stopped at its first instruction
    trace(SET_OPTIONS, child, TRACE_EXIT)
    trace(CONTINUE, child)
    os.waitpid(child, 0)  # stopped before its end
    status = Path(f"/proc/{child}/status").read_text()
    trace(CONTINUE, child)
    os.waitpid(child, 0)
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400, help="starts of each program (default 400)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        program, empty, seconds, processor = build(Path(folder))
        answer = subprocess.check_output([program, PICTURE], text=True).strip()
        weights = 4 * PARAMETERS / KIB
        sizes = [path.stat().st_size / KIB for path in (program, empty)]
        starts = times([program, empty], runs)
        # The system counts pages in batches, so that no two runs agree.
        peaks = [statistics.median_low(peak(path) for _ in range(25)) for path in (program, empty)]
    print(f"answer                 {answer}")
    print(f"binary                 {sizes[0]:.0f} KiB = empty program {sizes[1]:.0f} + weights {weights:.0f} + "
          f"{sizes[0] - sizes[1] - weights:.0f}")
    print(f"start to answer        {starts[0]:.2f} ms, an empty program {starts[1]:.2f}: {starts[0] - starts[1]:+.2f}")
    print(f"peak memory            {peaks[0]} KiB, an empty program {peaks[1]}: {peaks[0] - peaks[1]:+}")
    print(f"clean build            {seconds:.1f} s, {processor:.1f} s of processor time on {os.cpu_count()} cores")
    print(f"crates                 {crates()}, for the compiler alone included")


if __name__ == "__main__":
    main()
