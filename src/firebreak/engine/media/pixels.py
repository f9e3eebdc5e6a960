"""The pixels of a Pillow picture as an array, where they lie.

`np.asarray` of a picture copies them twice, in pieces, and to make room for the pieces costs more than the copies.
Pillow shows its memory through the Arrow C data interface (arrow.apache.org/docs/format/CDataInterface.html).
"""

import ctypes
from typing import Any

import numpy as np
from PIL import Image

from firebreak.engine.media.source import Luma

_address_in = ctypes.pythonapi.PyCapsule_GetPointer
_address_in.restype = ctypes.c_void_p
_address_in.argtypes = (ctypes.py_object, ctypes.c_char_p)


class _ArrowArray(ctypes.Structure):
    """`struct ArrowArray`, as far as it is used."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    )


class _Plane:
    """What NumPy asks for; the array made of it keeps it, and it keeps the picture's memory."""

    def __init__(self, picture: Image.Image) -> None:
        _, self._memory = picture.__arrow_c_array__()
        array = _ArrowArray.from_address(_address_in(self._memory, b"arrow_array"))
        self.__array_interface__: dict[str, Any] = {
            "version": 3,
            "data": (array.buffers[1], True),
            "shape": (picture.height, picture.width),
            "typestr": "|u1",
        }


def in_one_piece() -> None:
    """Have Pillow keep every picture in one piece from now on: only such a one can be shown."""
    Image.core.set_use_block_allocator(1)  # type: ignore[attr-defined]  # documented, but not in its types


def plane(picture: Image.Image) -> Luma:
    """The pixels (height, width) of a picture of mode "L", read-only."""
    try:
        return np.asarray(_Plane(picture))
    except ValueError:  # it lies in several pieces
        return np.asarray(picture)
