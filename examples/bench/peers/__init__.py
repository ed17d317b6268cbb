"""The frameworks that the benchmark is compared with, a module each, and what they share."""

from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import distributions, version

from .networks import NETS


@dataclass(frozen=True)
class Framework:
    """What a framework is called, its module here, what is to be installed, and what sets this use of it apart."""

    title: str
    module: str
    packages: tuple
    options: dict = field(default_factory=dict)
    convolves: bool = True  # or only networks without convolutions

    def missing(self):
        """The packages that are not there."""
        installed = {distribution.metadata["Name"].lower().replace("_", "-") for distribution in distributions()}
        return [name for name in self.packages if name not in installed]

    def version(self):
        return f"{self.packages[-1]} {version(self.packages[-1])}"

    def takes(self, net):
        return self.convolves or not net.convolves()

    def run(self, name, threads, seconds, folder):
        module = import_module(f".{self.module}", __name__)
        module.run(name, NETS[name], threads, seconds, folder, **self.options)


FRAMEWORKS = {
    "torch": Framework("PyTorch", "pytorch", ("torch",)),
    "torch-compile": Framework("torch.compile", "pytorch", ("torch",), {"compiled": True}),
    "jax": Framework("JAX", "jax", ("jax",)),
    # XLA's convolutions are several times slower in a compiled loop.
    "jax-50": Framework("JAX, 50 steps", "jax", ("jax",), {"together": 50}, convolves=False),
    "keras": Framework("Keras", "keras", ("tensorflow-cpu",)),
    "onnxruntime": Framework("ONNX Runtime", "onnxruntime", ("onnx", "onnxruntime")),
    "openvino": Framework("OpenVINO", "openvino", ("onnx", "openvino")),
}

# What keeps each to an instruction set.
LIMITS = {
    "avx2": {
        "NN_ISA": "avx2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
    }
}

# What looks at the processor alone, in whole or in part.
UNLIMITED = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO's dense layers"}
