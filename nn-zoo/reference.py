"""What torchvision's networks give, for `cargo run --release -p nn-zoo --all-features --example compare -- FOLDER`.

    pip install torch torchvision safetensors
    python3 nn-zoo/reference.py FOLDER [NAME ...]

For each network a file with its random parameters, and one with images and what it makes of them. Of some, also the loss of a step of
training, its gradients and the running statistics after it.
"""

import sys
from pathlib import Path

import torch
import torchvision.models as models
from safetensors.torch import save_file
from torch import nn

NAMES = [
    "alexnet", "vgg16", "vgg19", "googlenet", "resnet18", "resnet34", "resnet50", "resnet152", "squeezenet1_1", "mobilenet_v2",
    "densenet121",
]
TRAINED = ["googlenet", "resnet18"]


def build(name: str) -> nn.Module:
    """With the layers that draw random numbers left out, so that training can be compared."""
    more = {"init_weights": True, "aux_logits": True, "transform_input": False} if name == "googlenet" else {}
    net = getattr(models, name)(weights=None, **more)
    generator = torch.Generator().manual_seed(1)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2, generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return net


def train(name: str, net: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """In double precision: in single precision gradients of so deep a network are some percent off."""
    net.train()
    labels = torch.arange(len(x)) * 137 % 1000
    outputs = net(x)
    losses = [nn.functional.cross_entropy(output, labels) for output in (outputs if name == "googlenet" else [outputs])]
    if name == "googlenet":  # the outputs, then the second head and the first
        loss = losses[0] + 0.3 * losses[1] + 0.3 * losses[2]
    else:
        loss = losses[0]
    loss.backward()
    stored = {"labels": labels.double(), "loss": loss.detach().reshape(1)}
    stored |= {f"gradient/{label}": parameter.grad for label, parameter in net.named_parameters()}
    buffers = {label: tensor for label, tensor in net.named_buffers() if tensor.dtype != torch.int64}
    return stored | {f"running/{label}": tensor for label, tensor in buffers.items()}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or NAMES:
        torch.manual_seed(7)
        net = build(name).eval()
        save_file({label: tensor.contiguous() for label, tensor in net.state_dict().items()}, folder / f"{name}.safetensors")
        x = torch.randn(4, 3, 224, 224)
        with torch.no_grad():
            stored = {"input": x, "output": net(x)}
        if name in TRAINED:
            stored |= train(name, net.double(), x.double())
        save_file({label: tensor.contiguous() for label, tensor in stored.items()}, folder / f"{name}_values.safetensors")
        print(f"{name}: {sum(parameter.numel() for parameter in net.parameters()):,} parameters")


if __name__ == "__main__":
    main()
