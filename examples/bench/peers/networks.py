"""The networks, each declared once: a list of layers, which every framework translates."""

from dataclasses import dataclass

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
