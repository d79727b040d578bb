import subprocess
import sys

from analysis.headline import byte_counters, group_rows, headline


def test_what_is_known_comes_with_its_unit(world_run):
    rows = dict(headline(world_run.summary))
    assert rows["Simulated time"] == "10 s"
    assert rows["Accuracy of the averaged model"] == "95.0 %"
    assert rows["Energy, all peers"].endswith(" J")
    assert rows["Consensus distance"] == "0.0123"


def test_what_is_not_known_is_left_out():
    assert headline({"accuracy_mean": 0.5, "energy_j": None}) == [("Accuracy, mean over peers", "50.0 %")]


def test_the_three_counters_of_bytes():
    rows = byte_counters({"payload_bytes": 1000, "bytes_on_air": 2500})
    assert [(name, amount) for name, amount, _ in rows] == [
        ("Payload", "1 kB"),
        ("On air", "2.5 kB"),
        ("Delivered", "not known"),
    ]


def test_groups_become_a_table():
    groups = {
        "server": {"peers": 1, "accuracy_mean": 0.9, "energy_j": {"total": 1200.0}},
        "phones": {"peers": 4, "payload_bytes": 5e6},
    }
    assert group_rows({"groups": groups}) == [
        ["Group", "Peers", "Accuracy mean", "Energy total", "Payload"],
        ["server", "1", "90.0 %", "1.2 kJ", "not known"],
        ["phones", "4", "not known", "not known", "5 MB"],
    ]
    assert group_rows({}) == group_rows({"groups": {}}) == []


def test_a_terminal_needs_no_pandas():
    code = "import analysis.headline, sys; sys.exit(bool({'pandas', 'matplotlib', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
