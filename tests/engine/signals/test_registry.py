import subprocess
import sys

import pytest

from firebreak.engine.errors import SignalError
from firebreak.engine.signals.registry import load


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SignalError, match=r"no kind of signal called 'md6'; use one of sha256, md5, pdq, vpdq"):
        load("md6")


@pytest.mark.parametrize(
    "code",
    ["import firebreak.engine.signals.registry", "from firebreak.engine.signals.registry import load; load('md5')"],
)
def test_what_needs_no_compiler_loads_none(code: str) -> None:
    loaded = "import sys; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", f"{code}\n{loaded}"], check=False).returncode == 0
