"""How the embedded database is set: small, durable, silent about what people wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_OPTIONS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "48MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "temp_buffers": "2MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "80MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "huge_pages": "off",
    "io_method": "sync",  # no processes for reading ahead: the tables it would help are small here
    "dynamic_shared_memory_type": "mmap",  # in the data folder: nothing is left behind in /dev/shm by kill -9
    "max_worker_processes": "4",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "2",
    "autovacuum_max_workers": "2",
    "autovacuum_worker_slots": "4",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # statements carry what people wrote, and worse
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


def arguments(sockets: Path, connections: int) -> list[str]:
    """Return the command line that sets them; it wins over any file."""
    folder = '"' + str(sockets).replace('"', '""') + '"'  # one folder, whatever commas its name has
    options = _OPTIONS | {"unix_socket_directories": folder, "max_connections": str(connections)}
    return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
