"""MD5 of a file's bytes: easily forged, yet what most hash lists for video still carry."""

from firebreak.engine.signals.digest import Digest
from firebreak.engine.signals.kind import FileKind

KIND: FileKind = Digest(
    name="md5",
    title="MD5 of the file's bytes: finds exact copies only, and can be forged",
    digits=32,
    example="d41d8cd98f00b204e9800998ecf8427e",  # of the empty file
)
