"""Models: named parameter tensors, their initial values, and a functional forward pass for one peer.

A flat parameter vector holds the tensors one after the other in the order of `shapes`: layer by layer, weight before
bias, each in row-major order. The weight of a linear layer has the shape (inputs, outputs), so that it acts as
x @ weight; that of a convolution (outputs, inputs, height, width), as torch wants it.
"""

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from cosim.part import Sizes, part
from cosim.rng import stream

if TYPE_CHECKING:
    from torch import Tensor

Shape = tuple[int, ...]
NamedShapes = tuple[tuple[str, Shape], ...]


@final
@part
class LogisticRegression:
    """One linear layer from the flattened sample to the logits of the classes."""

    @property
    def dense(self) -> bool:
        """Whether the model is a chain of linear layers with ReLU between them: yes."""
        return True

    def widths(self, features: Shape, classes: int) -> tuple[int, ...]:
        """Inputs and outputs of the layer."""
        return (prod(features), classes)

    def shapes(self, features: Shape, classes: int) -> NamedShapes:
        """Names and shapes of the parameter tensors."""
        return linear_shapes(self.widths(features, classes))

    def initial(self, features: Shape, classes: int, seed: int) -> NDArray[np.float64]:
        """Initial flat parameter vector; see `initial_vector`."""
        return initial_vector(self.shapes(features, classes), seed)

    def forward(self, parameters: "dict[str, Tensor]", x: "Tensor") -> "Tensor":
        """Logits, shape (batch, classes), of samples of shape (batch, *features)."""
        return chain(parameters, ("layer1",), x.flatten(1))


@final
@part
class Mlp:
    """Linear layers with ReLU between them, from the flattened sample to the logits of the classes.

    Attributes:
        hidden: widths of the hidden layers, first to last.
    """

    hidden: Sizes

    @property
    def dense(self) -> bool:
        """Whether the model is a chain of linear layers with ReLU between them: yes."""
        return True

    def widths(self, features: Shape, classes: int) -> tuple[int, ...]:
        """Inputs of the first layer, then outputs of every layer."""
        return (prod(features), *self.hidden, classes)

    def shapes(self, features: Shape, classes: int) -> NamedShapes:
        """Names and shapes of the parameter tensors."""
        return linear_shapes(self.widths(features, classes))

    def initial(self, features: Shape, classes: int, seed: int) -> NDArray[np.float64]:
        """Initial flat parameter vector; see `initial_vector`."""
        return initial_vector(self.shapes(features, classes), seed)

    def forward(self, parameters: "dict[str, Tensor]", x: "Tensor") -> "Tensor":
        """Logits, shape (batch, classes), of samples of shape (batch, *features)."""
        layers = tuple(f"layer{i + 1}" for i in range(len(self.hidden) + 1))
        return chain(parameters, layers, x.flatten(1))


@final
@part
class LeNet5:
    """LeNet-5 in the variant common today: ReLU for tanh, largest values for averages, all maps connected.

    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86
    (1998), section II.B and figure 2: convolutions of 6 and 16 maps with 5 x 5 kernels, each followed by 2 x 2 pooling,
    then linear layers of 120, 84 and as many outputs as there are classes. The differences to that paper: ReLU; 2 x 2
    maximum without weights as pooling; the second convolution sees all six maps (table I there leaves some out); a
    linear output layer for the radial basis functions. Images of 28 to 31 pixels a side are padded by 2 zeros on each
    side, as the paper centres 28 x 28 digits in 32 x 32. For 28 x 28 grey images in 10 classes: 61,706 parameters.
    """

    @property
    def dense(self) -> bool:
        """Whether the model is a chain of linear layers with ReLU between them: no."""
        return False

    def shapes(self, features: Shape, classes: int) -> NamedShapes:
        """Names and shapes of the parameter tensors.

        Raises:
            ValueError: if samples are not images of at least 28 x 28 with 1 or 3 channels.
        """
        if len(features) != 3 or features[0] not in (1, 3) or min(features[1:]) < SMALLEST_SIDE:
            raise ValueError(
                f"lenet5 needs images of 1 or 3 channels and at least {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels, "
                f"but a sample has the shape {' x '.join(map(str, features))}"
            )
        pixels = prod(((side + 2 * padding(side) - 4) // 2 - 4) // 2 for side in features[1:])
        convolutions = (
            ("convolution1.weight", (6, features[0], 5, 5)),
            ("convolution1.bias", (6,)),
            ("convolution2.weight", (16, 6, 5, 5)),
            ("convolution2.bias", (16,)),
        )
        return convolutions + linear_shapes((16 * pixels, 120, 84, classes))

    def initial(self, features: Shape, classes: int, seed: int) -> NDArray[np.float64]:
        """Initial flat parameter vector; see `initial_vector`."""
        return initial_vector(self.shapes(features, classes), seed)

    def forward(self, parameters: "dict[str, Tensor]", x: "Tensor") -> "Tensor":
        """Logits, shape (batch, classes), of images of shape (batch, channels, height, width)."""
        from torch.nn.functional import conv2d, max_pool2d, relu

        margins = (padding(x.shape[2]), padding(x.shape[3]))
        for name, margin in (("convolution1", margins), ("convolution2", (0, 0))):
            maps = conv2d(x, parameters[f"{name}.weight"], parameters[f"{name}.bias"], padding=margin)
            x = max_pool2d(relu(maps), 2)
        return chain(parameters, ("layer1", "layer2", "layer3"), x.flatten(1))


SMALLEST_SIDE = 28
"""Pixels of the smallest image side that LeNet-5 takes."""


def padding(side: int) -> int:
    """Zeros that LeNet-5 adds at each end of an image side: 2 below 32 pixels, else none."""
    return 2 if side < 32 else 0


def linear_shapes(widths: tuple[int, ...]) -> NamedShapes:
    """Names and shapes of the tensors of a chain of linear layers: layer1.weight, layer1.bias, layer2.weight, ..."""
    shapes: list[tuple[str, Shape]] = []
    for i, (inputs, outputs) in enumerate(pairwise(widths), 1):
        shapes += [(f"layer{i}.weight", (inputs, outputs)), (f"layer{i}.bias", (outputs,))]
    return tuple(shapes)


def fan_in(weight: Shape) -> int:
    """Inputs of one output: rows of a linear weight, all but the first dimension of a convolution's."""
    return weight[0] if len(weight) == 2 else prod(weight[1:])


def initial_vector(shapes: NamedShapes, seed: int) -> NDArray[np.float64]:
    """All tensors, drawn from U(-1/sqrt(fan_in), 1/sqrt(fan_in)) and laid one after the other.

    The law by which PyTorch initialises `Linear` and `Conv2d`, weights and biases alike (K. He et al., "Delving deep
    into rectifiers", arXiv 1502.01852, with negative slope sqrt(5)). Draws are those of the stream (seed, "model",
    tensor name): its values in row-major order, hence others than PyTorch's.
    """
    tensors: list[NDArray[np.float64]] = []
    limit = 0.0
    for name, shape in shapes:
        if len(shape) > 1:  # a bias follows its weight and has the same law
            limit = fan_in(shape) ** -0.5
        tensors.append(stream(seed, "model", name).uniform(-limit, limit, prod(shape)))
    return np.concatenate(tensors)


def chain(parameters: "dict[str, Tensor]", layers: tuple[str, ...], x: "Tensor") -> "Tensor":
    """Linear layers of the given names with ReLU between them; x has the shape (batch, inputs)."""
    from torch import addmm

    for i, layer in enumerate(layers):
        x = addmm(parameters[f"{layer}.bias"], x.relu() if i else x, parameters[f"{layer}.weight"])
    return x
