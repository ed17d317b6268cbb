"""JAX, with the channels last: one compiled function for a step, or for several."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .networks import length, output_shape
from .protocol import limit_cores, mini_batches, report, samples


class Weights:
    """Random weights, by He."""

    def __init__(self):
        self.random = np.random.default_rng(1)

    def matrix(self, *shape):
        return jnp.asarray(self.random.normal(0, (2 / length(shape[:-1])) ** 0.5, shape), jnp.float32)

    def initial(self, layers, shape):
        """For each layer what is learnt and, of batch normalisation, what follows the batches."""
        learnt, followed = [], []
        for layer in layers:
            mine, running = {}, {}
            match layer:
                case ("conv", outputs, kernel, _, _, bias):
                    mine["w"] = self.matrix(kernel, kernel, shape[0], outputs)
                    if bias:
                        mine["b"] = jnp.zeros(outputs)
                case ("affine", outputs):
                    mine = {"w": self.matrix(length(shape), outputs), "b": jnp.zeros(outputs)}
                case ("batch_norm",):
                    mine = {"scale": jnp.ones(shape[0]), "shift": jnp.zeros(shape[0])}
                    running = {"mean": jnp.zeros(shape[0]), "variance": jnp.ones(shape[0])}
                case ("add", *branches):
                    mine, running = zip(*(self.initial(branch, shape) for branch in branches))
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
                x, running = batch_norm(p, running, x, key is not None)
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


def batch_norm(p, running, x, training):
    if training:
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        n = x.size // x.shape[-1]
        batch = {"mean": mean, "variance": variance * (n / (n - 1))}
        running = {part: 0.9 * running[part] + 0.1 * batch[part] for part in running}
    else:
        mean, variance = running["mean"], running["variance"]
    return (x - mean) * (lax.rsqrt(variance + 1e-5) * p["scale"]) + p["shift"], running


def training_step(net):
    """A step from one state to the next: weights, running statistics, Adam's moments, count."""

    def loss(learnt, followed, x, y, key):
        logits, moved = forward(net.layers, learnt, followed, x, key)
        chosen = jnp.take_along_axis(logits, y[:, None], 1)[:, 0]
        return (jax.nn.logsumexp(logits, 1) - chosen).mean(), moved

    def step(state, images, labels, order):
        learnt, followed, first, second, steps = state
        key = jax.random.fold_in(jax.random.key(1), steps)
        chosen = lax.dynamic_index_in_dim(order, steps % len(order), keepdims=False)
        slopes, followed = jax.grad(loss, has_aux=True)(learnt, followed, images[chosen], labels[chosen], key)
        steps = steps + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slopes)
        size, root = 5e-4 / (1 - 0.9**steps), jnp.sqrt(1 - 0.999**steps)
        move = lambda w, m, v: w - size * m / (jnp.sqrt(v) / root + 1e-8)
        return jax.tree.map(move, learnt, first, second), followed, first, second, steps

    return step


def run(name, net, threads, seconds, folder, together=1):
    limit_cores(threads)
    images, labels = samples(net, folder)
    images = jnp.asarray(images.transpose(0, 2, 3, 1) if net.convolves() else images)
    labels = jnp.asarray(labels, jnp.int32)
    order = mini_batches(len(images), net.batch)
    order = jnp.asarray([next(order) for _ in range(len(images) // net.batch)], jnp.int32)
    learnt, followed = Weights().initial(net.layers, net.input)
    zeros = lambda: jax.tree.map(jnp.zeros_like, learnt)
    # Copied, as the state is given away to the compiled function.
    state = jax.tree.map(jnp.array, (learnt, followed, zeros(), zeros(), jnp.int32(0)))

    step = training_step(net)

    def some_steps(state, images, labels, order):
        again = lambda state, _: (step(state, images, labels, order), None)
        return step(state, images, labels, order) if together == 1 else lax.scan(again, state, length=together)[0]

    compiled = jax.jit(some_steps, donate_argnums=0)
    # Calls follow each other without waiting, but for the last of some.
    calls = max(1, 16 // together)

    def steps():
        nonlocal state
        for _ in range(calls):
            state = compiled(state, images, labels, order)
        jax.block_until_ready(state[0])

    predictor = jax.jit(lambda learnt, followed, x: forward(net.layers, learnt, followed, x)[0])

    def predict(count):
        shape = (*net.input[1:], net.input[0]) if net.convolves() else net.input
        x = jnp.asarray(np.random.default_rng(1).standard_normal((count, *shape), np.float32))
        return lambda: predictor(learnt, followed, x).block_until_ready()

    report(name, net, threads, seconds, (steps, calls * together * net.batch, None), predict)
