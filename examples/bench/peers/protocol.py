"""What is measured, in every framework alike: data, clocks, memory, and the line that says it."""

import contextlib
import ctypes
import gzip
import os
import statistics
import time
from pathlib import Path

PLACES = [
    Path("/usr/share/datasets/fashion-mnist"),
    Path(__file__).resolve().parents[3] / "data" / "fashion-mnist",
]


def limit_cores(threads):
    """For frameworks that use as many threads as they find cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def read_idx(folder, name, header):
    import numpy as np

    plain, packed = folder / name, folder / f"{name}.gz"
    content = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    return np.frombuffer(content, np.uint8, offset=header)


def samples(net, folder):
    """Images [count, *shape] as floats, and labels."""
    import numpy as np

    if net.input == (3, 32, 32):
        random = np.random.default_rng(1)
        return random.standard_normal((2048, *net.input), np.float32), random.integers(0, 10, 2048)
    folder = folder or next(place for place in PLACES if place.is_dir())
    images = read_idx(folder, "train-images-idx3-ubyte", 16).reshape(-1, *net.input)
    labels = read_idx(folder, "train-labels-idx1-ubyte", 8)
    return images.astype(np.float32) / 255, labels.astype(np.int64)


def mini_batches(count, batch):
    """The indices of random mini-batches, without end."""
    import numpy as np

    order = np.random.default_rng(1).permutation(count)
    while True:
        for start in range(0, count - batch + 1, batch):
            yield order[start : start + batch]


def repeat(seconds, work):
    """The times of calls of `work` until so long is over, at least five."""
    times = []
    start = now = time.perf_counter()
    while len(times) < 5 or now - start < seconds:
        before = now
        work()
        now = time.perf_counter()
        times.append(now - before)
    return times


def rate(step, seconds):
    """Steps in a second, once warm."""
    repeat(seconds / 8, step)
    times = repeat(seconds, step)
    return len(times) / sum(times)


class Memory:
    """How much memory is taken from now on, at most, where the system can say it.

    What is mapped from files does not count: libraries are loaded when they are first used. What was freed before is given
    back first, so that it counts when it is taken again.
    """

    STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")

    def __init__(self):
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)  # where the C library is GNU's
        try:
            self.RESET.write_text("5")  # the peak starts anew
            self.resident, self.files = self.read("VmRSS", "RssFile")
        except (OSError, KeyError):
            self.resident = None

    def read(self, *names):
        fields = dict(line.split(":") for line in self.STATUS.read_text().splitlines())
        return [int(fields[name].split()[0]) for name in names]

    def peak(self):
        """Megabytes, or None."""
        if self.resident is None:
            return None
        peak, files = self.read("VmHWM", "RssFile")
        return max(0, peak - self.resident - (files - self.files)) * 1024 / 1e6


def report(name, net, threads, seconds, train, predict, predicting=contextlib.nullcontext):
    """Measures, and prints a line as the benchmark does.

    `train` is a step, the samples it learns from, and the memory since before it was there, or None; or all that is None. `predict(count)` gives
    a function that predicts so many; it is called `predicting()`.
    """
    line = f"{name} threads={threads}"
    if train:
        step, count, memory = train
        line += f" train {rate(step, seconds) * count:.0f} samples/s"
        taken = memory and memory.peak()
    medians = {}
    for count in (1, 256):
        call = predict(count)
        with predicting():
            repeat(seconds / 16, call)
            medians[count] = statistics.median(repeat(seconds / 2, call))
    line += f" infer b1 {medians[1] * 1e6:.1f} us, b256 {256 / medians[256]:.0f} samples/s"
    if train and taken is not None:
        line += f", training takes {taken:.1f} MB"
    print(line, flush=True)
