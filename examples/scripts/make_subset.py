#!/usr/bin/env python3
"""Cuts the images that ship in data/fashion-mnist out of the full Fashion-MNIST.

    python3 examples/scripts/make_subset.py FULL_DIR data/fashion-mnist

FULL_DIR holds the four published files (train-images-idx3-ubyte.gz and so on; Debian's package
dataset-fashion-mnist installs them). The first 6,000 training and the first 1,000 test images are kept, in their
order, so that other programs can train on the same ones. The output is the same byte for byte on every run.
"""

import gzip
import math
import struct
import sys
from pathlib import Path

COUNTS = {"train": 6000, "t10k": 1000}
FILES = ["{part}-images-idx3-ubyte.gz", "{part}-labels-idx1-ubyte.gz"]


def first(data: bytes, count: int) -> bytes:
    """The first `count` items of an IDX file of unsigned bytes."""
    zeros, kind, dims = struct.unpack(">HBB", data[:4])
    if zeros != 0 or kind != 8:
        raise ValueError("not an IDX file of unsigned bytes")
    sizes = struct.unpack(f">{dims}I", data[4 : 4 + 4 * dims])
    if sizes[0] < count:
        raise ValueError(f"holds {sizes[0]} items, {count} are wanted")
    start = 4 + 4 * dims
    end = start + count * math.prod(sizes[1:])
    return data[:4] + struct.pack(f">{dims}I", count, *sizes[1:]) + data[start:end]


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(Path, sys.argv[1:])
    target.mkdir(parents=True, exist_ok=True)
    for part, count in COUNTS.items():
        for pattern in FILES:
            name = pattern.format(part=part)
            cut = first(gzip.decompress((source / name).read_bytes()), count)
            # A fixed time stamp, or the file would differ from run to run.
            packed = gzip.compress(cut, compresslevel=9, mtime=0)
            (target / name).write_bytes(packed)
            print(f"{target / name}: {count} items, {len(packed):,} bytes")


if __name__ == "__main__":
    main()
