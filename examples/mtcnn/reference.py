"""MTCNN's weights as the package `facenet-pytorch` ships them, and the faces that it finds, for `--example mtcnn`.

    pip install facenet-pytorch==2.6.0 numpy pillow safetensors
    python3 examples/mtcnn/reference.py FOLDER PICTURE ...

Real photographs of people: `skimage/data/astronaut.png` of PyPI's scikit-image, `tests/test_images` of face_recognition's source.

Into the folder go `mtcnn.safetensors`, each picture as `NAME.png`, and `NAME.txt` with a line for each face: left, top, right and bottom
edge, probability, and x and y of five landmarks.
"""

import sys
from pathlib import Path

from facenet_pytorch import MTCNN
from PIL import Image
from safetensors.torch import save_file


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit("usage: reference.py FOLDER PICTURE ...")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    cascade = MTCNN(keep_all=True)
    save_file({name: tensor.contiguous() for name, tensor in cascade.state_dict().items()}, folder / "mtcnn.safetensors")
    for path in map(Path, sys.argv[2:]):
        picture = Image.open(path).convert("RGB")
        picture.save(folder / f"{path.stem}.png")
        boxes, probabilities, landmarks = cascade.detect(picture, landmarks=True)
        faces = [] if boxes is None else zip(boxes, probabilities, landmarks)
        lines = [" ".join(str(float(number)) for number in [*box, sure, *points.flatten()]) for box, sure, points in faces]
        (folder / f"{path.stem}.txt").write_text("".join(line + "\n" for line in lines))
        print(f"{path.name}: {picture.width}x{picture.height}, {len(lines)} faces")


if __name__ == "__main__":
    main()
