"""Landlock: from the call on, the kernel opens no path, TCP port or foreign abstract socket for this process.

A ruleset that handles every right its kernel knows and holds no rule denies them all. Descriptors that are
open already keep working. Numbers and layout: Linux, include/uapi/linux/landlock.h.
"""

import ctypes
import struct

from firebreak.engine.media.sandbox import libc

CREATE_RULESET = 444  # the same on every architecture
RESTRICT_SELF = 446
VERSION = 1  # the flag that asks for the ABI's number

# Bits of the file system rights that each ABI knows; 4, 6 and later ones added none.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
_NETWORK_ABI, _NETWORK_RIGHTS = 4, 0b11  # bind and connect TCP
_SCOPE_ABI, _SCOPES = 6, 0b11  # abstract unix sockets, signals


def abi() -> int:
    """The kernel's Landlock version; 0 where it has none or it is switched off."""
    try:
        return libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION))
    except OSError:
        return 0


def ruleset(version: int) -> bytes:
    """`struct landlock_ruleset_attr` that handles all `version` knows. Old kernels accept a tail of zeros."""
    files = max(bits for since, bits in _FILE_RIGHTS.items() if since <= version)
    network = _NETWORK_RIGHTS if version >= _NETWORK_ABI else 0
    scopes = _SCOPES if version >= _SCOPE_ABI else 0
    return struct.pack("=QQQ", (1 << files) - 1, network, scopes)


def restrict() -> int:
    """Deny this thread everything that Landlock can; returns the ABI applied, 0 where there is none.

    `no_new_privs` must be set. The ruleset's descriptor stays open: it grants nothing.
    """
    version = abi()
    if not version:
        return 0
    attributes = ruleset(version)
    try:
        descriptor = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
        libc.syscall(RESTRICT_SELF, ctypes.c_int(descriptor), ctypes.c_uint32(0))
    except OSError:
        return 0
    return version
