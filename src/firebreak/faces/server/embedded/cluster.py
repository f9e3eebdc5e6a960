"""One embedded database: made once, healed, started as a child of the supervisor."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg

from firebreak.faces.server import spawn
from firebreak.faces.server.embedded import address, options
from firebreak.faces.server.embedded.account import Account, account
from firebreak.faces.server.embedded.binaries import VERSION, programs
from firebreak.faces.server.errors import ServerError

_START_SECONDS: Final = 60.0  # after a kill it first repeats what its log holds
_LEFT_OVER_SECONDS: Final = 10.0
_LONGEST_LOG: Final = 16 * 1024 * 1024


class Cluster:
    """The embedded database in a data folder; whoever starts it holds that folder's lock."""

    def __init__(self, data: Path, connections: int = 20) -> None:
        """`connections` is how many it takes at once. Raises ServerError where this machine cannot run it."""
        self._connections = connections
        self.data = data.resolve()
        self.folder = address.cluster_folder(self.data)
        self.sockets = address.socket_folder(self.data)
        self.log = self.data / "log" / "postgresql.log"
        self._account = account()
        self._require_reach()
        self._programs = programs(self.data, self._account)

    def prepare(self) -> None:
        """Make it where there is none, and end what an earlier run may have left. Raises ServerError."""
        self.end_left_over()
        _own(self.sockets, self._account)
        if not self.folder.exists():
            self._make()
        found = (self.folder / "PG_VERSION").read_text().strip()
        if found != str(VERSION):
            raise ServerError(
                f"{self.folder} was made by PostgreSQL {found}, this is {VERSION}: back it up with the Firebreak that "
                "made it, and restore that with this one"
            )
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))

    def start(self) -> int:
        """Start it without waiting; returns its process id."""
        command = [
            str(self._programs / "postgres"),
            "-D",
            str(self.folder),
            *options.arguments(self.sockets, self._connections),
        ]
        return spawn.executed(command, log=self.log, account=self._account, dies_by=signal.SIGINT)

    def wait(self, pid: int) -> None:
        """Wait until it answers, and see to it that our database is there. Raises ServerError."""
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                with psycopg.connect(address.url(self.data, "postgres"), autocommit=True, connect_timeout=5) as link:
                    return self._create_database(link)
            except psycopg.OperationalError as problem:
                if _ended(pid) or time.monotonic() > until:
                    raise ServerError(f"the database does not start: {self._last_words() or problem}") from None
            time.sleep(0.02)

    def end_left_over(self) -> None:
        """End what a killed supervisor, or a killed server, left running in the folder, so that a new one can start."""
        until = time.monotonic() + _LEFT_OVER_SECONDS
        for number in (None, signal.SIGQUIT, signal.SIGKILL):
            left = list(_processes_in(self.folder))
            for pid in left if number else ():
                os.kill(pid, number)  # type: ignore[arg-type]
            while left and time.monotonic() < until:
                time.sleep(0.02)
                left = list(_processes_in(self.folder))
            if not left:
                return
            until = time.monotonic() + 2
        raise ServerError(f"processes {left} still use {self.folder} and cannot be ended: end them, then start again")

    def clear(self) -> None:
        """Remove what a stopped server needs no more."""
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _require_reach(self) -> None:
        if self._account and not self._account.may_enter(self.data):
            raise ServerError(
                f"the database runs as the user {self._account.name}, who may not enter {self.data}: choose a data "
                "folder such as /var/lib/firebreak, or start Firebreak as an ordinary user"
            )

    def _make(self) -> None:
        """In a folder beside, so that one that was cut short is never taken for a database."""
        unfinished = self.folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        _own(unfinished, self._account)
        command = [str(self._programs / "initdb"), "-D", str(unfinished), "-U", address.USER, "--auth=trust"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
        made = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=self._account.uid if self._account else None,
            group=self._account.gid if self._account else None,
            extra_groups=[] if self._account else None,
        )
        if made.returncode:
            raise ServerError(f"the database cannot be made in {self.folder}: {_one_line(made.stderr)}")
        unfinished.rename(self.folder)

    def _create_database(self, link: psycopg.Connection) -> None:
        known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [address.DATABASE]).fetchone()
        if not known:
            link.execute(f"CREATE DATABASE {address.DATABASE}")

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-20:]
        except OSError:
            return ""
        said = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
        return f"{said[-1]} ({self.log})" if said else ""


def _own(folder: Path, owner: Account | None) -> None:
    """Make a folder that only the database's user may enter. Raises ServerError for one that somebody else made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner.uid if owner else os.geteuid()}:
        raise ServerError(f"{folder} belongs to another user: remove it, or choose another data folder")
    if owner:
        os.chown(folder, owner.uid, owner.gid, follow_symlinks=False)
    folder.chmod(0o700)


def _processes_in(folder: Path) -> Iterator[int]:
    """Yield the processes that work in a folder, as every process of the database does."""
    for entry in Path("/proc").iterdir() if sys.platform == "linux" else ():
        if entry.name.isdecimal():
            try:
                inside = (entry / "cwd").readlink() == folder
            except OSError:
                continue
            if inside:
                yield int(entry.name)


def _ended(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _one_line(text: str) -> str:
    return " ".join(text.split())[-300:]
