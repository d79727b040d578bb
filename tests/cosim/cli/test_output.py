import subprocess
import sys

PROGRAM = """
import sys, time
from cosim.cli.output import say
say("first")
time.sleep(0.3)
for _ in range(3):
    say("more")
print("done", file=sys.stderr)
"""


def test_a_reader_who_goes_stops_nothing():
    writer = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None and writer.stderr is not None
    assert writer.stdout.readline() == b"first\n"
    writer.stdout.close()
    assert writer.stderr.read() == b"done\n"
    writer.stderr.close()
    assert writer.wait() == 0
