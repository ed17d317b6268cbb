#!/usr/bin/env python3
"""What `main.rs` in this folder measures, with PyTorch: `python3 pytorch.py [threads]`."""

import sys
import time

import torch
from torch import nn

SECONDS = 1.5


def undisturbed(call):
    start, times = time.perf_counter(), []
    while time.perf_counter() - start < SECONDS or len(times) < 10:
        before = time.perf_counter()
        call()
        times.append((time.perf_counter() - before) * 1e3)
    return sorted(times)[len(times) // 10]


def measure(name, layer):
    for samples in (1, 32, 128):
        x, target = torch.randn(samples, 32, 64), torch.full((samples, 32, 128), 0.5)

        def predict():
            with torch.inference_mode():
                layer(x)

        def train():
            layer.zero_grad(set_to_none=True)
            nn.functional.mse_loss(layer(x)[0], target).backward()

        print(f"{name} batch {samples:>3}   inference {undisturbed(predict):8.3f} ms   training {undisturbed(train):8.3f} ms")


torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
measure("lstm", nn.LSTM(64, 128, batch_first=True))
measure("gru ", nn.GRU(64, 128, batch_first=True))
