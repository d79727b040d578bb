"""Which comparison reads which table."""

from collections.abc import Callable, Sequence

import arrangements
import bianchi
import contention
import fading
import fidelity
import fluid
import lowpower
import lrwpan
import message
import mobility
import other_media
import p2p
import packet
import path_loss
import wifi_quantities
from quantity import Quantity

Rows = Sequence[dict[str, str]]

COMPARISONS: tuple[tuple[str, Callable[[Rows], Sequence[Quantity]]], ...] = (
    ("path_loss.csv", path_loss.compare),
    ("fading_per.csv", fading.compare),
    ("per_wifi.csv", wifi_quantities.success_of_ofdm),
    ("per_dsss.csv", wifi_quantities.success_of_dsss),
    ("per_lrwpan.csv", lowpower.ieee802154_success),
    ("airtime_wifi.csv", wifi_quantities.air_times),
    ("airtime_802154.csv", lowpower.ieee802154_airtime),
    ("ble_airtime.csv", lowpower.ble_airtime),
    ("lora_toa.csv", lowpower.lora_time_on_air),
    ("lora_toa_expected_signetlab.csv", lowpower.lora_time_on_air_elsewhere),
    ("lora_sensitivity.csv", lowpower.lora_sensitivity),
    ("lora_interference_matrix.csv", lowpower.lora_interference),
    ("first_order_radio.csv", lowpower.first_order_radio),
    ("wifi_p2p.csv", p2p.quantities),
    ("wifi_contention.csv", contention.quantities),
    ("wifi_message.csv", message.quantities),
    ("bianchi_expected_ns3.csv", bianchi.quantities),
    ("lrwpan_mac.csv", lrwpan.quantities),
    ("lrwpan_mac.csv", other_media.lrwpan),
    ("mobility_contacts.csv", mobility.compare),
    *packet.COMPARISONS,
    *fluid.COMPARISONS,
)
"""File name of a table, and what makes quantities of its rows."""


def without_tables() -> list[Quantity]:
    """What is held against our own packet fidelity, where there is no table."""
    return [*fidelity.quantities(), *arrangements.quantities(), *other_media.quantities()]
