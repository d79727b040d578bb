"""Tests remember nothing but where they say so: what one of them computed must not spare another its work."""

import os

os.environ["COSIM_STORE"] = "none"
