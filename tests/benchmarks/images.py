"""Images of noise: a data set for measuring what models cost, not what they learn."""

from typing import final

import numpy as np

from cosim.learning.datasets import Samples
from cosim.part import Count, part
from cosim.rng import stream


@final
@part
class NoiseImages:
    """Standard normal pixels in ten classes.

    Attributes:
        channels: 1 or 3.
        side_pixels: height and width.
        samples: images for training.
        test_samples: images for testing.
    """

    channels: Count = 1
    side_pixels: Count = 28
    samples: Count = 512
    test_samples: Count = 32

    def load(self) -> Samples:
        """Draw the images."""
        shape = (self.channels, self.side_pixels, self.side_pixels)
        count = self.samples + self.test_samples
        images = stream(0, "data", "noise").standard_normal((count, *shape)).astype(np.float32)
        labels = np.arange(count, dtype=np.int64) % 10
        return Samples(
            images[: self.samples], labels[: self.samples], images[self.samples :], labels[self.samples :], 10
        )
