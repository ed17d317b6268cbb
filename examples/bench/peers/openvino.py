"""OpenVINO: prediction only."""

import numpy as np
import openvino

from .onnx_model import model
from .protocol import report


def run(name, net, threads, seconds, _folder):
    core = openvino.Core()
    options = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }

    def predict(count):
        compiled = core.compile_model(core.read_model(model(name, net, count)), "CPU", options)
        request = compiled.create_infer_request()
        x = np.random.default_rng(1).standard_normal((count, *net.input), np.float32)
        request.set_input_tensor(openvino.Tensor(x, shared_memory=True))

        def call(_needed=(compiled, x)):
            request.infer()

        return call

    report(name, net, threads, seconds, None, predict)
