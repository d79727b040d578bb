"""Whether batteries give the currents that their peers draw."""

from collections.abc import Iterator
from typing import Any

from cosim.sim.battery import Cell
from cosim.sim.device import Device, without_overlap
from cosim.sim.host import HostEnergy

PREFIX = "battery of "
"""How each of these labels begins."""


def current_warnings(scenario: Any) -> Iterator[str]:
    """A label for each group whose peers draw more at their peak than the data sheet of their battery allows.

    The peak is that of the radio in its thirstiest state, of the processor at work and of the host handling full frames
    one behind the other, together; it is reckoned at the nominal voltage, which a loaded battery does not keep.
    """
    for name, group in scenario.peers.items():
        cell = group.power
        if not isinstance(cell, Cell) or cell.nominal_v is None:
            continue
        peak_a = peak_w(scenario, group) / cell.nominal_v
        if cell.peak_a is not None and peak_a > cell.peak_a:
            yield f"{PREFIX}{name}: up to {peak_a:.3g} A are drawn, it gives {cell.peak_a:g} A at most"
        elif cell.continuous_a is not None and peak_a > cell.continuous_a:
            yield f"{PREFIX}{name}: up to {peak_a:.3g} A are drawn, it gives {cell.continuous_a:g} A for long"


def peak_w(scenario: Any, group: Any) -> float:
    """The most that a peer of a group draws at once [W]."""
    radio = scenario.radio
    device: Device = without_overlap(group.device, radio.transceiver.domain, radio.idle_w)
    level_dbm = radio.tx_power_dbm if group.tx_power_dbm is None else group.tx_power_dbm
    sends_w = radio.transceiver.transmit_w if radio.adapts_power else radio.transmit_w(level_dbm, 0.0)
    frames = radio.frames(8 * radio.fragment_bytes)
    sends_w, receives_w = (
        watts + joules / frames.full_airtime_s
        for watts, joules in zip((sends_w, radio.receive_w), _of_host(group.host, frames.full_bytes), strict=True)
    )
    return max(sends_w, receives_w, radio.idle_w, radio.transceiver.wake_w) + device.active_w


def _of_host(host: HostEnergy | None, size_bytes: int) -> tuple[float, float]:
    """Joules of a full frame on its way out and in."""
    return (0.0, 0.0) if host is None else (host.transmit_j(1, size_bytes), host.receive_j(1, size_bytes))
