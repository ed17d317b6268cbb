#!/usr/bin/env python3
"""Runs the benchmark, and the same networks in other frameworks, in turn on this machine, and prints the ratios.

    python3 examples/bench/compare.py
    python3 examples/bench/compare.py --net simple_conv --threads 1 --compile

What is compared depends on what is installed:

    pip install torch                # PyTorch, eager with the fused Adam; torch.compile too with --compile
    pip install onnx onnxruntime     # ONNX Runtime, prediction only
    pip install jax                  # JAX, one compiled function for a step (for 50 steps where it has no convolution)

All follow the protocol of the benchmark: a training step gathers a random mini-batch of Fashion-MNIST, held in memory
(resnet20: of 2,048 random images), runs it forward and backward, and lets Adam move the parameters; predictions are of
random numbers, the median time of one sample and the rate of 256 at a time. Each framework runs in a process of its
own, one network at a time. Where other programs used the processor meanwhile, the run is repeated, and marked if that
did not help.
"""

import argparse
import gzip
import importlib.metadata
import importlib.util
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

# --- The networks, each declared once: a list of layers, which the frameworks below translate.

RELU = ("relu",)
POOL = ("pool",)  # the largest of 2×2
BATCH_NORM = ("batch_norm",)
MEAN = ("mean",)  # over the whole map
DROPOUT = ("dropout",)  # of one half


def conv(outputs, kernel, stride=1, pad=0, bias=True):
    return ("conv", outputs, kernel, stride, pad, bias)


def affine(outputs):
    return ("affine", outputs)


def basic(channels, stride=1, shortcut=()):
    """A residual block; an empty shortcut is the identity."""
    body = [
        *(conv(channels, 3, stride, 1, bias=False), BATCH_NORM, RELU),
        *(conv(channels, 3, 1, 1, bias=False), BATCH_NORM),
    ]
    return [("add", body, list(shortcut)), RELU]


def shrinking(channels):
    return basic(channels, 2, (conv(channels, 1, 2, 0, bias=False), BATCH_NORM))


@dataclass(frozen=True)
class Net:
    """The shape of an input, the samples of a training step, the layers."""

    input: tuple
    batch: int
    layers: list

    def convolves(self):
        return len(self.input) == 3


NETS = {
    "fashion_784_128_10": Net((784,), 128, [affine(128), RELU, affine(10)]),
    "two_layer_784_50_10": Net((784,), 100, [affine(50), RELU, affine(10)]),
    "multi_layer_784_100x4_10": Net((784,), 128, [*([affine(100), RELU] * 4), affine(10)]),
    "simple_conv": Net((1, 28, 28), 100, [conv(30, 5), RELU, POOL, affine(100), RELU, affine(10)]),
    "deep_conv": Net(
        (1, 28, 28),
        100,
        [
            *(conv(16, 3, pad=1), RELU, conv(16, 3, pad=1), RELU, POOL),
            *(conv(32, 3, pad=1), RELU, conv(32, 3, pad=2), RELU, POOL),
            *(conv(64, 3, pad=1), RELU, conv(64, 3, pad=1), RELU, POOL),
            *(affine(50), RELU, DROPOUT, affine(10), DROPOUT),
        ],
    ),
    "resnet20": Net(
        (3, 32, 32),
        32,
        [
            *(conv(16, 3, pad=1, bias=False), BATCH_NORM, RELU),
            *(basic(16) * 3),
            *shrinking(32),
            *(basic(32) * 2),
            *shrinking(64),
            *(basic(64) * 2),
            MEAN,
            affine(10),
        ],
    ),
}


def output_shape(layer, shape):
    """The shape (channels, height, width) or (numbers,) after a layer."""
    match layer:
        case ("conv", outputs, kernel, stride, pad, _):
            return (outputs, *((size + 2 * pad - kernel) // stride + 1 for size in shape[1:]))
        case ("pool",):
            return (shape[0], shape[1] // 2, shape[2] // 2)
        case ("affine", outputs):
            return (outputs,)
        case ("mean",):
            return (shape[0],)
        case ("add", body, _):
            for inner in body:
                shape = output_shape(inner, shape)
    return shape


def length(shape):
    product = 1
    for size in shape:
        product *= size
    return product


# --- Data and clocks.

PLACES = [
    Path("/usr/share/datasets/fashion-mnist"),
    Path(__file__).resolve().parents[2] / "data" / "fashion-mnist",
]


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


def report(name, net, threads, seconds, train, predict):
    """Measures, and prints a line as the benchmark does.

    `train` is a step and the samples it learns from, or None; `predict(count)` gives a function that predicts so many.
    """
    line = f"{name} threads={threads}"
    if train:
        step, count = train
        line += f" train {rate(step, seconds) * count:.0f} samples/s"
    medians = {}
    for count in (1, 256):
        call = predict(count)
        repeat(seconds / 16, call)
        medians[count] = statistics.median(repeat(seconds / 2, call))
    print(f"{line} infer b1 {medians[1] * 1e6:.1f} us, b256 {256 / medians[256]:.0f} samples/s", flush=True)


# --- PyTorch.


def run_torch(name, net, threads, seconds, folder, compiled=False):
    import torch
    from torch import nn

    class Add(nn.Module):
        def __init__(self, body, shortcut):
            super().__init__()
            self.body, self.shortcut = body, shortcut

        def forward(self, x):
            return self.body(x) + self.shortcut(x)

    def module(layers, shape):
        modules = []
        for layer in layers:
            match layer:
                case ("conv", outputs, kernel, stride, pad, bias):
                    modules.append(nn.Conv2d(shape[0], outputs, kernel, stride, pad, bias=bias))
                case ("affine", outputs):
                    modules += [nn.Flatten()] if len(shape) == 3 else []
                    modules.append(nn.Linear(length(shape), outputs))
                case ("relu",):
                    modules.append(nn.ReLU())
                case ("pool",):
                    modules.append(nn.MaxPool2d(2))
                case ("batch_norm",):
                    modules.append(nn.BatchNorm2d(shape[0]))
                case ("mean",):
                    modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
                case ("dropout",):
                    modules.append(nn.Dropout(0.5))
                case ("add", body, shortcut):
                    modules.append(Add(module(body, shape), module(shortcut, shape)))
            shape = output_shape(layer, shape)
        return nn.Sequential(*modules)

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    images, labels = (torch.from_numpy(numbers) for numbers in samples(net, folder))
    batches = (torch.from_numpy(chosen) for chosen in mini_batches(len(images), net.batch))
    model = module(net.layers, net.input)
    runner = torch.compile(model) if compiled else model
    adam = torch.optim.Adam(model.parameters(), 5e-4, fused=True)
    criterion = nn.CrossEntropyLoss()

    def step():
        chosen = next(batches)
        adam.zero_grad(set_to_none=True)
        criterion(runner(images[chosen]), labels[chosen]).backward()
        adam.step()

    def predict(count):
        x = torch.randn(count, *net.input)
        model.eval()

        def call():
            with torch.inference_mode():
                runner(x)

        return call

    report(name, net, threads, seconds, (step, net.batch), predict)


def run_torch_compile(name, net, threads, seconds, folder):
    run_torch(name, net, threads, seconds, folder, compiled=True)


# --- ONNX Runtime.


def run_onnx(name, net, threads, seconds, _folder):
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper

    random = np.random.default_rng(1)

    def model(count):
        nodes, weights = [], []

        def weight(*shape, start=None):
            label = f"w{len(weights)}"
            numbers = random.normal(0, (2 / length(shape[1:])) ** 0.5, shape) if start is None else np.full(shape, start)
            weights.append(numpy_helper.from_array(numbers.astype(np.float32), label))
            return label

        def node(kind, inputs, **attributes):
            label = f"x{len(nodes)}"
            nodes.append(helper.make_node(kind, inputs, [label], **attributes))
            return label

        def chain(x, layers, shape):
            for layer in layers:
                match layer:
                    case ("conv", outputs, kernel, stride, pad, bias):
                        inputs = [x, weight(outputs, shape[0], kernel, kernel)]
                        inputs += [weight(outputs, start=0.0)] if bias else []
                        x = node("Conv", inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)
                    case ("affine", outputs):
                        x = node("Flatten", [x]) if len(shape) == 3 else x
                        inputs = [x, weight(outputs, length(shape)), weight(outputs, start=0.0)]
                        x = node("Gemm", inputs, transB=1)
                    case ("relu",):
                        x = node("Relu", [x])
                    case ("pool",):
                        x = node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
                    case ("batch_norm",):
                        x = node("BatchNormalization", [x, *(weight(shape[0], start=s) for s in (1.0, 0.0, 0.0, 1.0))])
                    case ("mean",):
                        x = node("Flatten", [node("GlobalAveragePool", [x])])
                    case ("add", body, shortcut):
                        x = node("Add", [chain(x, body, shape), chain(x, shortcut, shape)])
                shape = output_shape(layer, shape)
            return x

        output = chain("input", net.layers, net.input)
        number = onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            nodes,
            name,
            [helper.make_tensor_value_info("input", number, [count, *net.input])],
            [helper.make_tensor_value_info(output, number, [count, 10])],
            weights,
        )
        whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(whole)
        return whole.SerializeToString()

    def predict(count):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(model(count), options, providers=["CPUExecutionProvider"])
        inputs = {"input": random.standard_normal((count, *net.input), np.float32)}
        return lambda: session.run(None, inputs)

    report(name, net, threads, seconds, None, predict)


# --- JAX, with the channels last.


def run_jax(name, net, threads, seconds, folder):
    if hasattr(os, "sched_setaffinity"):
        # JAX uses as many threads as it finds cores.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax import lax

    random = np.random.default_rng(1)

    def weight(*shape):
        return jnp.asarray(random.normal(0, (2 / length(shape[:-1])) ** 0.5, shape), jnp.float32)

    def initial(layers, shape):
        """For each layer what is learnt and, of batch normalisation, what follows the batches."""
        learnt, followed = [], []
        for layer in layers:
            mine, running = {}, {}
            match layer:
                case ("conv", outputs, kernel, _, _, bias):
                    mine["w"] = weight(kernel, kernel, shape[0], outputs)
                    if bias:
                        mine["b"] = jnp.zeros(outputs)
                case ("affine", outputs):
                    mine = {"w": weight(length(shape), outputs), "b": jnp.zeros(outputs)}
                case ("batch_norm",):
                    mine = {"scale": jnp.ones(shape[0]), "shift": jnp.zeros(shape[0])}
                    running = {"mean": jnp.zeros(shape[0]), "variance": jnp.ones(shape[0])}
                case ("add", *branches):
                    mine, running = zip(*(initial(branch, shape) for branch in branches))
            learnt.append(mine)
            followed.append(running)
            shape = output_shape(layer, shape)
        return learnt, followed

    def forward(layers, learnt, followed, x, key=None):
        """The output, and the running statistics; in training, if there is a key for dropout."""
        moved = []
        for layer, p, running in zip(layers, learnt, followed):
            match layer:
                case ("conv", _, _, stride, pad, bias):
                    x = lax.conv_general_dilated(
                        *(x, p["w"], (stride, stride), [(pad, pad)] * 2),
                        dimension_numbers=("NHWC", "HWIO", "NHWC"),
                    )
                    x = x + p["b"] if bias else x
                case ("affine", _):
                    x = x.reshape(len(x), -1) @ p["w"] + p["b"]
                case ("relu",):
                    x = jnp.maximum(x, 0)
                case ("pool",):
                    n, h, w, c = x.shape
                    x = x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))
                case ("batch_norm",):
                    if key is None:
                        mean, variance = running["mean"], running["variance"]
                    else:
                        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
                        n = x.size // x.shape[-1]
                        batch = {"mean": mean, "variance": variance * (n / (n - 1))}
                        running = {part: 0.9 * running[part] + 0.1 * batch[part] for part in running}
                    x = (x - mean) * (lax.rsqrt(variance + 1e-5) * p["scale"]) + p["shift"]
                case ("mean",):
                    x = x.mean((1, 2))
                case ("dropout",) if key is not None:
                    key, mine = jax.random.split(key)
                    x = jnp.where(jax.random.bernoulli(mine, 0.5, x.shape), x * 2, 0)
                case ("add", *branches):
                    parts = [forward(*branch, x, key) for branch in zip(branches, p, running)]
                    x = parts[0][0] + parts[1][0]
                    running = tuple(part[1] for part in parts)
            moved.append(running)
        return x, moved

    def loss(learnt, followed, x, y, key):
        logits, moved = forward(net.layers, learnt, followed, x, key)
        chosen = jnp.take_along_axis(logits, y[:, None], 1)[:, 0]
        return (jax.nn.logsumexp(logits, 1) - chosen).mean(), moved

    def one_step(state, chosen, images, labels):
        learnt, followed, first, second, steps, key = state
        key, mine = jax.random.split(key)
        slopes, followed = jax.grad(loss, has_aux=True)(learnt, followed, images[chosen], labels[chosen], mine)
        steps = steps + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slopes)
        size, root = 5e-4 / (1 - 0.9**steps), jnp.sqrt(1 - 0.999**steps)
        move = lambda w, m, v: w - size * m / (jnp.sqrt(v) / root + 1e-8)
        return (jax.tree.map(move, learnt, first, second), followed, first, second, steps, key), None

    # A compiled loop over several steps saves calls, but XLA's convolutions are several times slower in it.
    together = 1 if net.convolves() else 50

    def some_steps(state, chosen, images, labels):
        if together == 1:
            return one_step(state, chosen[0], images, labels)[0]
        return lax.scan(lambda state, chosen: one_step(state, chosen, images, labels), state, chosen)[0]

    some_steps = jax.jit(some_steps, donate_argnums=0)
    images, labels = samples(net, folder)
    images = images.transpose(0, 2, 3, 1) if net.convolves() else images
    images, labels = jnp.asarray(images), jnp.asarray(labels, jnp.int32)
    batches = mini_batches(len(images), net.batch)
    learnt, followed = initial(net.layers, net.input)
    zeros = lambda: jax.tree.map(jnp.zeros_like, learnt)
    # Copied, as the state is given away to the compiled function.
    state = jax.tree.map(jnp.array, (learnt, followed, zeros(), zeros(), jnp.float32(0), jax.random.key(1)))

    def steps():
        nonlocal state
        state = some_steps(state, np.stack([next(batches) for _ in range(together)]), images, labels)
        jax.block_until_ready(state[0])

    predictor = jax.jit(lambda learnt, followed, x: forward(net.layers, learnt, followed, x)[0])

    def predict(count):
        shape = (*net.input[1:], net.input[0]) if net.convolves() else net.input
        x = jnp.asarray(random.standard_normal((count, *shape), np.float32))
        return lambda: predictor(learnt, followed, x).block_until_ready()

    report(name, net, threads, seconds, (steps, together * net.batch), predict)


# --- One after another.


@dataclass(frozen=True)
class Framework:
    """What a framework is called, the packages it needs, and how it runs."""

    title: str
    packages: tuple
    run: object

    def missing(self):
        return [package for package in self.packages if importlib.util.find_spec(package) is None]

    def version(self):
        return f"{self.title} {importlib.metadata.version(self.packages[-1])}"


FRAMEWORKS = {
    "torch": Framework("PyTorch", ("numpy", "torch"), run_torch),
    "torch-compile": Framework("torch.compile", ("numpy", "torch"), run_torch_compile),
    "onnxruntime": Framework("ONNX Runtime", ("numpy", "onnx", "onnxruntime"), run_onnx),
    "jax": Framework("JAX", ("numpy", "jax"), run_jax),
}

OURS = "ours"

# What a line of the benchmark may say: its pattern, what the table calls it, and whether more is better.
MEASURES = {
    "train": (r"train (\d+) samples/s", "training, samples/s", True),
    "latency": (r"b1 ([\d.]+) us", "prediction of 1, µs", False),
    "predict": (r"b256 (\d+) samples/s", "prediction of 256, samples/s", True),
}


@dataclass
class Cell:
    """The best of a framework's runs."""

    values: dict = field(default_factory=dict)
    disturbed: bool = False
    failed: bool = False

    def take(self, line, disturbed):
        for measure, (pattern, _, more) in MEASURES.items():
            if found := re.search(pattern, line):
                value, old = float(found[1]), self.values.get(measure)
                self.values[measure] = value if old is None else max(value, old) if more else min(value, old)
        self.disturbed = disturbed


def busy_seconds():
    """CPU seconds that all programs have used so far, or None where the system does not say."""
    try:
        fields = [int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    except OSError:
        return None
    user, nice, system, _idle, _wait, irq, soft, stolen = fields[:8]
    return (user + nice + system + irq + soft + stolen) / os.sysconf("SC_CLK_TCK")


def run(command):
    """The last line that a command prints, or None if it fails; and the share of a core that other programs used meanwhile."""
    before, start = busy_seconds(), time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = process.stdout.read().splitlines()
        if not hasattr(os, "wait4"):
            code, mine = process.wait(), None
        else:
            _, status, usage = os.wait4(process.pid, 0)
            code = process.returncode = os.waitstatus_to_exitcode(status)
            mine = usage.ru_utime + usage.ru_stime
    others = 0.0 if before is None or mine is None else busy_seconds() - before - mine
    return (lines[-1] if code == 0 and lines else None), others / (time.perf_counter() - start)


def measure(cell, command, retries):
    """Runs a command, again if others disturbed it, and takes in the best of it."""
    for _ in range(1 + retries):
        line, others = run(command)
        if line is None:
            cell.failed = True
            return
        disturbed = others > 0.1
        cell.take(line, disturbed)
        note = f"   (other programs: {others:.1f} cores)" if disturbed else ""
        print(f"  {line}{note}", file=sys.stderr, flush=True)
        if not disturbed:
            return


def cell_text(cell, ours, measure):
    if cell.failed and not cell.values:
        return "failed"
    if measure not in cell.values:
        return "–"
    value = cell.values[measure]
    mark = "\\*" if cell.disturbed else ""
    text = f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
    if cell is ours or measure not in ours.values:
        return text + mark
    more = MEASURES[measure][2]
    ratio = ours.values[measure] / value if more else value / ours.values[measure]
    return f"{text}{mark} (**{ratio:.2f}×**)"


def table(nets, threads, columns, cells):
    titles = [FRAMEWORKS[column].title if column in FRAMEWORKS else column for column in columns]
    print("| network | threads | | " + " | ".join(titles) + " |")
    print("|---|--:|---|" + "--:|" * len(columns))
    for count in threads:
        for name in nets:
            ours = cells[OURS, name, count]
            for measure, (_, title, _) in MEASURES.items():
                row = [cell_text(cells[column, name, count], ours, measure) for column in columns]
                print(f"| {name} | {count} | {title} | " + " | ".join(row) + " |")


def processor():
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def arguments():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", action="append", choices=NETS, metavar="NAME", help="a network; may be given again")
    parser.add_argument("--threads", type=int, action="append", metavar="N", help=f"may be given again [1 and {cores}]")
    parser.add_argument("--seconds", type=float, default=4.0, metavar="S", help="to train, and again to predict [4]")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with Fashion-MNIST")
    parser.add_argument("--compile", action="store_true", help="measure torch.compile as well")
    parser.add_argument("--only", action="append", choices=FRAMEWORKS, metavar="NAME", help="with this framework alone")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="times to measure it all, the best counts [1]")
    parser.add_argument("--retries", type=int, default=2, metavar="N", help="runs more where others disturb one [2]")
    parser.add_argument("--run", choices=FRAMEWORKS, help=argparse.SUPPRESS)  # in a process of its own
    parsed = parser.parse_args()
    parsed.net = parsed.net or list(NETS)
    parsed.threads = parsed.threads or sorted({1, cores})
    if min(parsed.threads) < 1 or parsed.seconds <= 0 or parsed.rounds < 1 or parsed.retries < 0:
        parser.error("threads, seconds and rounds must be positive, and retries not negative")
    return parsed


def main():
    given = arguments()
    if given.run:
        [name], [threads] = given.net, given.threads
        FRAMEWORKS[given.run].run(name, NETS[name], threads, given.seconds, given.data)
        return

    # So that a relative folder means the same to all.
    folder = ["--data", str(given.data.resolve())] if given.data else []
    root = Path(__file__).resolve().parents[2]
    manifest = ["--release", "--quiet", "--manifest-path", str(root / "Cargo.toml"), "--example", "bench"]
    try:
        subprocess.run(["cargo", "build", *manifest], check=True)
    except FileNotFoundError:
        sys.exit("error: there is no cargo here; see https://rustup.rs")
    except subprocess.CalledProcessError:
        sys.exit("error: the benchmark does not build")

    wanted = given.only or [name for name in FRAMEWORKS if given.compile or name != "torch-compile"]
    missing = {name: FRAMEWORKS[name].missing() for name in wanted}
    columns = [OURS, *(name for name in wanted if not missing[name])]
    for name in wanted:
        if missing[name]:
            packages = " ".join(missing[name])
            print(f"{FRAMEWORKS[name].title} is left out; to compare with it: pip install {packages}", file=sys.stderr)

    cells = {(column, name, count): Cell() for column in columns for name in given.net for count in given.threads}
    for _ in range(given.rounds):
        for (column, name, count), cell in sorted(cells.items(), key=lambda item: (item[0][2], list(NETS).index(item[0][1]))):
            this = ["--net", name, "--threads", str(count), "--seconds", str(given.seconds), *folder]
            if column == OURS:
                command = ["cargo", "run", *manifest, "--", *this]
            else:
                command = [sys.executable, str(Path(__file__).resolve()), "--run", column, *this]
            print(f"{column}:", file=sys.stderr)
            measure(cell, command, given.retries)

    print(f"{date.today()}, {processor()}, {os.cpu_count()} cores; ", end="")
    print(", ".join([*(FRAMEWORKS[name].version() for name in columns[1:]), f"Python {platform.python_version()}"]))
    print("\nIn brackets: how many times faster ours is.\n")
    table(given.net, given.threads, columns, cells)
    if any(cell.disturbed for cell in cells.values()):
        print("\n\\* Other programs used the processor meanwhile.")


if __name__ == "__main__":
    main()
