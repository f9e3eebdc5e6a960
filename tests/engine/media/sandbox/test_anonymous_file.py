"""Shared memory keeps its size, and a copy its content, whoever holds the descriptor."""

import os

import pytest

from firebreak.engine.media.sandbox import anonymous_file


def test_shared_memory_keeps_its_size() -> None:
    descriptor = anonymous_file.shared_memory(8192)
    try:
        for size in (0, 4096, 16384):
            with pytest.raises(PermissionError):
                os.ftruncate(descriptor, size)
        assert os.pwrite(descriptor, b"x", 8191) == 1
        assert os.fstat(descriptor).st_size == 8192
    finally:
        os.close(descriptor)


def test_a_copy_keeps_its_content() -> None:
    data = os.urandom(100_000)
    descriptor = anonymous_file.copy_of(data)
    try:
        assert os.read(descriptor, 200_000) == data
        with pytest.raises(PermissionError):
            os.pwrite(descriptor, b"x", 0)
        with pytest.raises(PermissionError):
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def test_kernels_that_do_not_know_the_newest_flag_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    create = os.memfd_create

    def old_kernel(name: str, flags: int) -> int:
        if flags & 0x8:
            raise OSError(22, "Invalid argument")
        return create(name, flags)

    monkeypatch.setattr(os, "memfd_create", old_kernel)
    os.close(anonymous_file.shared_memory(4096))
