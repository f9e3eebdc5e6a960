"""The filter, run by a small interpreter of classic BPF, for machines this test does not run on, too."""

import errno
import struct

import pytest

from firebreak.engine.media.sandbox.seccomp import MACHINES, assemble

PID = 4711
ALLOW, DENY, KILL = 0x7FFF0000, 0x50000 | errno.EPERM, 0x80000000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
EXEC = 4

# Calls that no decoder may make, by machine: (open, openat, socket, connect, clone, fork or clone3, execve,
# kill, ptrace, write, ftruncate, prctl, memfd_create, io_uring_setup, newfstatat).
FORBIDDEN = {
    "x86_64": (2, 257, 41, 42, 56, 57, 435, 59, 62, 101, 1, 77, 157, 319, 425, 262),
    "aarch64": (56, 198, 203, 220, 435, 221, 129, 117, 64, 46, 167, 279, 425, 79),
}


def verdict(program: bytes, audit: int, number: int, *arguments: int) -> int:
    """What the kernel would answer to a call: the filter's return value."""
    data = struct.pack("<iIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    instructions = list(struct.iter_unpack("=HBBI", program))
    position, value = 0, 0
    while True:
        code, if_true, if_false, operand = instructions[position]
        position += 1
        match code:
            case 0x20:
                (value,) = struct.unpack_from("<I", data, operand)
            case 0x15 | 0x35 | 0x45:
                holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
                position += if_true if holds else if_false
            case 0x06:
                return int(operand)
            case _:
                raise AssertionError(f"an instruction nobody wrote: {code:#x}")


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_only_the_listed_calls_pass(machine: str) -> None:
    table = MACHINES[machine]
    program = assemble(table, PID)
    passing = {number for number in range(600) if verdict(program, AUDIT[machine], number, PID) == ALLOW}
    assert passing == {*table.allowed.values(), *table.maps.values(), table.tgkill}
    assert passing.isdisjoint(FORBIDDEN[machine])


def test_no_memory_becomes_executable(machine: str) -> None:
    program = assemble(MACHINES[machine], PID)
    for number in MACHINES[machine].maps.values():
        verdicts = [verdict(program, AUDIT[machine], number, 0, 4096, protection) for protection in range(16)]
        assert verdicts == [DENY if protection & EXEC else ALLOW for protection in range(16)]


def test_a_process_signals_only_itself(machine: str) -> None:
    program = assemble(MACHINES[machine], PID)
    tgkill = MACHINES[machine].tgkill
    assert verdict(program, AUDIT[machine], tgkill, PID, PID, 6) == ALLOW
    assert verdict(program, AUDIT[machine], tgkill, PID + 1, PID + 1, 6) == DENY


def test_the_call_table_of_another_machine_kills(machine: str) -> None:
    program = assemble(MACHINES[machine], PID)
    for audit in {0x40000003, 0x40000028, *AUDIT.values()} - {AUDIT[machine]}:  # i386, arm and the other one
        assert verdict(program, audit, 0) == KILL


def test_x32_numbers_are_denied() -> None:
    program = assemble(MACHINES["x86_64"], PID)
    for number in MACHINES["x86_64"].allowed.values():
        assert verdict(program, AUDIT["x86_64"], number | 0x40000000) == DENY
