"""Compile every kernel for this processor, so that nobody waits for a compiler later.

`python -m firebreak.engine.kernels` is part of every installation by `make`. Numba keeps what it compiled on disk;
where this was not run, the first command that needs a kernel compiles it once.
"""

from firebreak.engine.matching import index, voting
from firebreak.engine.signals import pdq


def compile_all() -> None:
    """Fill Numba's cache; a moment's work when it is full already."""
    index.compile_kernels()
    voting.compile_kernels()
    pdq.compile_kernels()


if __name__ == "__main__":
    compile_all()
