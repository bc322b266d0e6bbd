"""How many random cases a law takes: the one number that all of them are cut from."""

import os

DRAWS = int(os.environ.get("DRAWS", "400"))
"""Cases of a law that is dear to us; `DRAWS=10000 pytest` takes twenty-five times as many."""
