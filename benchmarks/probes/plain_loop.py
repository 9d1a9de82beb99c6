"""The reference: PyTorch's own tutorial on transfer learning, as a person would type it.

Float32, contiguous, torchvision's transforms in a ``DataLoader`` with workers, the whole network
in every epoch, the best weights saved. Source:
https://pytorch.org/tutorials/beginner/transfer_learning_tutorial.html.
Network, head, optimizer and rates are those of our run, so that only the loop differs.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models import vgg
from torchvision.transforms import v2

from benchmarks.probes.engine_work import BATCH, SIDE, pictures
from core.model import backbone
from core.model.backbone import Backbone
from core.recipe import vgg16
from core.recipe.config import RunConfig
from core.training.rates import learning_rates

WORKERS = 2
SCALE_PICTURES = 32

Loaders = Mapping[str, "DataLoader[Any]"]


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

    def __init__(self, source: Backbone, classes: int, side: int = SIDE) -> None:
        super().__init__()
        self.features = vgg.vgg16(weights=None, init_weights=False).features
        self.features.load_state_dict(source.features.state_dict())
        self.head = nn.Linear(vgg16.feature_count(vgg16.BLOCK_COUNT, side), classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.scale = 1.0

    def forward(self, inputs: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(inputs).flatten(1) / self.scale)
        return logits

    def thaw(self, blocks: Sequence[int]) -> None:
        """Freeze all but these."""
        self.features.requires_grad_(False)
        for number in blocks:
            self.features[self.end(number - 1) : self.end(number)].requires_grad_(True)

    def end(self, block: int) -> int:
        """How many layers the first ``block`` blocks have."""
        ends = [at + 1 for at, one in enumerate(self.features) if isinstance(one, nn.MaxPool2d)]
        return [0, *ends][block]

    def measure(self, few: Tensor) -> None:
        """Set the scale to the RMS of the features of ``few`` inputs."""
        with torch.no_grad():
            self.scale = float(self.features(few).square().mean().sqrt())


def train(folder: Path, config: RunConfig) -> list[float]:
    """Seconds of each epoch with its validation and its saving."""
    stage, files = config.stages[0], pictures(folder, config)
    source = backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0)
    loaders = _loaders(files, source, augmented=config.augments(stage))
    network = Network(source, 1 + max(label for _, label in files["train"]))
    network.thaw(stage.thawed)
    network.measure(next(iter(loaders["train"]))[0][:SCALE_PICTURES])
    steps = optimizer(network, config)
    seconds, best = [], -1.0
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        for _ in range(stage.epochs):
            started = perf_counter()
            accuracy = epoch(network, loaders, steps)
            if accuracy > best:
                best = accuracy
                torch.save(network.state_dict(), Path(place) / "best.pt")
            seconds.append(perf_counter() - started)
    return seconds


def optimizer(network: Network, config: RunConfig) -> torch.optim.Optimizer:
    """AdamW over what learns, with the rates of ``config``."""
    head_rate, backbone_rate = learning_rates(config, 0)
    groups = [{"params": list(network.head.parameters()), "lr": head_rate}]
    thawed = [one for one in network.features.parameters() if one.requires_grad]
    if thawed:
        groups.append({"params": thawed, "lr": backbone_rate})
    return torch.optim.AdamW(groups, weight_decay=config.stages[0].weight_decay)


def epoch(network: Network, loaders: Loaders, steps: torch.optim.Optimizer) -> float:
    """Train, then validate; the share of validation pictures that come out right."""
    criterion = nn.CrossEntropyLoss()
    right = count = 0
    for phase in ("train", "validation"):
        network.train(phase == "train")
        for inputs, labels in loaders[phase]:
            steps.zero_grad()
            with torch.set_grad_enabled(phase == "train"):
                outputs = network(inputs)
                loss = criterion(outputs, labels)
                if phase == "train":
                    loss.backward()
                    steps.step()
                else:
                    right += int((outputs.argmax(1) == labels).sum())
                    count += len(labels)
    return right / count


def unaugmented(source: Backbone, side: int) -> v2.Compose:
    """A picture of any size as the network's input."""
    return v2.Compose([v2.Resize((side, side)), *_end(source)])


def _end(source: Backbone) -> list[nn.Module]:
    return [
        v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(source.mean, source.std),
    ]


def _loaders(
    files: Mapping[str, Sequence[tuple[Path, int]]], source: Backbone, *, augmented: bool
) -> Loaders:
    plain = unaugmented(source, SIDE)
    changed = v2.Compose(
        [
            v2.RandomResizedCrop((SIDE, SIDE), scale=(0.8, 1.0)),
            v2.RandomHorizontalFlip(),
            v2.RandomAffine(20, translate=(0.1, 0.1), scale=(0.8, 1.2)),
            *_end(source),
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
