import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy.stats import kstest
from torch import nn

from cosim.learning.models import LeNet5, LogisticRegression, Mlp, fan_in, initial_vector

GREY, COLOUR = (1, 28, 28), (3, 32, 32)
CASES = [
    (LogisticRegression(), (1, 8, 8), 10),
    (Mlp(hidden=(32,)), (1, 8, 8), 10),
    (Mlp(hidden=(9, 5)), (7,), 3),
    (LeNet5(), GREY, 10),
    (LeNet5(), COLOUR, 5),
]


def named(model: Mlp, features: tuple[int, ...], classes: int, flat: torch.Tensor) -> dict[str, torch.Tensor]:
    """A flat vector under the names and in the shapes of a model."""
    shapes = model.shapes(features, classes)
    pieces = flat.split([int(np.prod(shape)) for _, shape in shapes])
    return {name: piece.view(shape) for (name, shape), piece in zip(shapes, pieces, strict=True)}


def samples(features: tuple[int, ...], count: int = 6) -> torch.Tensor:
    return torch.from_numpy(np.random.Generator(np.random.Philox(2)).standard_normal((count, *features)))


def initial(model: Mlp, features: tuple[int, ...], classes: int, seed: int = 1) -> torch.Tensor:
    return torch.from_numpy(model.initial(features, classes, seed))


# --- sizes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "features", "classes", "entries"),
    [
        (LogisticRegression(), (1, 28, 28), 10, 7_850),
        (Mlp(hidden=(64,)), (1, 28, 28), 10, 50_890),
        (Mlp(hidden=(32,)), (1, 8, 8), 10, 2_410),
        (LeNet5(), GREY, 10, 61_706),
        (LeNet5(), (1, 32, 32), 10, 61_706),
        (LeNet5(), COLOUR, 10, 62_006),
    ],
)
def test_numbers_of_parameters(model: Mlp, features: tuple[int, ...], classes: int, entries: int) -> None:
    """LeNet-5: 156 + 2,416 + 48,120 + 10,164 + 850 (second convolution fully connected)."""
    assert sum(int(np.prod(shape)) for _, shape in model.shapes(features, classes)) == entries
    vector = model.initial(features, classes, 1)
    assert vector.shape == (entries,)
    assert vector.dtype == np.float64


def test_names_go_layer_by_layer_weight_before_bias() -> None:
    assert Mlp(hidden=(5,)).shapes((2, 3), 4) == (
        ("layer1.weight", (6, 5)),
        ("layer1.bias", (5,)),
        ("layer2.weight", (5, 4)),
        ("layer2.bias", (4,)),
    )
    assert Mlp(hidden=(5,)).widths((2, 3), 4) == (6, 5, 4)
    assert Mlp(hidden=()).shapes((6,), 4) == LogisticRegression().shapes((2, 3), 4)


def test_chains_of_linear_layers_say_so() -> None:
    assert LogisticRegression().dense
    assert Mlp(hidden=(3,)).dense
    assert not LeNet5().dense


# --- initial values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "features", "classes"), CASES)
def test_initial_values_have_the_limit_of_their_layer(model: Mlp, features: tuple[int, ...], classes: int) -> None:
    tensors = named(model, features, classes, initial(model, features, classes))
    for name, tensor in tensors.items():
        limit = fan_in(tuple(tensors[name.replace("bias", "weight")].shape)) ** -0.5
        assert tensor.abs().max() <= limit
        assert tensor.abs().max() > 0.3 * limit


@pytest.mark.statistical
def test_initial_values_follow_the_law_of_torch() -> None:
    """Kolmogorov-Smirnov against the uniform law, ours and torch's own; false alarms 1e-6 each."""
    ours = initial_vector((("layer1.weight", (400, 100)),), 1)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        theirs = nn.Linear(400, 100).weight.detach().flatten().numpy()
    for values in (ours, theirs):
        assert kstest(values, "uniform", args=(-0.05, 0.1)).pvalue > 1e-6


def test_a_tensor_is_drawn_from_a_stream_of_its_name() -> None:
    """Another number of classes changes no draw of the first layer; another seed changes all."""
    first, second = (named(Mlp(hidden=(8,)), (4,), c, initial(Mlp(hidden=(8,)), (4,), c)) for c in (3, 5))
    assert torch.equal(first["layer1.weight"], second["layer1.weight"])
    assert torch.equal(first["layer1.bias"], second["layer1.bias"])
    assert torch.equal(initial(Mlp(hidden=(8,)), (4,), 3), initial(Mlp(hidden=(8,)), (4,), 3))
    assert (initial(Mlp(hidden=(8,)), (4,), 3) != initial(Mlp(hidden=(8,)), (4,), 3, seed=2)).all()


# --- forward pass ------------------------------------------------------------------------------------------------


def torch_lenet5(features: tuple[int, int, int], classes: int, tensors: dict[str, torch.Tensor]) -> nn.Module:
    """The same network from torch's own layers, which hold linear weights as (outputs, inputs)."""
    network = nn.Sequential(
        nn.Conv2d(features[0], 6, 5, padding=2 if features[1] == 28 else 0), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes),
    ).double()  # fmt: skip
    with torch.no_grad():
        for parameter, (name, value) in zip(network.parameters(), tensors.items(), strict=True):
            parameter.copy_(value.T if name.startswith("layer") and value.ndim == 2 else value)
    return network


@pytest.mark.parametrize(("features", "classes"), [(GREY, 10), (COLOUR, 5)])
def test_lenet5_is_the_network_of_torchs_layers(features: tuple[int, int, int], classes: int) -> None:
    model, x = LeNet5(), samples(features)
    tensors = named(model, features, classes, initial(model, features, classes))
    expected = torch_lenet5(features, classes, tensors)(x)
    torch.testing.assert_close(model.forward(tensors, x), expected, rtol=0, atol=1e-12)


def test_a_chain_by_hand() -> None:
    """Hidden (1, -2) becomes (1, 0), so the logits are the first row of the last weight plus its bias."""
    parameters = {
        "layer1.weight": torch.tensor([[1.0, -2.0]]),
        "layer1.bias": torch.zeros(2),
        "layer2.weight": torch.tensor([[1.0, 2.0, 3.0], [9.0, 9.0, 9.0]]),
        "layer2.bias": torch.tensor([0.5, 0.0, -0.5]),
    }
    assert Mlp(hidden=(2,)).forward(parameters, torch.ones(1, 1)).tolist() == [[1.5, 2.0, 2.5]]


@pytest.mark.parametrize(("model", "features", "classes"), CASES)
def test_vmap_gives_what_a_loop_gives(model: Mlp, features: tuple[int, ...], classes: int) -> None:
    peers = [named(model, features, classes, initial(model, features, classes, seed)) for seed in range(3)]
    stacked = {name: torch.stack([peer[name] for peer in peers]) for name in peers[0]}
    x = torch.stack([samples(features), 2 * samples(features), -samples(features)])
    together = torch.func.vmap(model.forward)(stacked, x)
    alone = torch.stack([model.forward(peer, batch) for peer, batch in zip(peers, x, strict=True)])
    assert together.shape == (3, 6, classes)
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-12)


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("features", [(1, 8, 8), (64,), (1, 28, 27), (2, 28, 28), (28, 28)])
def test_lenet5_refuses_what_is_no_large_image(features: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="lenet5 needs images of 1 or 3 channels and at least 28 x 28 pixels, but"):
        LeNet5().shapes(features, 10)


@pytest.mark.parametrize("hidden", [(0,), (-1,), (1.5,), 32])
def test_widths_that_are_no_counts_are_refused(hidden: object) -> None:
    with pytest.raises(ValidationError):
        Mlp(hidden=hidden)
