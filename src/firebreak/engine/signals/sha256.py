"""SHA-256 of a file's bytes."""

from firebreak.engine.signals.digest import Digest
from firebreak.engine.signals.kind import FileKind

KIND: FileKind = Digest(
    name="sha256",
    title="SHA-256 of the file's bytes: finds exact copies only",
    digits=64,
    example="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",  # of the empty file
)
