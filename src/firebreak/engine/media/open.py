"""The decoders' front door. It is opened inside the sandboxed child process, and nowhere else."""

import importlib
import logging
import pkgutil
from functools import cache
from typing import BinaryIO

import av
from PIL import AvifImagePlugin, Image

from firebreak.engine.media.animation import AnimationSource, is_animated
from firebreak.engine.media.audio import AudioSource
from firebreak.engine.media.container import open_container, video_stream
from firebreak.engine.media.errors import UnreadableMedia
from firebreak.engine.media.guard import decoding
from firebreak.engine.media.heif import HeifPicture
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.pixels import in_one_piece
from firebreak.engine.media.sniff import HEAD, container_name, image_format
from firebreak.engine.media.still import PillowPicture, StillSource
from firebreak.engine.media.video import VideoSource

Source = StillSource | AnimationSource | VideoSource | AudioSource

# What Pillow would import at first use, when the child may no longer open files; of PyAV all is imported.
_LATE_IMPORTS = (
    *(f"PIL.{name}ImagePlugin" for name in ("Avif", "Bmp", "Gif", "Jpeg", "Mpo", "Png", "Ppm", "Tiff", "WebP")),
    "PIL.ImagePalette",
    "PIL.TiffTags",
)
_NOT_LIBRARY = {"av.__main__", "av.datasets"}


@cache
def preload() -> None:
    """Import all that decoding will need and set the libraries to one thread; called before the lockdown."""
    parts = (module.name for module in pkgutil.walk_packages(av.__path__, "av."))
    for name in (*_LATE_IMPORTS, *(part for part in parts if part not in _NOT_LIBRARY)):
        importlib.import_module(name)
    Image.preinit()
    logging.getLogger("PIL").setLevel(logging.CRITICAL + 1)  # it reports damage that we report
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    in_one_piece()


def open_media(file: BinaryIO, limits: Limits) -> Source:
    """Open a picture, video or sound; what it is follows from its content alone. Close the source after use.

    `file` must be readable and seekable, and stay open as long as the source. Raises `MediaError`: when the
    file is empty or of no supported kind, or when its header asks for more than `limits` allows.
    """
    preload()
    with decoding("the file"):
        file.seek(0)
        head = file.read(HEAD)
    if not head:
        raise UnreadableMedia("it is empty", "check the upload")
    name = image_format(head)
    if name == "HEIF":
        with decoding("the picture"):
            return StillSource(HeifPicture(file, limits), "heif")
    if name:
        if is_animated(file, name, limits):
            return AnimationSource(file, limits, name)
        return StillSource(PillowPicture(file, limits.for_format(name), name), name.lower())
    with decoding("the file"):
        container = open_container(file, limits)
    name = container_name(container.format.name, head)
    if video_stream(container):
        return VideoSource(file, limits, name, container)
    container.close()
    return AudioSource(file, limits, name)
