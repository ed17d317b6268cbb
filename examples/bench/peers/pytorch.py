"""PyTorch: eager, or the network through torch.compile; with the fused Adam."""

import torch
from torch import nn

from .networks import affine, conv, length, output_shape
from .protocol import Memory, mini_batches, report, samples


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


def run(name, net, threads, seconds, folder, compiled=False):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    images, labels = (torch.from_numpy(numbers) for numbers in samples(net, folder))
    batches = (torch.from_numpy(chosen) for chosen in mini_batches(len(images), net.batch))

    def stepper(layers, shape):
        model = module(layers, shape)
        runner = torch.compile(model) if compiled else model
        adam = torch.optim.Adam(model.parameters(), 5e-4, fused=True)
        criterion = nn.CrossEntropyLoss()

        def step(x, y):
            adam.zero_grad(set_to_none=True)
            criterion(runner(x), y).backward()
            adam.step()

        return model, step

    # Much is loaded at the first step of all, whatever the network.
    _, first = stepper([conv(1, 1), affine(10)], (1, 1, 1))
    first(torch.zeros(1, 1, 1, 1), torch.zeros(1, dtype=torch.long))
    memory = Memory()
    model, learn = stepper(net.layers, net.input)

    def step():
        chosen = next(batches)
        learn(images[chosen], labels[chosen])

    def predict(count):
        x = torch.randn(count, *net.input)
        model.eval()
        if not compiled:
            return lambda: model(x)
        torch.compiler.reset()  # compiles for this size, rather than for any
        predictor = torch.compile(model)
        return lambda: predictor(x)

    report(name, net, threads, seconds, (step, net.batch, memory), predict, torch.inference_mode)
