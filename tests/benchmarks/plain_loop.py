"""The reference: PyTorch's own tutorial on transfer learning, as a person would type it.

Float32, contiguous, torchvision's transforms in a ``DataLoader`` with workers, the whole network
in every epoch. Source: https://pytorch.org/tutorials/beginner/transfer_learning_tutorial.html.
Network, head, optimizer and rates are those of our run, so that only the loop differs.
"""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models import vgg
from torchvision.transforms import v2

from core import backbone, vgg16
from core.backbone import Backbone
from tests.benchmarks.engine_work import BATCH, SIDE, Way, learning_rates, pictures, recipe

WORKERS = 2
SCALE_PICTURES = 32


class Pictures(Dataset[tuple[Tensor, int]]):
    """Files with labels, opened by Pillow."""

    def __init__(self, files: Sequence[tuple[Path, int]], transform: v2.Compose) -> None:
        self._files, self._transform = files, transform

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        path, label = self._files[index]
        with Image.open(path) as picture:
            return self._transform(picture.convert("RGB")), label


class Network(nn.Module):
    """VGG16's convolutions and one linear layer on features of an RMS of 1."""

    def __init__(self, source: Backbone, classes: int) -> None:
        super().__init__()
        self.features = vgg.vgg16(weights=None, init_weights=False).features
        self.features.load_state_dict(source.features.state_dict())
        self.head = nn.Linear(vgg16.feature_count(vgg16.BLOCK_COUNT, SIDE), classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.scale = 1.0

    def forward(self, inputs: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(inputs).flatten(1) / self.scale)
        return logits


def train(folder: Path, way: Way, *, augmented: bool) -> dict[str, object]:
    """Seconds of each epoch with its validation, and the best validation accuracy."""
    config = recipe(way, augmented=augmented)
    files = pictures(folder, config)
    source = backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0)
    loaders = _loaders(files, source, augmented=augmented)
    classes = 1 + max(label for _, label in files["train"])
    network = Network(source, classes)
    network.features.requires_grad_(False)
    for block in way.thawed:
        _block(network, block).requires_grad_(True)
    with torch.no_grad():
        few = next(iter(loaders["train"]))[0][:SCALE_PICTURES]
        network.scale = float(network.features(few).square().mean().sqrt())
    head_rate, backbone_rate = learning_rates(way)
    groups = [{"params": list(network.head.parameters()), "lr": head_rate}]
    thawed = [one for one in network.features.parameters() if one.requires_grad]
    if thawed:
        groups.append({"params": thawed, "lr": backbone_rate})
    optimizer = torch.optim.AdamW(groups, weight_decay=config.stages[0].weight_decay)
    criterion = nn.CrossEntropyLoss()
    seconds, accuracies = [], []
    for _ in range(config.stages[0].epochs):
        started = perf_counter()
        right = 0
        for phase in ("train", "validation"):
            network.train(phase == "train")
            for inputs, labels in loaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    outputs = network(inputs)
                    loss = criterion(outputs, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                    else:
                        right += int((outputs.argmax(1) == labels).sum())
        seconds.append(perf_counter() - started)
        accuracies.append(right / len(files["validation"]))
    return {"seconds": seconds, "accuracy": max(accuracies)}


def _loaders(
    files: dict[str, list[tuple[Path, int]]], source: Backbone, *, augmented: bool
) -> dict[str, DataLoader[tuple[Tensor, int]]]:
    end = [
        v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(source.mean, source.std),
    ]
    plain = v2.Compose([v2.Resize((SIDE, SIDE)), *end])
    changed = v2.Compose(
        [
            v2.RandomResizedCrop((SIDE, SIDE), scale=(0.8, 1.0)),
            v2.RandomHorizontalFlip(),
            v2.RandomAffine(20, translate=(0.1, 0.1), scale=(0.8, 1.2)),
            *end,
        ]
    )
    return {
        phase: DataLoader(
            Pictures(files[phase], changed if augmented and phase == "train" else plain),
            batch_size=BATCH,
            shuffle=phase == "train",
            num_workers=WORKERS,
        )
        for phase in ("train", "validation")
    }


def _block(network: Network, number: int) -> nn.Sequential:
    ends = [0]
    ends += [at + 1 for at, one in enumerate(network.features) if isinstance(one, nn.MaxPool2d)]
    return nn.Sequential(*list(network.features)[ends[number - 1] : ends[number]])
