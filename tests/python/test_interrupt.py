"""Ctrl-C in a long call: KeyboardInterrupt at once, nothing changed, everything goes on working (faults P7)."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import mirhydro as mir

AFTER = 0.3  # seconds into the call
#: Promised is .2 s; a machine that does other things as well is given more.
SOON = 0.2 * float(os.environ.get("MIRHYDRO_PATIENCE", "5"))


@pytest.fixture(autouse=True)
def _heeds_ctrl_c() -> Iterator[None]:
    """A shell starts what runs in its background with Ctrl-C ignored; then Python has no handler of it."""
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, old)


def interrupted(call: Callable[[], Any]) -> float:
    """Seconds from the signal to KeyboardInterrupt."""
    sent: list[float] = []

    def send() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(AFTER, send)
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            call()
        return time.monotonic() - sent[0]
    finally:
        timer.cancel()
        timer.join()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("method, nmat", [("elvira", 2), ("elvira", 4), ("ppic", 2), ("ppic", 4), ("neural", 2)])
def test_a_long_call_ends(method: str, nmat: int, threads: int):
    """The same noisy row a million times: minutes of work in no memory to speak of."""
    rng = np.random.default_rng(5)
    row = rng.dirichlet(np.ones(nmat), 64).T[:, None, :]
    endless = np.broadcast_to(row, (nmat, 1_000_000, 64))
    rec = mir.Reconstructor(method, threads=threads)
    small = rng.dirichlet(np.ones(nmat), (9, 9)).transpose(2, 0, 1)
    r = rec(small)
    before = r.subcell(2)
    for _ in range(2):
        assert interrupted(lambda: rec(endless, out=r)) < SOON
        np.testing.assert_array_equal(r.subcell(2), before)
        np.testing.assert_array_equal(rec(small, out=r).subcell(2), before)


def test_a_handler_that_raises_nothing_does_not_end_the_call():
    told: list[float] = []
    old = signal.signal(signal.SIGUSR1, lambda *_: told.append(time.monotonic()))
    timer = threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        vf = np.random.default_rng(6).dirichlet(np.ones(6), (60, 60)).transpose(2, 0, 1)
        rec = mir.Reconstructor("ppic")
        begin = time.monotonic()
        r = rec(vf)
        end = time.monotonic()
    finally:
        timer.cancel()
        timer.join()
        signal.signal(signal.SIGUSR1, old)
    assert len(r.cells) == 3600
    if end - begin > 0.4:
        assert told and told[0] < end - 0.1, "handlers run during the call"


def test_other_threads_are_not_asked():
    """Only the main thread has handlers; a call elsewhere runs to its end."""
    vf = np.random.default_rng(7).dirichlet(np.ones(3), (80, 80)).transpose(2, 0, 1)
    sizes: list[int] = []
    thread = threading.Thread(target=lambda: sizes.append(len(mir.Reconstructor("ppic")(vf).cells)))
    thread.start()
    thread.join()
    assert sizes == [6400]
