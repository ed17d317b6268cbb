"""The networks as ONNX models with random weights."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .networks import length, output_shape


class Builder:
    """Collects the nodes and weights of a model."""

    def __init__(self):
        self.nodes, self.weights = [], []
        self.random = np.random.default_rng(1)

    def weight(self, *shape):
        return self.constant(self.random.normal(0, (2 / length(shape[1:])) ** 0.5, shape))

    def filled(self, length, value):
        return self.constant(np.full(length, value))

    def constant(self, numbers):
        label = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numbers.astype(np.float32), label))
        return label

    def node(self, kind, inputs, **attributes):
        label = f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [label], **attributes))
        return label

    def chain(self, x, layers, shape):
        for layer in layers:
            x = self.layer(x, layer, shape)
            shape = output_shape(layer, shape)
        return x

    def layer(self, x, layer, shape):
        match layer:
            case ("conv", outputs, kernel, stride, pad, bias):
                inputs = [x, self.weight(outputs, shape[0], kernel, kernel)]
                inputs += [self.filled(outputs, 0)] if bias else []
                return self.node("Conv", inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)
            case ("affine", outputs):
                x = self.node("Flatten", [x]) if len(shape) == 3 else x
                inputs = [x, self.weight(outputs, length(shape)), self.filled(outputs, 0)]
                return self.node("Gemm", inputs, transB=1)
            case ("relu",):
                return self.node("Relu", [x])
            case ("pool",):
                return self.node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
            case ("batch_norm",):
                parameters = [self.filled(shape[0], value) for value in (1, 0, 0, 1)]
                return self.node("BatchNormalization", [x, *parameters])
            case ("mean",):
                return self.node("Flatten", [self.node("GlobalAveragePool", [x])])
            case ("add", body, shortcut):
                return self.node("Add", [self.chain(x, body, shape), self.chain(x, shortcut, shape)])
            case ("dropout",):
                return x


def model(name, net, count):
    """A model for so many samples at a time, as the bytes of its file."""
    builder = Builder()
    output = builder.chain("input", net.layers, net.input)
    number = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        builder.nodes,
        name,
        [helper.make_tensor_value_info("input", number, [count, *net.input])],
        [helper.make_tensor_value_info(output, number, [count, 10])],
        builder.weights,
    )
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(whole)
    return whole.SerializeToString()
