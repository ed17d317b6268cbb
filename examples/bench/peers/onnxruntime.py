"""ONNX Runtime: prediction only."""

import numpy as np
import onnxruntime

from .onnx_model import model
from .protocol import report


def run(name, net, threads, seconds, _folder):
    def predict(count):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(model(name, net, count), options, providers=["CPUExecutionProvider"])
        inputs = {"input": np.random.default_rng(1).standard_normal((count, *net.input), np.float32)}
        return lambda: session.run(None, inputs)

    report(name, net, threads, seconds, None, predict)
