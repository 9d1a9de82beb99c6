"""VGG16 as plain data: block and layer names, shapes, parameters and compute.

Configuration D of Simonyan and Zisserman, "Very Deep Convolutional Networks for
Large-Scale Image Recognition" (arXiv:1409.1556). Names follow Keras
(``block3_conv2``); the module indices follow torchvision's ``vgg16().features``.
"""

from dataclasses import dataclass

KERNEL = 3
STRIDE = 32  # five poolings halve the picture five times
BLOCK_COUNT = 5
_CHANNELS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


@dataclass(frozen=True)
class Convolution:
    """One 3 x 3 convolution with padding 1, followed by a ReLU.

    ``index`` is its position in torchvision's ``vgg16().features``.
    """

    name: str
    index: int
    in_channels: int
    out_channels: int

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.out_channels * (self.in_channels * KERNEL * KERNEL + 1)

    def multiplications(self, side: int) -> int:
        """Multiply-accumulates for one picture whose input here is side x side."""
        return self.out_channels * self.in_channels * KERNEL * KERNEL * side * side


@dataclass(frozen=True)
class Block:
    """Some convolutions at one resolution, closed by a 2 x 2 maximum pooling."""

    number: int
    convolutions: tuple[Convolution, ...]

    @property
    def name(self) -> str:
        return f"block{self.number}"

    @property
    def channels(self) -> int:
        return self.convolutions[-1].out_channels

    @property
    def parameters(self) -> int:
        return sum(convolution.parameters for convolution in self.convolutions)

    def input_side(self, image_size: int) -> int:
        """Width and height of this block's input, in pixels."""
        return image_size >> (self.number - 1)

    def output_shape(self, image_size: int) -> tuple[int, int, int]:
        """(channels, height, width) after the pooling."""
        side = image_size >> self.number
        return self.channels, side, side

    def multiplications(self, image_size: int) -> int:
        """Multiply-accumulates of one forward pass of one picture."""
        side = self.input_side(image_size)
        return sum(convolution.multiplications(side) for convolution in self.convolutions)


@dataclass(frozen=True)
class FullyConnected:
    """One of VGG16's own last layers, which transfer learning cuts off."""

    name: str
    inputs: int
    outputs: int

    @property
    def parameters(self) -> int:
        return self.outputs * (self.inputs + 1)


def _blocks() -> tuple[Block, ...]:
    blocks = []
    index, inputs = 0, 3
    for number, channels in enumerate(_CHANNELS, start=1):
        convolutions = []
        for position, outputs in enumerate(channels, start=1):
            convolutions.append(
                Convolution(f"block{number}_conv{position}", index, inputs, outputs)
            )
            index += 2  # the convolution and its ReLU
            inputs = outputs
        index += 1  # the pooling
        blocks.append(Block(number, tuple(convolutions)))
    return tuple(blocks)


BLOCKS = _blocks()
CLASSIFIER = (
    FullyConnected("fc1", 25088, 4096),
    FullyConnected("fc2", 4096, 4096),
    FullyConnected("predictions", 4096, 1000),
)


def feature_shape(boundary: int, image_size: int) -> tuple[int, int, int]:
    """(channels, height, width) after the first ``boundary`` blocks; 0 is the picture itself."""
    if boundary == 0:
        return 3, image_size, image_size
    return BLOCKS[boundary - 1].output_shape(image_size)


def feature_count(boundary: int, image_size: int) -> int:
    """Numbers in one picture's features after ``boundary`` blocks, flattened."""
    channels, height, width = feature_shape(boundary, image_size)
    return channels * height * width
