"""The bare inference engine: one suite over native and torch, and over what a host may hand in."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from nets import batch, forward, written

import mirhydro as mir
from mirhydro.build import torch_problem

TORCH = pytest.param("torch", marks=pytest.mark.skipif(bool(torch_problem()), reason=torch_problem()))
every_engine = pytest.mark.parametrize("engine", ["native", TORCH])
SIZES = (0, 1, 63, 64, 65, 1000)


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    return written(tmp_path_factory.mktemp("models"))


@every_engine
@pytest.mark.parametrize("n", SIZES)
def test_the_numbers_are_those_of_a_forward_pass(engine, n, net):
    path, model = net
    x = batch(n)
    y = mir.Engine(path, engine=engine).infer(x)
    assert y.shape == (n, 26) and y.dtype == np.float32
    np.testing.assert_allclose(y, forward(model, x), rtol=1e-5, atol=1e-5)


@every_engine
@pytest.mark.parametrize("widths", [(55, 48, 48, 17), (55, 32, 10), (7, 1, 10), (1, 130, 3, 26), (55, 64, 64, 64, 26)])
def test_any_widths(engine, widths, tmp_path):
    path, model = written(tmp_path, widths, seed=4)
    x = batch(100, widths[0])
    e = mir.Engine(path, engine=engine)
    assert e.input_shape == (widths[0],) and e.output_shape == (widths[-1],)
    np.testing.assert_allclose(e.infer(x), forward(model, x), rtol=1e-5, atol=1e-5)


@every_engine
def test_bfloat16_is_near(engine, net):
    """8 bits of mantissa in three layers: 1% of the outputs' size."""
    path, model = net
    x = batch(500)
    truth = forward(model, x)
    error = np.abs(mir.Engine(path, engine=engine, precision="bfloat16").infer(x) - truth)
    assert error.max() < 0.05 * np.abs(truth).max()
    assert 1e-4 < np.sqrt((error**2).mean()) < 0.01 * np.abs(truth).max(), "rounded, but no more"


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("threads", [1, 2])
def test_native_gives_the_same_bits_whatever_the_batch(precision, threads, net):
    e = mir.Engine(net[0], precision=precision, threads=threads)
    x = batch(3000)
    whole = e.infer(x)
    for n in (1, 15, 16, 17, 63, 64, 65, 999):
        np.testing.assert_array_equal(e.infer(x[:n]), whole[:n])
    np.testing.assert_array_equal(e.infer(x[::-1]), whole[::-1])
    order = np.random.default_rng(0).permutation(len(x))
    np.testing.assert_array_equal(e.infer(x[order]), whole[order])


OTHER_SET = """
import sys, numpy as np, mirhydro as mir
x = np.load(sys.argv[2])
for precision in ("float32", "bfloat16"):
    np.save(sys.argv[3] + precision + ".npy", mir.Engine(sys.argv[1], precision=precision).infer(x))
"""


@pytest.mark.parametrize("name", ["portable", "avx2"])
def test_native_gives_the_same_bits_on_every_instruction_set(name, net, tmp_path):
    """Sums of fused multiply-adds in a fixed order, in the hardware or out of it."""
    np.save(tmp_path / "x.npy", batch(70))
    command = [sys.executable, "-c", OTHER_SET, str(net[0]), str(tmp_path / "x.npy"), str(tmp_path) + "/"]
    run = subprocess.run(command, env={**os.environ, "MIRHYDRO_SIMD": name}, capture_output=True, text=True)
    if "one that this processor and build have" in run.stderr:
        pytest.skip(f"no {name}")
    assert run.returncode == 0, run.stderr
    for precision in ("float32", "bfloat16"):
        here = mir.Engine(net[0], precision=precision).infer(batch(70))
        np.testing.assert_array_equal(np.load(tmp_path / f"{precision}.npy"), here)


@every_engine
def test_any_strides_in_place(engine, net):
    e = mir.Engine(net[0], engine=engine)
    x = batch(130)
    wanted = e.infer(x)
    wide = np.full((130, 171), np.nan, np.float32)
    wide[:, 3:168:3] = x
    room = np.full((260, 60), 7.0, np.float32)
    forms = {
        "columns": (wide[:, 3:168:3], np.empty((130, 26), np.float32)),
        "upside down": (x[::-1], np.empty((130, 26), np.float32)[::-1]),
        "Fortran": (np.asfortranarray(x), np.empty((130, 26), np.float32, order="F")),
        "mirrored columns": (x[:, ::-1].copy()[:, ::-1], np.empty((130, 26), np.float32)[:, ::-1]),
        "between others": (x, room[::2, 5:57:2]),
    }
    for name, (cells, out) in forms.items():
        assert e.infer(cells, out=out) is out
        expected = wanted[::-1] if name == "upside down" else wanted
        np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5, err_msg=name)
    np.testing.assert_array_equal(room[1::2], 7)
    np.testing.assert_array_equal(room[:, :5], 7)
    np.testing.assert_array_equal(room[:, 6:57:2], 7)
    np.testing.assert_allclose(e.infer(np.broadcast_to(x[0], (9, 55))), np.broadcast_to(wanted[0], (9, 26)), atol=1e-5)
    shared = np.empty((130, 81), np.float32)
    shared[:, :55] = x
    e.infer(shared[:, :55], out=shared[:, 55:])  # columns of one array: no element in common
    np.testing.assert_allclose(shared[:, 55:], wanted, rtol=1e-5, atol=1e-5)


@every_engine
def test_buffers_and_dlpack(engine, net):
    e = mir.Engine(net[0], engine=engine)
    x = batch(5)

    class Other:  # an array library that NumPy does not know
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **options):
            return self.array.__dlpack__(**options)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    np.testing.assert_array_equal(e.infer(memoryview(x)), e.infer(x))
    out = np.empty((5, 26), np.float32)
    target = Other(out)
    assert e.infer(Other(x), out=target) is target
    np.testing.assert_array_equal(out, e.infer(x))


class OnDevice:
    shape = (5, 55)

    def __dlpack__(self, **_options):
        raise AssertionError("nobody on the CPU may ask for it")

    def __dlpack_device__(self):
        return (2, 1)


@every_engine
def test_what_does_not_fit_is_refused_by_name(engine, net):
    e = mir.Engine(net[0], engine=engine)
    x, out = batch(5), np.full((5, 26), 3.0, np.float32)
    locked = out.copy()
    locked.flags.writeable = False
    whole = np.empty(5 * 55 + 5 * 26, np.float32)
    cases = [
        (x.astype(np.float64), out, TypeError, "batch has dtype float64, not float32"),
        (x.astype(np.float16), out, TypeError, "batch has dtype float16"),
        (x.astype(">f4"), out, TypeError, "batch has dtype >f4"),
        (x.tolist(), out, TypeError, "batch is a list"),
        (np.ma.masked_array(x), out, TypeError, "batch is a masked array"),
        (None, out, TypeError, "batch is a NoneType"),
        (OnDevice(), out, TypeError, r"batch lies on device \(2, 1\)"),
        (x[:, :54], out, ValueError, r"batch has the shape \(5, 54\), not \(n, 55\)"),
        (x[0], out, ValueError, r"batch has the shape \(55,\), not \(n, 55\)"),
        (np.float32(1), out, (TypeError, ValueError), "batch"),
        (x[None], out, ValueError, r"batch has the shape \(1, 5, 55\)"),
        (x, out[:4], ValueError, r"out has the shape \(4, 26\), not \(5, 26\)"),
        (x, out.astype(np.float64), TypeError, "out has dtype float64"),
        (x, locked, ValueError, "out is read-only"),
        (x, np.broadcast_to(out[0], (5, 26)), ValueError, "out is read-only"),
        (x, OnDevice(), TypeError, "out lies on device"),
        (whole[: 5 * 55].reshape(5, 55), whole[5 * 55 - 1 : -1].reshape(5, 26), ValueError, "out shares memory"),
        (np.frombuffer(x.tobytes() + b"....", np.uint8)[4:].view(np.float32).reshape(5, 55), None, None, ""),
    ]
    for cells, target, error, text in cases:
        if error is None:
            continue
        with pytest.raises(error, match=text):
            e.infer(cells, out=target)
    np.testing.assert_array_equal(out, 3, "nothing was written")
    bytes_ = np.zeros(x.nbytes + 4, np.uint8)
    off = bytes_[1 : 1 + x.nbytes].view(np.float32).reshape(5, 55)
    with pytest.raises(ValueError, match="not aligned"):
        e.infer(off)
    overlapping = np.lib.stride_tricks.as_strided(np.empty(100, np.float32), (5, 26), (4, 4))
    with pytest.raises(ValueError, match="out overlaps itself"):
        e.infer(x, out=overlapping)


def test_options_are_refused_by_name(net, tmp_path):
    path = net[0]
    for options, error, text in [
        ({"engine": "onnx"}, ValueError, 'engine = "onnx": native or torch'),
        ({"engine": 3}, TypeError, "engine is a int"),
        ({"precision": "half"}, ValueError, 'precision = "half": float32, bfloat16 or float16'),
        ({"precision": "float16"}, ValueError, 'precision = "float16": the native engine'),
        ({"device": "cuda:0"}, ValueError, 'device = "cuda:0": the native engine'),
        ({"threads": 0}, ValueError, "threads = 0"),
        ({"threads": 1.5}, TypeError, "threads = 1.5"),
    ]:
        with pytest.raises(error, match=text):
            mir.Engine(path, **options)
    with pytest.raises(ValueError, match=r"model = \"nothing\": no nothing.safetensors in .*models"):
        mir.Engine("nothing")
    with pytest.raises(ValueError, match=r"model file .*none.safetensors: No such file"):
        mir.Engine(tmp_path / "none.safetensors")
    with pytest.raises(TypeError):
        mir.Engine(7)


def test_models_are_found_by_name(net):
    code = "import mirhydro as mir; print(mir.models(), mir.Engine('net0').output_shape)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "MIRHYDRO_MODELS": f"/none:{net[0].parent}"},
    )
    assert run.stdout.strip() == "['net0'] (26,)", run.stderr


@every_engine
def test_many_threads_on_one_engine(engine, net):
    e = mir.Engine(net[0], engine=engine)
    batches = [batch(500, seed=k) for k in range(8)]
    wanted = [e.infer(x) for x in batches]
    found = [np.empty_like(y) for y in wanted]

    def work(k):
        for _ in range(10):
            e.infer(batches[k], out=found[k])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@every_engine
def test_the_file_may_change_and_go(engine, net, tmp_path):
    """M4: it was read whole."""
    file = tmp_path / "copy.safetensors"
    file.write_bytes(Path(net[0]).read_bytes())
    e = mir.Engine(str(file), engine=engine)
    clean = e.infer(batch(70))
    with file.open("r+b") as f:
        f.write(bytes(file.stat().st_size))
    np.testing.assert_array_equal(e.infer(batch(70)), clean)
    file.unlink()
    np.testing.assert_array_equal(e.infer(batch(70)), clean)


def test_a_nan_stays_in_its_row(net):
    e = mir.Engine(net[0])
    x = batch(70)
    clean = e.infer(x)
    x[33, 4] = np.nan
    y = e.infer(x)
    assert np.isnan(y[33]).all()
    np.testing.assert_array_equal(np.delete(y, 33, 0), np.delete(clean, 33, 0))


def test_an_engine_says_what_runs(net):
    assert "native" in repr(mir.Engine(net[0]))
    with pytest.raises(TypeError):
        pickle.dumps(mir.Engine(net[0])._native)


def test_the_native_engine_leaves_torch_alone(net):
    code = f"import sys, mirhydro as mir; mir.Engine({str(net[0])!r}); print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


STATE = """
import ctypes, sys
import numpy as np, mirhydro as mir
libm = ctypes.CDLL("libm.so.6")
state = ctypes.create_string_buffer(64)
def control():
    libm.fegetenv(state)
    return state.raw[0:2], int.from_bytes(state.raw[28:32], "little") & ~0x3F, libm.fegetround()
before = control()
x = np.random.default_rng(0).normal(size=(100, 55)).astype(np.float32)
engines = [mir.Engine(sys.argv[1], precision=p, threads=t) for p in ("float32", "bfloat16") for t in (1, 2)]
wanted = [e.infer(x) for e in engines]
assert control() == before
for mode in (0x400, 0x800, 0xC00):
    libm.fesetround(mode)
    found = [e.infer(x) for e in engines]
    assert libm.fegetround() == mode
    libm.fesetround(0)
    for a, b in zip(found, wanted):
        assert np.abs(a - b).max() < 0.05 * np.abs(b).max(), mode
assert float("5e-324") * 1 > 0
print("unchanged")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads glibc's floating-point environment")
def test_the_floating_point_state_is_left_alone(net):
    """P2, P3: control words and rounding are the host's before and after; any rounding gives a near result."""
    run = subprocess.run([sys.executable, "-c", STATE, str(net[0])], capture_output=True, text=True)
    assert run.stdout.strip() == "unchanged", run.stderr
