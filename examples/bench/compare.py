#!/usr/bin/env python3
"""Runs the benchmark, and the same networks in other frameworks, in turn on this machine, and prints the ratios.

    python3 examples/bench/compare.py                                    # everything: about a quarter of an hour
    python3 examples/bench/compare.py --net simple_conv --threads 1 --only torch --only jax
    python3 examples/bench/compare.py --isa avx2 --json avx2.json

What is compared depends on what is installed, all of it from PyPI, with a Python of 3.10 or later:

    pip install torch                # PyTorch, eager with the fused Adam, and torch.compile
    pip install jax                  # JAX, one step in a compiled function; 50 where there is no convolution
    pip install tensorflow-cpu       # Keras
    pip install onnx onnxruntime     # ONNX Runtime, prediction only
    pip install onnx openvino        # OpenVINO, prediction only

All follow the protocol of the benchmark: a training step gathers a random mini-batch of Fashion-MNIST, held in memory
(resnet20: of 2,048 random images), runs it forward and backward, and lets Adam move the parameters; predictions are of
random numbers, the median time of one sample and the rate of 256 at a time; the memory of training, ours and PyTorch's,
is what is taken at most beyond libraries and data. Each framework runs in a process of its own, one network at a time.
Where other programs used the processor meanwhile, the run is repeated, and marked if that did not help.

Results are printed as Markdown, when all is done or the program is interrupted.
"""

import argparse
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path

from peers import FRAMEWORKS, LIMITS, UNLIMITED
from peers.networks import NETS
from results import OURS, Cell, best_tables, whole_tables

ROOT = Path(__file__).resolve().parents[2]


# --- One run.


def busy_seconds():
    """CPU seconds that all programs have used so far, or None where the system does not say."""
    try:
        fields = [int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    except OSError:
        return None
    user, nice, system, _idle, _wait, irq, soft, stolen = fields[:8]
    return (user + nice + system + irq + soft + stolen) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    """CPU seconds of all processes that were started from here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def run(command, environment, limit):
    """The last line that a command prints; and the share of a core that other programs used meanwhile.

    Raises `TimeoutError` when it takes longer than `limit` seconds, `ChildProcessError` when it fails. What it says of
    itself is shown only then.
    """
    before, own, start = busy_seconds(), own_seconds(), time.perf_counter()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=environment, start_new_session=True, **pipes)
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"not done in {limit:.0f} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode != 0 or not output.strip():
        print(errors, end="", file=sys.stderr)
        raise ChildProcessError("failed")
    others = 0.0 if before is None else busy_seconds() - before - (own_seconds() - own)
    return output.strip().splitlines()[-1], others / (time.perf_counter() - start)


def measure(cell, command, environment, given):
    """Runs a command, again if others disturbed it, and takes in the best of it."""
    for _ in range(1 + given.retries):
        try:
            line, others = run(command, environment, given.limit)
        except (TimeoutError, ChildProcessError) as error:
            cell.failed = str(error)
            print(f"  {error}", file=sys.stderr, flush=True)
            return
        disturbed = others > 0.1
        cell.take(line, disturbed)
        note = f"   (other programs: {others:.1f} cores)" if disturbed else ""
        print(f"  {line}{note}", file=sys.stderr, flush=True)
        if not disturbed:
            return


def processor():
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def setting(isa, frameworks):
    """When, where and with what it is measured."""
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[:2]
    versions = dict.fromkeys(FRAMEWORKS[name].version() for name in frameworks)
    free = [UNLIMITED[name] for name in frameworks if name in UNLIMITED]
    return {
        "date": str(date.today()),
        "processor": processor(),
        "cores": os.cpu_count(),
        "versions": [" ".join(rust), *versions, f"Python {platform.python_version()}"],
        "limited to": isa,
        "not limited": free if isa else [],
    }


def show(given, about, cells):
    print(f"{about['date']}, {about['processor']}, {about['cores']} cores; {', '.join(about['versions'])}.", end=" ")
    if given.isa:
        free = " and ".join(about["not limited"])
        print(f"Limited to {given.isa}" + (f", but for {free}, which cannot be." if free else "."), end=" ")
    print("A ratio above 1 means that ours is better.\n")
    best_tables(given.net, given.threads, cells)
    whole_tables(given.net, given.threads, cells)
    if any(cell.disturbed for cell in cells):
        print("\\* Other programs used the processor meanwhile.")


def save(path, about, cells):
    """Writes all results so far; the file is whole at any time."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(json.dumps({**about, "results": [asdict(cell) for cell in cells]}, indent=1) + "\n")
    unfinished.replace(path)


# --- All of it.


def arguments():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    several = {"action": "append", "metavar": "NAME"}
    parser.add_argument("--net", choices=NETS, help=f"a network, may be given again: {', '.join(NETS)} [all]", **several)
    parser.add_argument("--only", choices=FRAMEWORKS, help=f"with this alone: {', '.join(FRAMEWORKS)} [all]", **several)
    parser.add_argument("--threads", type=int, action="append", metavar="N", help=f"may be given again [1 and {cores}]")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="to train, and again to predict [2]")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="times to measure it all, the best counts [1]")
    parser.add_argument("--retries", type=int, default=1, metavar="N", help="runs more where others disturb one [1]")
    parser.add_argument("--limit", type=float, default=120.0, metavar="S", help="longest time of a run [120]")
    parser.add_argument("--isa", choices=LIMITS, help="keep all that can be to an instruction set")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with Fashion-MNIST")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well, after each run")
    parser.add_argument("--run", choices=FRAMEWORKS, help=argparse.SUPPRESS)  # in a process of its own
    parsed = parser.parse_args()
    parsed.net = parsed.net or list(NETS)
    parsed.threads = parsed.threads or sorted({1, cores})
    if min(*parsed.threads, parsed.rounds) < 1 or min(parsed.seconds, parsed.limit) <= 0 or parsed.retries < 0:
        parser.error("threads, seconds, rounds and limit must be positive, and retries not negative")
    return parsed


def build():
    """The path of our program, once it is built."""
    command = ["cargo", "build", "--release", "--message-format=json", "--example", "bench"]
    try:
        built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    except FileNotFoundError:
        sys.exit("error: there is no cargo here; see https://rustup.rs")
    except subprocess.CalledProcessError:
        sys.exit("error: the benchmark does not build")
    programs = [json.loads(line).get("executable") for line in built.stdout.splitlines()]
    return [program for program in programs if program][-1]


def installed(given):
    """The frameworks to compare with, having told how to install the others."""
    there = []
    for name in given.only or FRAMEWORKS:
        missing = FRAMEWORKS[name].missing()
        if missing:
            title = FRAMEWORKS[name].title
            print(f"{title} is left out; to compare with it: pip install {' '.join(missing)}", file=sys.stderr)
        else:
            there.append(name)
    return there


def measure_all(given, about, cells):
    ours = build()
    environment = os.environ | LIMITS.get(given.isa, {})
    # So that a relative folder means the same to all.
    folder = ["--data", str(given.data.resolve())] if given.data else []
    for turn in range(given.rounds):
        for done, cell in enumerate(cells, turn * len(cells) + 1):
            program = [ours, "--memory"]
            if cell.framework != OURS:
                program = [sys.executable, "-B", str(Path(__file__).resolve()), "--run", cell.framework]
            this = ["--net", cell.network, "--threads", str(cell.threads), "--seconds", str(given.seconds)]
            print(f"{done}/{given.rounds * len(cells)} {cell.framework}:", file=sys.stderr, flush=True)
            measure(cell, program + this + folder, environment, given)
            if given.json:
                save(given.json, about, cells)


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    given = arguments()
    if given.run:
        [name], [threads] = given.net, given.threads
        FRAMEWORKS[given.run].run(name, threads, given.seconds, given.data)
        return
    signal.signal(signal.SIGTERM, interrupt)
    frameworks = installed(given)
    about = setting(given.isa, frameworks)
    cells = [
        Cell(framework, name, threads)
        for threads in given.threads
        for name in given.net
        for framework in [OURS, *frameworks]
        if framework == OURS or FRAMEWORKS[framework].takes(NETS[name])
    ]
    try:
        measure_all(given, about, cells)
    except KeyboardInterrupt:
        print("interrupted; this is what there is so far", file=sys.stderr)
    show(given, about, cells)


if __name__ == "__main__":
    main()
