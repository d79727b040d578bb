import pytest
from wifi_airtime import air_times, mode_named

from radio_models.dsss import DsssMode
from radio_models.wifi_modes import Format


def test_every_air_time_is_that_of_ns3(reference_table):
    compared = air_times(reference_table("airtime_wifi.csv"))
    assert [each for each in compared if each[1] != each[2]] == []
    assert compared


def test_names_of_modes():
    assert mode_named("OfdmRate54Mbps") == mode_named("ErpOfdmRate54Mbps")
    assert mode_named("DsssRate5_5Mbps") == DsssMode(4, 8)
    assert mode_named("OfdmRate4_5MbpsBW10MHz").bit_per_s == 4_500_000
    assert mode_named("HeMcs11", 160, 3200)[:] == (Format.HE, 11, 160, 3200)
    with pytest.raises(ValueError, match="is called EhtMcs3"):
        mode_named("EhtMcs3")
