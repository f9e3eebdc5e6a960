"""The sequencer takes what is committed into the tree: all of it, once, whoever else tries, whatever was late."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections, transaction

from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.clock import fixed, now
from firebreak.records.common.errors import Conflict
from firebreak.records.ledger import key, operations, queries, sequencer, tree
from firebreak.records.ledger.checkpoint import verify
from firebreak.records.ledger.models import Checkpoint, Entry, LogKey, Node
from tests.records.ledger.written import sequence, tamper, verified, write


@pytest.mark.django_db
def test_entries_get_their_place_and_the_head_is_signed() -> None:
    entries = write(5)
    assert sequencer.sequence_once() == 5
    leaves = [tree.hash_leaf(entry.leaf(seq).data()) for seq, entry in enumerate(entries)]
    assert [bytes(e.leaf_hash or b"") for e in Entry.objects.sequenced()] == leaves
    growing = tree.Frontier()
    for leaf in leaves:
        growing.append(leaf)
    checkpoint = Checkpoint.objects.get()
    head = verify(checkpoint.text, [queries.verifier(checkpoint.key)])
    assert (head.size, head.root) == (5, growing.root())


@pytest.mark.django_db
def test_nothing_new_signs_nothing() -> None:
    sequence(3)
    assert sequencer.sequence_once() == 0
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db
def test_batches_grow_one_tree() -> None:
    sequence(1, 2, 3, 4, 5)
    assert [c.size for c in Checkpoint.objects.all()] == [1, 3, 6, 10, 15]
    assert Node.objects.count() == 15 - (15).bit_count()
    report = verified()
    assert report.ok, report.faults
    assert (report.size, report.checkpoints) == (15, 5)


@pytest.mark.django_db
def test_a_batch_has_its_bounds() -> None:
    write(7)
    assert [sequencer.sequence_once(batch=3) for _ in range(4)] == [3, 3, 1, 0]
    assert verified().ok


@pytest.mark.django_db
def test_consistency_is_provable_from_what_is_stored() -> None:
    sequence(3, 4, 6)
    old, new = Checkpoint.objects.get(size=3), Checkpoint.objects.get(size=13)
    proof = tree.prove_consistency(3, 13, queries.hashes)
    assert tree.verify_consistency(3, 13, bytes(old.root), bytes(new.root), proof)


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_late_gets_a_later_place() -> None:
    written, go = threading.Event(), threading.Event()

    def slowly() -> int:
        try:
            with transaction.atomic():
                (entry,) = write(1)
                written.set()
                go.wait(10)
            return entry.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        late = other.submit(slowly)
        written.wait(10)
        (early,) = write(1)
        assert sequencer.sequence_once() == 1
        go.set()
        assert late.result() < early.pk
    assert sequencer.sequence_once() == 1
    assert [e.pk for e in Entry.objects.sequenced()] == [early.pk, late.result()]
    assert verified().ok


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_an_erasure_holds_keeps_nobody_waiting() -> None:
    held, go = threading.Event(), threading.Event()
    first, second = write(2)

    def erase() -> None:
        try:
            with transaction.atomic():
                operations.erase_payload(first, actor=SYSTEM, reason="retention has ended")
                held.set()
                go.wait(10)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        erasing = other.submit(erase)
        held.wait(10)
        assert sequencer.sequence_once() == 1
        go.set()
        erasing.result()
    assert sequencer.sequence_once() == 2
    assert Entry.objects.get(pk=second.pk).seq == 0
    assert verified().ok


@pytest.mark.django_db(transaction=True)
def test_whatever_is_committed_while_it_runs_is_taken_in_once() -> None:
    """Writers of many paces, some of whom change their mind, beside two sequencers."""
    stop = threading.Event()

    def in_a_thread(work: Callable[[], int]) -> int:
        try:
            return work()
        finally:
            connections.close_all()

    def writer(seed: int) -> int:
        chance, committed = random.Random(seed), 0
        for _ in range(25):
            with transaction.atomic():
                count = len(write(chance.randint(1, 3)))
                time.sleep(chance.choice([0, 0, 0.002, 0.02]))
                undone = chance.random() < 0.2
                transaction.set_rollback(undone)
            committed += 0 if undone else count
        return committed

    def sequencing() -> int:
        taken = 0
        while not stop.is_set():
            taken += sequencer.sequence_once(batch=5)
        return taken

    with ThreadPoolExecutor(6) as pool:
        sequencers = [pool.submit(in_a_thread, sequencing) for _ in range(2)]
        writers = [pool.submit(in_a_thread, partial(writer, seed)) for seed in range(4)]
        written = sum(future.result() for future in writers)
        stop.set()
        taken = sum(future.result() for future in sequencers)
    while more := sequencer.sequence_once():
        taken += more
    assert taken == written == Entry.objects.sequenced().count()
    assert verified().ok


@pytest.mark.django_db
def test_how_far_it_is_behind_is_known() -> None:
    assert queries.behind() == timedelta()
    at = now()
    with fixed(at):
        write(1)
    with fixed(at + timedelta(seconds=90)):
        write(1)
        assert queries.behind() == timedelta(seconds=90)
        sequencer.sequence_once()
        assert queries.behind() == timedelta()


@pytest.mark.django_db(transaction=True)
def test_of_many_sequencers_one_works_and_none_does_it_twice() -> None:
    write(400)

    def work() -> int:
        try:
            return sum(sequencer.sequence_once(batch=10) for _ in range(40))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        done = sum(future.result() for future in [pool.submit(work) for _ in range(6)])
    while taken := sequencer.sequence_once():
        done += taken
    assert done == 400
    assert verified().ok


@pytest.mark.django_db(transaction=True)
def test_running_it_takes_in_what_comes_within_a_second_and_stops_when_told() -> None:
    stop = threading.Event()

    def run() -> None:
        try:
            sequencer.run(stop)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    write(3)
    until = time.monotonic() + 10
    while queries.pending() and time.monotonic() < until:
        time.sleep(0.02)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert verified().size == 3


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_when_its_connection_is_cut() -> None:
    stop = threading.Event()

    def run() -> None:
        try:
            sequencer.run(stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    until = time.monotonic() + 20
    try:
        for size in range(1, 4):
            write(1)
            while queries.pending() and time.monotonic() < until:
                time.sleep(0.02)
            assert Entry.objects.sequenced().count() == size
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks"
                    " WHERE locktype = 'advisory' AND classid = %s AND pid <> pg_backend_pid()",
                    [sequencer._LEADER[0]],
                )
    finally:
        stop.set()
        thread.join(10)
    assert verified().ok


@pytest.mark.django_db
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE ledger_entry SET leaf_hash = decode(repeat('00', 32), 'hex') WHERE seq = 2",
        "UPDATE ledger_node SET hash = decode(repeat('00', 32), 'hex') WHERE id = 0",
        "DELETE FROM ledger_node WHERE id = 0",
        "DELETE FROM ledger_checkpoint",
    ],
)
def test_a_broken_tree_is_never_signed_again(damage: str) -> None:
    sequence(3)
    tamper(damage)
    write(1)
    with pytest.raises(sequencer.LedgerBrokenError, match="ledger verify"), transaction.atomic():
        sequencer.sequence_once()


@pytest.mark.django_db
def test_another_machines_key_does_not_sign_until_it_is_adopted() -> None:
    sequence(2)
    LogKey.objects.update(public=bytes(32))
    write(1)
    with pytest.raises(key.LedgerKeyError, match="adopt-key"), transaction.atomic():
        sequencer.sequence_once()
    operations.adopt_key(actor=SYSTEM)
    assert sequencer.sequence_once() == 2
    assert LogKey.objects.filter(retired_at__isnull=True).count() == 1


@pytest.mark.django_db
def test_a_key_is_adopted_once() -> None:
    with pytest.raises(Conflict, match="no key yet"):
        operations.adopt_key(actor=SYSTEM)
    sequence(1)
    with pytest.raises(Conflict, match="knows"):
        operations.adopt_key(actor=SYSTEM)
