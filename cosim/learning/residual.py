"""Residual networks: named parameter tensors, their initial values, and a functional forward pass for one peer."""

from itertools import product
from math import prod, sqrt
from typing import TYPE_CHECKING, Literal, final

import numpy as np
from numpy.typing import NDArray

from cosim.learning.models import NamedShapes, Shape, fan_in
from cosim.part import part
from cosim.rng import stream

if TYPE_CHECKING:
    from torch import Tensor

MAPS = (16, 32, 64)
"""Feature maps of the three stages (He et al. 2016, section 4.2)."""
BLOCKS = 3
"""Blocks of a stage: n = 3 gives 6 n + 2 = 20 layers (the same place)."""
SMALLEST_SIDE = 8
"""Pixels of the smallest image side: the last stage, a quarter as wide, still sees neighbours."""
VARIANCE_FLOOR = 1e-5
"""Added to a variance before it divides: the default of PyTorch's `GroupNorm`."""


@final
@part
class ResNet20:
    """ResNet-20 for small images, with group normalisation in the place of batch normalisation.

    K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, section 4.2: a 3 x 3
    convolution of 16 maps, three stages of 3 blocks of two 3 x 3 convolutions with 16, 32 and 64 maps, the first of
    the second and third stage with stride 2, global average pooling, and a linear layer. Shortcuts have no parameters
    (option A): where the maps double, every second pixel, and zeros for the maps that are missing. Convolutions have
    no bias. Batch normalisation would make a peer's output depend on its batch and carry running statistics that are
    not parameters; Y. Wu, K. He, "Group Normalization", ECCV 2018, equation 7, depends on the sample alone. For 32 x 32
    colour images in 10 classes: 269,722 parameters, as many as with batch normalisation (0.27 M in He et al., table 6).

    Attributes:
        norm: `group`, or `none`: then convolutions have a bias, and the second of each block starts at zero, so that
            blocks start as identities (as H. Zhang et al., "Fixup Initialization", ICLR 2019, rule 1).
        groups: groups of maps that are normalised together; with 8, two to eight maps each.
    """

    norm: Literal["group", "none"] = "group"
    groups: Literal[1, 2, 4, 8, 16] = 8

    @property
    def dense(self) -> bool:
        """Whether the model is a chain of linear layers with ReLU between them: no."""
        return False

    def shapes(self, features: Shape, classes: int) -> NamedShapes:
        """Names and shapes of the parameter tensors.

        Raises:
            ValueError: if samples are not images of at least 8 x 8 pixels.
        """
        if len(features) != 3 or min(features[1:]) < SMALLEST_SIDE:
            raise ValueError(
                f"resnet20 needs images (channels x height x width) of at least {SMALLEST_SIDE} x {SMALLEST_SIDE} "
                f"pixels, but a sample has the shape {' x '.join(map(str, features))}"
            )
        shapes = self._convolution("first", features[0], MAPS[0])
        for name, inputs, outputs in blocks():
            shapes += self._convolution(f"{name}.first", inputs, outputs)
            shapes += self._convolution(f"{name}.second", outputs, outputs)
        return (*shapes, ("layer1.weight", (MAPS[-1], classes)), ("layer1.bias", (classes,)))

    def _convolution(self, name: str, inputs: int, outputs: int) -> NamedShapes:
        """A convolution and the scale and shift of its normalisation, or its bias."""
        weight = (f"{name}.weight", (outputs, inputs, 3, 3))
        if self.norm == "none":
            return (weight, (f"{name}.bias", (outputs,)))
        return (weight, (f"{name}.norm.scale", (outputs,)), (f"{name}.norm.shift", (outputs,)))

    def initial(self, features: Shape, classes: int, seed: int) -> NDArray[np.float64]:
        """Initial flat parameter vector: weights from N(0, 2 / fan_in), scales 1, shifts and biases 0.

        K. He et al., "Delving deep into rectifiers", arXiv 1502.01852, equation 10. Draws are those of the stream
        (seed, "model", tensor name), its values in row-major order.
        """
        return np.concatenate([self._tensor(name, shape, seed) for name, shape in self.shapes(features, classes)])

    def _tensor(self, name: str, shape: Shape, seed: int) -> NDArray[np.float64]:
        if len(shape) == 1:
            return np.full(shape, 1.0 if name.endswith("scale") else 0.0)
        if self.norm == "none" and name.endswith("second.weight"):
            return np.zeros(prod(shape))
        return stream(seed, "model", name).standard_normal(prod(shape)) * sqrt(2 / fan_in(shape))

    def forward(self, parameters: "dict[str, Tensor]", x: "Tensor") -> "Tensor":
        """Logits, shape (batch, classes), of images of shape (batch, channels, height, width)."""
        from torch import addmm

        x = self._convolved(parameters, "first", x).relu_()
        for name, inputs, outputs in blocks():
            stride = outputs // inputs
            inner = self._convolved(parameters, f"{name}.first", x, stride).relu_()
            x = self._convolved(parameters, f"{name}.second", inner).add_(shortcut(x, stride)).relu_()
        return addmm(parameters["layer1.bias"], x.mean((2, 3)), parameters["layer1.weight"])

    def _convolved(self, parameters: "dict[str, Tensor]", name: str, x: "Tensor", stride: int = 1) -> "Tensor":
        from torch.nn.functional import conv2d, group_norm

        maps = conv2d(x, parameters[f"{name}.weight"], parameters.get(f"{name}.bias"), stride, padding=1)
        if self.norm == "none":
            return maps
        scale, shift = parameters[f"{name}.norm.scale"], parameters[f"{name}.norm.shift"]
        return group_norm(maps, self.groups, scale, shift, VARIANCE_FLOOR)


def blocks() -> tuple[tuple[str, int, int], ...]:
    """Name, maps that go in, and maps that come out, of every block in order."""
    stages = tuple(zip((MAPS[0], *MAPS), MAPS, strict=False))
    return tuple(
        (f"stage{i + 1}.block{k + 1}", stages[i][0] if k == 0 else stages[i][1], stages[i][1])
        for i, k in product(range(len(MAPS)), range(BLOCKS))
    )


def shortcut(x: "Tensor", stride: int) -> "Tensor":
    """Option A of He et al.: the maps as they are; or every second pixel, and as many maps again of zeros."""
    from torch.nn.functional import pad

    return x if stride == 1 else pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, x.shape[1]))
