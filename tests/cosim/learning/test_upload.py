import numpy as np
import pytest
import torch

from cosim.learning.upload import upload

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
def test_numbers_arrive_as_they_are(device, dtype) -> None:
    numbers = np.arange(12).reshape(3, 4).astype(dtype) / 1
    there = upload(numbers.astype(dtype), torch.device(device))
    assert there.device.type == device
    assert there.dtype == torch.from_numpy(np.zeros(1, dtype)).dtype
    np.testing.assert_array_equal(there.cpu().numpy(), numbers)


def test_a_cpu_shares_the_memory() -> None:
    numbers = np.zeros(3)
    upload(numbers, torch.device("cpu"))[1] = 5.0
    assert numbers.tolist() == [0, 5, 0]
