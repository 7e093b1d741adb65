"""The torch engine on a GPU: figures of the native engine, arrays that stay where they are, memory that ends."""

from __future__ import annotations

import numpy as np
import pytest
from nets import batch

import mirhydro as mir
from mirhydro.build import torch_problem


def _reason() -> str:
    if torch_problem():
        return str(torch_problem())
    import torch

    return "" if torch.cuda.is_available() else f"torch {torch.__version__} sees no CUDA device"


REASON = _reason()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module")
def torch():
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    return torch


@pytest.mark.parametrize("model", ["neural", "neural-fine"])
@pytest.mark.parametrize("n", [1, 77, 5000])
def test_cpu_arrays_go_there_and_back(torch, model, n):
    x = batch(n)
    y = mir.Engine(model, engine="torch", device="cuda").infer(x)
    np.testing.assert_allclose(y, mir.Engine(model).infer(x), **CLOSE)


@pytest.mark.parametrize("model", ["neural", "neural-fine"])
def test_device_arrays_stay(torch, model):
    x = batch(3000)
    there = torch.from_numpy(x).cuda()
    e = mir.Engine(model, engine="torch", device="cuda")
    y = e.infer(there)
    assert y.is_cuda
    np.testing.assert_allclose(y.cpu().numpy(), mir.Engine(model).infer(x), **CLOSE)
    out = torch.empty_like(y)
    at = out.data_ptr()
    before = torch.cuda.memory_allocated()
    assert e.infer(there, out=out) is out and out.data_ptr() == at
    assert torch.cuda.memory_allocated() == before, "buffers are kept"
    torch.testing.assert_close(out, y, rtol=0, atol=0)


def test_arrays_of_cupy_stay(torch):
    cupy = pytest.importorskip("cupy")
    x = batch(500)
    y = mir.Engine("neural", engine="torch", device="cuda").infer(cupy.asarray(x))
    assert isinstance(y, cupy.ndarray)
    np.testing.assert_allclose(cupy.asnumpy(y), mir.Engine("neural").infer(x), **CLOSE)


def test_arrays_elsewhere_are_refused(torch):
    e = mir.Engine("neural", engine="torch", device="cuda")
    there = torch.from_numpy(batch(4)).cuda()
    with pytest.raises(TypeError, match="out lies in CPU memory, batch on a device"):
        e.infer(there, out=np.empty((4, 10), np.float32))
    with pytest.raises((TypeError, ValueError), match="batch"):
        mir.Engine("neural").infer(there)
    with pytest.raises((TypeError, ValueError), match="float32"):
        e.infer(there.double(), out=torch.empty(4, 10, device="cuda"))
    many = torch.cuda.device_count()
    with pytest.raises(ValueError, match=rf'device = "cuda:{many}"'):
        mir.Engine("neural", engine="torch", device=f"cuda:{many}")


def test_a_batch_that_does_not_fit_is_split(torch):
    """Memory for a part of the batch alone: the engine halves its parts until they fit."""
    x = torch.from_numpy(batch(1000)).cuda().repeat(1000, 1)
    e = mir.Engine("neural", engine="torch", device="cuda")
    wanted = e.infer(x[:1000])
    out = torch.empty(len(x), 10, device="cuda")
    torch.cuda.empty_cache()
    _, total = torch.cuda.mem_get_info()
    held = torch.cuda.memory_reserved()
    torch.cuda.set_per_process_memory_fraction((held + 60 * 2**20) / total)
    try:
        fresh = mir.Engine("neural", engine="torch", device="cuda")
        fresh.infer(x, out=out)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    torch.testing.assert_close(out[-1000:], wanted, **CLOSE)


@pytest.mark.parametrize("nmat", [2, 3])
def test_a_reconstructor_asks_the_device(torch, nmat):
    shapes = [mir.Circle((0.4, 0.5), 0.3), mir.Circle((0.7, 0.5), 0.2)][: nmat - 1]
    vf = mir.volume_fractions(shapes, 64, 64)
    there = mir.Reconstructor("neural", engine="torch", device="cuda")(vf)
    here = mir.Reconstructor("neural")(vf)
    np.testing.assert_allclose(there.subcell(4), here.subcell(4), atol=1e-4)
    assert there.stats.residual < 1e-14


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_lower_precision_is_near(torch, precision):
    x = batch(3000)
    y = mir.Engine("neural", engine="torch", device="cuda", precision=precision).infer(x)
    exact = mir.Engine("neural").infer(x)
    assert np.abs(y - exact).mean() < 0.02 * np.abs(exact).mean() + 1e-3


@pytest.mark.parametrize("model", ["neural", "neural-fine"])
@pytest.mark.parametrize("boundary", ["mirror", "periodic"])
def test_a_field_on_the_device_stays_there(torch, model, boundary):
    vf = mir.volume_fractions([mir.Circle((0.4, 0.53), 0.3)], 96, 80)
    rec = mir.Reconstructor(model, device="cuda", boundary=boundary)
    here, there = mir.Reconstructor(model, boundary=boundary)(vf), rec(torch.from_numpy(vf).cuda())
    assert isinstance(there, mir.DeviceReconstruction)
    assert there.cells.is_cuda
    np.testing.assert_array_equal(there.cells.cpu().numpy(), here.cells)
    np.testing.assert_allclose(there.volumes().cpu().numpy(), here.volumes(), atol=1e-14)
    rng = np.random.default_rng(2)
    for axis, shape in (("x", (96, 81)), ("y", (97, 80))):
        d = rng.random(shape) - 0.5
        swept = there.swept(axis, torch.from_numpy(d).cuda())
        assert swept.is_cuda
        np.testing.assert_allclose(swept.cpu().numpy(), here.swept(axis, d), atol=1e-6)


def test_fields_elsewhere_are_refused(torch):
    vf = torch.from_numpy(mir.volume_fractions([mir.Circle((0.4, 0.53), 0.3)], 32, 32))
    rec = mir.Reconstructor("neural", device="cuda")
    there = rec(vf.cuda())
    d = torch.zeros(32, 33, dtype=torch.float64)
    with pytest.raises(TypeError, match="displacement lies on a device of kind 1"):
        there.swept("x", d)
    with pytest.raises(TypeError, match="out lies on a device of kind 1"):
        there.swept("x", d.cuda(), out=torch.empty(2, 32, 33, dtype=torch.float64))
    with pytest.raises(TypeError, match="this engine reads CPU memory"):
        mir.Reconstructor("neural")(vf.cuda())
    with pytest.raises(TypeError, match="where and centroids"):
        rec(vf.cuda(), where=np.ones((32, 32), bool))
    with pytest.raises(TypeError, match="out is a Reconstruction"):
        rec(vf.cuda(), out=mir.Reconstruction())
    if torch.cuda.device_count() > 1:
        with pytest.raises(ValueError, match="vf lies on cuda:1, the engine on cuda:0"):
            rec(vf.to("cuda:1"))


def test_fields_of_cupy_stay(torch):
    cupy = pytest.importorskip("cupy")
    vf = mir.volume_fractions([mir.Circle((0.4, 0.53), 0.3)], 32, 32)
    there = mir.Reconstructor("neural", device="cuda")(cupy.asarray(vf))
    swept = there.swept("x", cupy.full((32, 33), 0.25))
    assert isinstance(swept, cupy.ndarray)
    here = mir.Reconstructor("neural")(vf).swept("x", np.full((32, 33), 0.25))
    np.testing.assert_allclose(cupy.asnumpy(swept), here, atol=1e-6)
