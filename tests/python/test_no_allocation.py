"""Warm calls allocate nothing: neither Python objects that stay, nor arrays, nor C++ memory (design.md, promise 5).

Python's share is seen by tracemalloc (NumPy reports its arrays there). What C and C++ hold is the allocator's own count
of bytes in use, mallinfo2() through ctypes, before and after hundreds of calls. That no call allocates and frees again
is counted by an operator new of its own in tests/cpp/test_allocation.cpp.
"""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mirhydro as mir

METHODS = tuple(mir.methods())
every_method = pytest.mark.parametrize("method", METHODS)


class Mallinfo2(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in [
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        ]
    ]


def bytes_in_use() -> int:
    """Of the C allocator: small blocks and mapped ones."""
    info = mallinfo2()
    return int(info.uordblks + info.hblkhd)


mallinfo2: Any = getattr(ctypes.CDLL(None), "mallinfo2", None)
if mallinfo2 is not None:
    mallinfo2.restype = Mallinfo2

needs_glibc = pytest.mark.skipif(mallinfo2 is None, reason="the allocator does not count")


def field(nmat: int, n: int) -> np.ndarray:
    shapes = [mir.Circle((0.3 + 0.2 * k, 0.5), 0.22) for k in range(nmat - 1)]
    return mir.volume_fractions(shapes, n, n)


def warm(method: str, nmat: int, threads: int = 1) -> tuple[Callable[[], None], mir.Reconstruction]:
    """A time step of a host: reconstruct, sweep along x and y into its own arrays."""
    rec, vf = mir.Reconstructor(method, threads=threads), field(nmat, 96)
    centroids: dict[str, Any] = {"centroids": np.full((*vf.shape, 2), 0.5)} if method == "mof" else {}
    r = rec(vf, **centroids)
    dx, dy = np.full((96, 97), 0.3), np.full((97, 96), -0.2)
    ox, oy = np.empty((nmat, 96, 97)), np.empty((nmat, 97, 96))

    def step() -> None:
        rec(vf, out=r, **centroids)
        r.swept("x", dx, out=ox)
        r.swept("y", dy, out=oy)

    for _ in range(5):
        step()
    return step, r


@every_method
@pytest.mark.parametrize("nmat", [2, 3])
def test_python_allocates_nothing_that_grows_with_the_mesh(method, nmat):
    """At the peak of a warm step: a few views and tuples, no array of the mesh."""
    step, _ = warm(method, nmat)
    gc.collect()
    tracemalloc.start()
    try:
        step()
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20):
            step()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2000
    assert peak - before < 8000, "an array of the mesh has 73728 bytes"


@needs_glibc
@every_method
@pytest.mark.parametrize("nmat", [2, 3])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_allocator_holds_no_more_after_many_steps(method, nmat, threads):
    step, _ = warm(method, nmat, threads)
    gc.collect()
    gc.disable()
    try:
        step()
        before = bytes_in_use()
        for _ in range(10 if method == "mof" and nmat > 2 else 100):
            step()
        after = bytes_in_use()
    finally:
        gc.enable()
    # threads hand memory to each other through caches of their own, so that a few blocks come and go
    assert after - before < (4096 if threads == 1 else 100_000)


@every_method
def test_memory_stays_when_the_field_shrinks_and_grows(method):
    """It grows only beyond the most mixed cells that a result has held."""
    if mallinfo2 is None:
        pytest.skip("the allocator does not count")
    rec, large, small = mir.Reconstructor(method), field(2, 200), field(2, 30)
    both: list[dict[str, Any]] = [
        {"centroids": np.full((*vf.shape, 2), 0.5)} if method == "mof" else {} for vf in (large, small)
    ]
    r = rec(large, **both[0])
    rec(large, out=r, **both[0])
    before = bytes_in_use()
    for _ in range(20):
        rec(small, out=r, **both[1])
        rec(large, out=r, **both[0])
    assert bytes_in_use() - before < 4096


def test_a_dropped_result_gives_its_memory_back():
    rec, vf = mir.Reconstructor("elvira"), field(3, 200)
    rec(vf)
    gc.collect()
    if mallinfo2 is None:
        pytest.skip("the allocator does not count")
    before = bytes_in_use()
    for _ in range(20):
        r = rec(vf)
        r.polygons(), r.segments(), r.contours(), r.centroids()
        del r
    assert bytes_in_use() - before < 20_000


PEAK = """
import resource, sys
import numpy as np, mirhydro as mir
n = 3000
vf = np.zeros((2, n, n)); vf[0] = 1
vf[0, n // 2], vf[1, n // 2] = 0.25, 0.75
d, out = np.full((n, n + 1), 0.25), np.ones((2, n, n + 1))
rec = mir.Reconstructor("elvira", threads=int(sys.argv[1]))
rec(vf[:, :8]).swept("x", d[:8], out=out[:, :8])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
r = rec(vf)
r.swept("x", d, out=out)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * 1024, vf.nbytes)
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_peak_memory_of_a_large_mesh_is_a_few_bits_a_cell(threads):
    """9 million cells, 3000 mixed: what a call needs beside the host's arrays is below a tenth of the fractions."""
    run = subprocess.run([sys.executable, "-c", PEAK, str(threads)], capture_output=True, text=True, check=True)
    used, fractions = map(int, run.stdout.split())
    assert used < 0.1 * fractions, f"{used} bytes beside {fractions}"


VAST = """
import resource, sys
import numpy as np, mirhydro as mir
tile = mir.volume_fractions([mir.Circle((.5, .5), .16)], 100, 100)[0]
vf = np.empty((2, 10_000, 10_000))
for j in range(0, 10_000, 100):
    vf[0, j:j + 100] = np.tile(tile, (1, 100)) if j < 8100 else 0
np.subtract(1, vf[0], out=vf[1])
rec = mir.Reconstructor(sys.argv[1])
one = rec(np.stack([tile, 1 - tile]))
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
r = rec(vf)
first = peak()
for _ in range(2):
    rec(vf, out=r)
loop = peak()
assert r.stats.mixed == 8100 * one.stats.mixed
j, i = r.cells[-1]
assert abs(r.volumes()[-1] - vf[:, j, i]).max() < 1e-14
print(first - before, loop - before, vf.nbytes, r.stats.mixed)
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["elvira", "ppic", "neural"])
def test_a_hundred_million_cells(method):
    """P13: 1e8 cells, 1e6 of them mixed, 1.6 GB of fractions: at the peak of a call, and of a loop, 1.3 times that."""
    run = subprocess.run([sys.executable, "-c", VAST, method], capture_output=True, text=True, check=True)
    first, loop, fractions, mixed = map(int, run.stdout.split())
    assert 1.0e6 < mixed < 1.01e6
    assert first < 0.2 * fractions, f"{first} bytes beside {fractions} in the first call"
    assert loop < 0.3 * fractions, f"{loop} bytes beside {fractions} in a loop"


LIMIT = """
import resource
import numpy as np, mirhydro as mir
vf = mir.volume_fractions([mir.Circle((.5, .5), .3)], 64, 64)
one = mir.Reconstructor("elvira")(vf).volumes()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**21, resource.RLIM_INFINITY))
try:
    r = mir.Reconstructor("elvira", threads=64)(vf)
    print("worked", np.array_equal(r.volumes(), one))
except (RuntimeError, MemoryError, OSError) as error:
    print("refused", error)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print("alive", np.array_equal(mir.Reconstructor("elvira")(vf).volumes(), one))
"""


def test_threads_that_cannot_start_do_not_end_the_process():
    """No room for 64 stacks: fewer threads, or an error; the process goes on."""
    run = subprocess.run([sys.executable, "-c", LIMIT], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "alive True", run.stdout
    assert run.stdout.startswith(("worked True", "refused"))


OOM = """
import resource
import numpy as np, mirhydro as mir
n = 2500
vf = np.random.default_rng(0).uniform(size=(2, n, n)); vf[1] = 1 - vf[0]
small = vf[:, :20, :20].copy()
rec = mir.Reconstructor("myc")
r = rec(small); before = r.volumes()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 200 * 2**20, resource.RLIM_INFINITY))
try:
    rec(vf, out=r)
    print("no error")
except MemoryError as error:
    print("MemoryError", np.array_equal(r.volumes(), before))
print(np.array_equal(rec(small, out=r).volumes(), before))
"""


def test_no_memory_is_an_error_and_the_result_lives():
    """P6: 6 million mixed cells in 200 MiB."""
    run = subprocess.run([sys.executable, "-c", OOM], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n")[:2] == ["MemoryError True", "True"]
