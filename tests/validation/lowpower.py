"""Air times and error rates of IEEE 802.15.4, Bluetooth LE and LoRa, and the first-order radio, row by row."""

from collections.abc import Callable, Mapping, Sequence
from itertools import starmap

from quantity import Point, Quantity

from radio_models import ble, first_order, ieee802154, lora
from radio_models.lora_capture import SPREADING_FACTORS, capture_model, required_db

Row = Mapping[str, str]


def ieee802154_airtime(rows: Sequence[Row]) -> list[Quantity]:
    """`airtime_802154.csv`."""
    points = [
        Point(
            "PPDU", float(row["psdu_bytes"]), _us(ieee802154.ppdu_s(int(row["psdu_bytes"]))), float(row["duration_us"])
        )
        for row in rows
    ]
    return [Quantity("802.15.4 air time", "airtime_802154.csv", points, 1e-6, unit="us", x_label="PSDU (bytes)")]


def ieee802154_success(rows: Sequence[Row]) -> list[Quantity]:
    """`per_lrwpan.csv`."""
    points = [
        Point(
            f"{row['bytes']} bytes",
            float(row["snr_dB"]),
            float(ieee802154.chunk_success_rate(float(row["snr_dB"]), float(row["bytes"]))),
            float(row["success"]),
        )
        for row in rows
    ]
    return [Quantity("802.15.4 chunk success", "per_lrwpan.csv", points, 1e-8, x_label="SNR (dB)")]


def ble_airtime(rows: Sequence[Row]) -> list[Quantity]:
    """`ble_airtime.csv`."""

    def point(row: Row) -> Point:
        mic = row["mic"] == "1"
        air_s = ble.packet_s(int(row["payload_bytes"]), ble.phy(row["phy"]), mic=mic)
        series = f"{row['phy']}{' with MIC' if mic else ''}"
        return Point(series, float(row["payload_bytes"]), _us(air_s), float(row["airtime_us"]))

    points = list(map(point, rows))
    return [Quantity("BLE air time", "ble_airtime.csv", points, 1e-6, unit="us", x_label="payload (bytes)")]


def lora_time_on_air(rows: Sequence[Row]) -> list[Quantity]:
    """`lora_toa.csv`: air times, symbols, and where the low-data-rate optimisation comes by itself."""
    table, label = "lora_toa.csv", "payload (bytes)"

    def point(row: Row, ours: float, theirs: str) -> Point:
        return Point(f"SF{row['sf']}", float(row["payload_bytes"]), ours, float(row[theirs]))

    modulations = [_modulation(row, row["crc"] == "1") for row in rows]
    airs = [
        point(row, _us(lora.time_on_air_s(int(row["payload_bytes"]), modulation)), "toa_us")
        for row, modulation in zip(rows, modulations, strict=True)
    ]
    symbols = [
        point(row, float(lora.payload_symbols(int(row["payload_bytes"]), modulation)), "n_payload_symbols")
        for row, modulation in zip(rows, modulations, strict=True)
    ]
    optimised = [
        point(row, float(modulation._replace(low_data_rate=None).optimised), "de")
        for row, modulation in zip(rows, modulations, strict=True)
    ]
    return [
        Quantity("LoRa time on air", table, airs, 1e-6, unit="us", x_label=label, logarithmic=True),
        Quantity("LoRa payload symbols", table, symbols, 0.0, x_label=label),
        Quantity("LoRa low-data-rate optimisation, automatic", table, optimised, 0.0, x_label=label),
    ]


def lora_time_on_air_elsewhere(rows: Sequence[Row]) -> list[Quantity]:
    """`lora_toa_expected_signetlab.csv`: values printed with up to 10 us less than they have."""
    points = [
        Point(
            f"SF{row['sf']}",
            float(row["payload_bytes"]),
            float(lora.time_on_air_s(int(row["payload_bytes"]), _modulation(row, crc=True))),
            float(row["expected_s"]),
        )
        for row in rows
    ]
    note = "expected values of a test suite; one of those known is rounded by 8 us"
    table = "lora_toa_expected_signetlab.csv"
    return [
        Quantity(
            "LoRa time on air, another simulator", table, points, 1e-5, unit="s", x_label="payload (bytes)", note=note
        )
    ]


def lora_sensitivity(rows: Sequence[Row]) -> list[Quantity]:
    """`lora_sensitivity.csv`."""
    columns = {"sx1272_ds": "sx1272", "lorasim_measured": "lorasim", "sx1301_gw": "sx1301"}
    points = [
        Point(
            f"{source}, {float(row['bw_hz']) / 1e3:g} kHz",
            float(row["sf"]),
            lora.sensitivity_dbm(int(row["sf"]), float(row["bw_hz"]), source),
            float(row[column]),
        )
        for row in rows
        for column, source in columns.items()
        if row.get(column)
    ]
    return [Quantity("LoRa sensitivity", "lora_sensitivity.csv", points, 0.0, unit="dBm", x_label="spreading factor")]


def lora_interference(rows: Sequence[Row]) -> list[Quantity]:
    """`lora_interference_matrix.csv`."""
    points = [
        Point(
            f"{row['model']}, SF{row['sf']}",
            float(other),
            float(required_db(capture_model(row["model"]), int(row["sf"]), other)),
            float(row[f"i{other}"]),
        )
        for row in rows
        for other in SPREADING_FACTORS
        if row.get(f"i{other}")
    ]
    table = "lora_interference_matrix.csv"
    return [Quantity("LoRa ratio for capture", table, points, 0.0, unit="dB", x_label="spreading factor of interferer")]


def first_order_radio(rows: Sequence[Row]) -> list[Quantity]:
    """`first_order_radio.csv`, which does not say of how many bits: as many, a whole number, as receiving tells."""
    costs: dict[str, Callable[[int, float], float]] = {
        "e_tx_J": lambda bits, distance_m: float(first_order.transmit_j(bits, distance_m)),
        "e_rx_J": lambda bits, _: float(first_order.receive_j(bits)),
    }

    def point(column: str, row: Row) -> Point:
        distance_m, bits = float(row["distance_m"]), round(float(row["e_rx_J"]) / first_order.ELECTRONICS_J_PER_BIT)
        return Point(column, distance_m, costs[column](bits, distance_m), float(row[column]))

    points = list(starmap(point, ((column, row) for column in costs for row in rows)))
    return [
        Quantity(
            "first-order radio",
            "first_order_radio.csv",
            points,
            1e-9,
            measure="relative",
            unit="J",
            x_label="distance (m)",
            logarithmic=True,
        )
    ]


def _us(time_s: object) -> float:
    """Microseconds of a time in seconds."""
    return float(time_s) * 1e6  # type: ignore[arg-type]


def _modulation(row: Row, crc: bool) -> lora.Modulation:
    return lora.Modulation(
        spreading_factor=int(row["sf"]),
        bandwidth_hz=float(row["bw_hz"]),
        coding_rate=int(row["cr_index"]),
        preamble_symbols=int(row["n_preamble"]),
        implicit_header=row["implicit_header"] == "1",
        crc=crc,
        low_data_rate=row["de"] == "1",
    )
