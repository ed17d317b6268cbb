"""The networks of the example `speed` here and in PyTorch, ONNX Runtime and OpenVINO, in turn on the same machine.

    pip install torch torchvision onnx onnxruntime openvino
    python3 nn-zoo/speed.py [--threads 1 2] [--seconds 2] [--net resnet18 ...] [--train]

Prints a table in Markdown for each number of threads: the shortest time in milliseconds of all runs, and the most memory that the
process took, in megabytes. PyTorch runs with its tensors channels last, which is its faster way here; what is not installed is left out.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NETWORKS = ["resnet18", "resnet50", "vgg16", "mobilenet_v2", "squeezenet1_1"]
PEERS = {"PyTorch": "torch", "ONNX Runtime": "onnxruntime", "OpenVINO": "openvino"}
ROOT = Path(__file__).parent.parent


def shortest(seconds: float, run) -> float:
    """In milliseconds."""
    run()
    start, best, runs = time.perf_counter(), float("inf"), 0
    while runs < 3 or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begin)
        runs += 1
    return best * 1e3


def predictor(peer: str, name: str, images: int, threads: int):
    """A function that predicts so many images."""
    import torch
    import torchvision

    torch.set_num_threads(threads)
    net = getattr(torchvision.models, name)(weights=None).eval().requires_grad_(False)
    x = torch.rand(images, 3, 224, 224)
    if peer == "PyTorch":
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
        return lambda: net(x)
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/net.onnx"
        torch.onnx.export(net, x, file, dynamo=False, input_names=["x"])
        if peer == "ONNX Runtime":
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
            session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
            return lambda: session.run(None, {"x": x.numpy()})
        import openvino

        settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
        request = openvino.Core().compile_model(file, "CPU", settings).create_infer_request()
        return lambda: request.infer({0: x.numpy()})


def learner(name: str, threads: int):
    """A function that learns from eight images in PyTorch."""
    import torch
    import torchvision

    torch.set_num_threads(threads)
    net = getattr(torchvision.models, name)(weights=None).train().to(memory_format=torch.channels_last)
    x, labels = torch.rand(8, 3, 224, 224).contiguous(memory_format=torch.channels_last), torch.arange(8)
    sgd, loss = torch.optim.SGD(net.parameters(), 1e-3), torch.nn.CrossEntropyLoss()

    def step():
        sgd.zero_grad()
        loss(net(x), labels).backward()
        sgd.step()

    return step


def measure(peer: str, name: str, what: str, threads: int, seconds: float) -> None:
    """The work of a process of its own: prints a time."""
    run = learner(name, threads) if what == "learn_eight" else predictor(peer, name, {"one": 1, "eight": 8}[what], threads)
    print(shortest(seconds, run))


def output_and_memory(command: list[str], threads: int) -> tuple[str, float]:
    """What a command prints, and the megabytes that it took at most."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as child:
        text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"error: {' '.join(command)} failed")
    return text, usage.ru_maxrss / 1024


def ours(name: str, threads: int, seconds: float, train: bool) -> tuple[dict[str, float], float]:
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "examples" / "speed"
    settings = ["--net", name, "--threads", str(threads), "--seconds", str(seconds)]
    text, memory = output_and_memory([str(program), *settings, *["--train"] * train], threads)
    words = text.split()[2:]
    return dict(zip(words[::2], map(float, words[1::2]))), memory


def table(arguments, threads: int) -> None:
    peers = [peer for peer, module in PEERS.items() if importlib.util.find_spec(module)]
    print(f"\n| {threads} thread{'s' * (threads > 1)}, ms | ours | {' | '.join(peers)} | best of the others over ours |")
    print("|---|" + "--:|" * (len(peers) + 2), flush=True)
    for name in arguments.net or NETWORKS:
        times, memory = ours(name, threads, arguments.seconds, arguments.train)
        row = {what: [] for what in times}
        memories = []
        for peer in peers:
            for what in times:
                if what == "learn_eight" and peer != "PyTorch":
                    row[what].append(float("inf"))
                    continue
                command = [sys.executable, __file__, "--measure", peer, name, what, "--threads", str(threads)]
                text, megabytes = output_and_memory([*command, "--seconds", str(arguments.seconds)], threads)
                row[what].append(float(text.split()[-1]))
                if what == "one":
                    memories.append(megabytes)
        for what, others in row.items():
            cells = " | ".join("" if other == float("inf") else f"{other:.1f}" for other in others)
            print(f"| {name}, {what.replace('_', ' ')} | {times[what]:.1f} | {cells} | **{min(others) / times[what]:.2f}** |")
        print(f"| {name}, MB | {memory:.0f} | {' | '.join(f'{other:.0f}' for other in memories)} | |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--net", nargs="+", choices=NETWORKS)
    parser.add_argument("--train", action="store_true", help="also learn from eight images, here and in PyTorch")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        return measure(*arguments.measure, arguments.threads[0], arguments.seconds)
    build = ["cargo", "build", "--quiet", "--release", "-p", "nn-zoo", "--all-features", "--example", "speed"]
    subprocess.run(build, check=True, cwd=ROOT)
    for threads in arguments.threads:
        table(arguments, threads)


if __name__ == "__main__":
    main()
