"""Writes the weights files of the tests: one that is right, one for a network with a part, and wrong ones of every kind.

    python3 tests/ui/weights/generate.py
"""

import gzip
import json
import math
import struct
from pathlib import Path

FOLDER = Path(__file__).parent

# Of `[4] -> affine(3) -> relu -> affine(2)`.
RIGHT = {"affine1.weight": [3, 4], "affine1.bias": [3], "affine2.weight": [2, 3], "affine2.bias": [2]}


def numbers(shape):
    return [((i * 37) % 19 - 9) / 8 for i in range(math.prod(shape))]


def header(entries):
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def entries(shapes, kind="F32", size=4):
    start, found = 0, {}
    for name, shape in shapes.items():
        end = start + size * math.prod(shape)
        found[name] = {"dtype": kind, "shape": shape, "data_offsets": [start, end]}
        start = end
    return found


def data(shapes):
    return b"".join(struct.pack("<f", number) for shape in shapes.values() for number in numbers(shape))


def file(shapes):
    return header(entries(shapes)) + data(shapes)


def write(name, content):
    (FOLDER / name).write_bytes(content)


def gz(content):
    return gzip.compress(content, mtime=0)


def changed(change):
    found = entries(RIGHT)
    change(found)
    return header(found) + data(RIGHT)


def overlap(found):
    found["affine1.bias"]["data_offsets"] = [44, 56]


def length(found):
    found["affine2.weight"]["data_offsets"] = [60, 80]
    found["affine2.bias"]["data_offsets"] = [80, 92]


def integers(found):
    found["affine1.weight"]["dtype"] = "I32"


def renamed(names):
    return {names.get(name, name): shape for name, shape in RIGHT.items()}


right = file(RIGHT)
write("right.safetensors", right)
def normalised(entry):
    return header({"__metadata__": {"format": "pt", "normalisation": json.dumps(entry)}} | entries(RIGHT)) + data(RIGHT)


write("normalised.safetensors", normalised({"mean": [0.1, -2.5, 1e3, 0], "deviation": [0.3, 4, 1e2, 1]}))
write("unnormalised.safetensors", normalised({"mean": [0.1, -2.5, 1e3, 0], "deviation": [0.3, 4, 1e2, 0]}))
write("parts.safetensors", file({f"encoder.{name}": shape for name, shape in RIGHT.items()} | {"head.weight": [2, 2]}))
write("misnamed.safetensors", file(renamed({"affine1.weight": "afine1.weight"})))
write("misshapen.safetensors", file(RIGHT | {"affine1.weight": [5, 4], "affine1.bias": [5], "affine2.weight": [2, 5]}))
write("missing.safetensors", file({name: RIGHT[name] for name in ["affine1.weight", "affine1.bias"]}))
write("extra.safetensors", file(RIGHT | {"classifier.weight": [10, 2]}))
write("integers.safetensors", changed(integers))
write("overlap.safetensors", changed(overlap))
write("length.safetensors", changed(length))
write("infinite.safetensors", right[:-4] + struct.pack("<f", math.inf))
write("large.safetensors", header(entries(RIGHT)) + struct.pack("<f", 1e5) + data(RIGHT)[4:])
write("cut.safetensors", right[:-5])
write("more.safetensors", right + b"more")
write("cut.safetensors.gz", gz(right)[:-30])
write("bomb.safetensors.gz", gz(right + bytes(2_000_000)))
write("pointer.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 488\n")
write("page.safetensors", b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n")
write("archive.safetensors", b"PK\x03\x04" + bytes(60))
write("text.safetensors", struct.pack("<Q", 2) + b"{]")
write("claims.safetensors", struct.pack("<Q", 1 << 60) + b"{}")
