"""The first-order radio: energy per bit as a function of distance.

W. B. Heinzelman, A. P. Chandrakasan, H. Balakrishnan, "An application-specific protocol architecture for wireless
microsensor networks", IEEE Trans. Wireless Communications 1(4), 2002, the radio energy model and its table of
constants. It knows neither idle listening nor medium access: a named baseline, not a real radio.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within

ELECTRONICS_J_PER_BIT = 50e-9
"""Energy of the circuits of sender or receiver, E_elec (Heinzelman 2002)."""
FREE_SPACE_J_PER_BIT_M2 = 10e-12
"""Amplifier below the crossover distance, eps_fs (Heinzelman 2002)."""
MULTIPATH_J_PER_BIT_M4 = 0.0013e-12
"""Amplifier from the crossover distance on, eps_mp (Heinzelman 2002)."""


def crossover_m(
    free_space_j_per_bit_m2: float = FREE_SPACE_J_PER_BIT_M2, multipath_j_per_bit_m4: float = MULTIPATH_J_PER_BIT_M4
) -> float:
    """Distance in metres where both amplifier laws agree, d0 = sqrt(eps_fs / eps_mp); 87.7058 m by default.

    Raises:
        ValueError: a constant is not positive.
    """
    free_space = within(free_space_j_per_bit_m2, "eps_fs (J/bit/m^2)", 0.0, above=True)
    multipath = within(multipath_j_per_bit_m4, "eps_mp (J/bit/m^4)", 0.0, above=True)
    return math.sqrt(float(free_space) / float(multipath))


def transmit_j(
    bits: ArrayLike,
    distance_m: ArrayLike,
    electronics_j_per_bit: float = ELECTRONICS_J_PER_BIT,
    free_space_j_per_bit_m2: float = FREE_SPACE_J_PER_BIT_M2,
    multipath_j_per_bit_m4: float = MULTIPATH_J_PER_BIT_M4,
) -> NDArray[np.float64]:
    """Energy in joules to send k bits over d metres.

    E = k E_elec + k eps_fs d^2 for d < d0, and k E_elec + k eps_mp d^4 from d0 on.

    Args:
        bits: number of bits k, at least 0.
        distance_m: distance d, at least 0 m.
        electronics_j_per_bit: E_elec, at least 0 J/bit.
        free_space_j_per_bit_m2: eps_fs, above 0 J/bit/m^2.
        multipath_j_per_bit_m4: eps_mp, above 0 J/bit/m^4.

    Raises:
        ValueError: an argument is outside its range.
    """
    distance = within(distance_m, "A distance (m)", 0.0)
    near = distance < crossover_m(free_space_j_per_bit_m2, multipath_j_per_bit_m4)
    amplifier = np.where(near, free_space_j_per_bit_m2 * distance**2, multipath_j_per_bit_m4 * distance**4)
    return receive_j(bits, electronics_j_per_bit) + within(bits, "A number of bits", 0.0) * amplifier


def receive_j(bits: ArrayLike, electronics_j_per_bit: float = ELECTRONICS_J_PER_BIT) -> NDArray[np.float64]:
    """Energy in joules to receive k bits, E = k E_elec.

    Raises:
        ValueError: a number of bits or E_elec is negative.
    """
    within(electronics_j_per_bit, "E_elec (J/bit)", 0.0)
    return within(bits, "A number of bits", 0.0) * electronics_j_per_bit
