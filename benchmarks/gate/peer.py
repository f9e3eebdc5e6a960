"""What Hasher-Matcher-Actioner 2 (threatexchange 1.2.17) was measured to do on one core of the same kind of machine.

November 2026: PostgreSQL, HMA and wrk together on one core, its defaults, no patch. HMA is no package that could be
installed here and run side by side; whoever has it can repeat these with the routes named.
"""

from typing import Final

# Requests a second, by (what, signals known, clients).
RATES: Final = {
    ("lookup", 10_000, 1): 679,
    ("lookup", 10_000, 8): 833,
    ("lookup", 100_000, 1): 750,
    ("lookup", 100_000, 8): 708,
    ("lookup", 1_000_000, 1): 520,
    ("lookup", 1_000_000, 8): 541,
    ("jpeg", 10_000, 1): 29.7,
    ("jpeg", 10_000, 8): 28.8,
    ("jpeg", 100_000, 1): 30.8,
    ("jpeg", 100_000, 8): 31.7,
    ("jpeg", 1_000_000, 1): 32.2,
    ("jpeg", 1_000_000, 8): 32.3,
}
IMPORT: Final = 215  # signals a second, POST /c/bank/.../signal, one client
BANKED_TO_MATCHED: Final = {10_000: 38.5, 1_000_000: 79.4}  # seconds, median
MEMORY_MB: Final = {1_000_000: 784 - 118}  # the worker's, above the empty one
RESTART: Final = {1_000_000: 4.7}  # seconds to the first match, with a stored index
GIANT_PNG: Final = 21.5  # seconds a 13000 x 13000 PNG takes, while every look-up waits
