"""The device path where there is no GPU: a stand-in with memory out of the processor's reach (stand_in/device.cpp).

It shows what a GPU's own tests cannot: how many bytes go to the host and back, and that no one looks in passing.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from nets import batch
from rough_fields import rough

import mirhydro as mir
from mirhydro.build import torch_problem

pytestmark = [
    pytest.mark.skipif(bool(torch_problem()), reason=str(torch_problem())),
    pytest.mark.skipif(shutil.which("g++") is None or shutil.which("ninja") is None, reason="no compiler, or no ninja"),
]
CLOSE = 1e-14
NAME = "stand_in"


@pytest.fixture(scope="module")
def torch():
    import torch

    return torch


@pytest.fixture(scope="module")
def device(torch, tmp_path_factory):
    """Its module: `counts()`, `restart()`. Compiled once, in a minute."""
    from torch.utils import cpp_extension

    source = Path(__file__).parent / "stand_in" / "device.cpp"
    module = cpp_extension.load(
        "stand_in_device", [str(source)], ["-O1"], build_directory=str(tmp_path_factory.mktemp("stand_in"))
    )
    torch.utils.rename_privateuse1_backend(NAME)
    torch._register_device_module(NAME, module)
    usual = torch.Tensor.__dlpack_device__

    def dlpack_device(x):  # torch 2.13 knows plug-ins by a name only that its own parser refuses
        return (torch.utils.dlpack.DLDeviceType.kDLExtDev, x.device.index) if x.device.type == NAME else usual(x)

    torch.Tensor.__dlpack_device__ = dlpack_device
    yield module
    torch.Tensor.__dlpack_device__ = usual


def field():
    return mir.volume_fractions([mir.Circle((0.4, 0.53), 0.3)], 40, 48)


def displacement(vf, seed=2):
    _, ny, nx = vf.shape
    return np.random.default_rng(seed).random((ny, nx + 1)) - 0.5


def test_memory_of_the_stand_in_is_out_of_reach(device, torch):
    """Or all of this would prove nothing."""
    x = torch.arange(5.0, device=NAME)
    assert (x * 2).cpu().tolist() == [0, 2, 4, 6, 8]
    touch = f"""
import ctypes, sys
import torch
sys.path.insert(0, {str(Path(device.__file__).parent)!r})
import stand_in_device
torch.utils.rename_privateuse1_backend({NAME!r})
torch._register_device_module({NAME!r}, stand_in_device)
x = torch.ones(4, device={NAME!r})
print(x.sum().item(), flush=True)
print(ctypes.string_at(x.data_ptr(), 4))
"""
    run = subprocess.run([sys.executable, "-c", touch], capture_output=True, text=True)
    assert run.returncode == -signal.SIGSEGV and run.stdout == "4.0\n", run.stderr


@pytest.mark.parametrize("model", ["neural", "neural-fine"])
@pytest.mark.parametrize("boundary", ["mirror", "periodic"])
def test_a_field_stays_there(device, torch, model, boundary):
    vf = rough(33, 29)
    d = displacement(vf)
    here = mir.Reconstructor(model, engine="torch", boundary=boundary)(vf)
    rec = mir.Reconstructor(model, device=NAME, boundary=boundary)
    there, d_there = torch.from_numpy(vf).to(NAME), torch.from_numpy(d).to(NAME)
    out = torch.empty(2, *d.shape, dtype=torch.float64, device=NAME)
    address = out.data_ptr()
    device.restart()
    r = rec(there)
    assert r.swept("x", d_there, out=out) is out and out.data_ptr() == address
    volumes, cells = r.volumes(), r.cells
    counts = device.counts()
    assert isinstance(r, mir.DeviceReconstruction) and counts.operations > 500
    assert counts.to_host == 0, "not an array came to the host"
    assert counts.scalars < 70, "single numbers that decide"
    assert counts.to_device < 20_000, "tables, whatever the size of the field"
    np.testing.assert_array_equal(cells.cpu().numpy(), here.cells)
    np.testing.assert_allclose(volumes.cpu().numpy(), here.volumes(), atol=CLOSE)
    np.testing.assert_allclose(out.cpu().numpy(), here.swept("x", d), atol=CLOSE)


def test_what_goes_there_does_not_grow_with_the_field(device, torch):
    rec = mir.Reconstructor("neural", device=NAME)
    sent, read = [], []
    for n in (24, 48):
        there = torch.from_numpy(mir.volume_fractions([mir.Circle((0.4, 0.53), 0.3)], n, n)).to(NAME)
        device.restart()
        rec(there)
        sent.append(device.counts().to_device)
        read.append(device.counts().scalars)
    assert sent[1] - sent[0] <= 24 * 8 * 6, "numbers of rows and columns alone"
    assert abs(read[1] - read[0]) <= 3, "rounds of a search at most"


def test_memory_is_given_back(device, torch):
    rec = mir.Reconstructor("neural", device=NAME)
    there = torch.from_numpy(field()).to(NAME)
    r = rec(there)
    kept = device.counts().live
    for _ in range(3):
        rec(there, out=r)
        assert device.counts().live == kept
    device.restart()
    rec(there, out=r)
    cells = len(r)
    # a page at least is what the stand-in gives each of some hundred temporaries
    assert device.counts().peak - kept < cells * 8192 + 600 * 4096


@pytest.mark.parametrize("model", ["neural", "neural-fine", "autoencoder-shrunk"])
def test_an_engine_answers_there(device, torch, model):
    e = mir.Engine(model, engine="torch", device=NAME)
    shape = e.input_shape
    x = batch(40) if shape == (55,) else np.random.default_rng(1).uniform(-1, 1, (40, *shape)).astype(np.float32)
    wanted = mir.Engine(model).infer(x)
    there = torch.from_numpy(x).to(NAME)
    device.restart()
    y = e.infer(there)
    assert y.device.type == NAME and device.counts().to_host == 0 and device.counts().to_device == 0
    out = torch.empty_like(y)
    at = out.data_ptr()
    assert e.infer(there, out=out) is out and out.data_ptr() == at
    assert device.counts().to_host == 0 and device.counts().to_device == 0
    for answer in (y, out):
        np.testing.assert_allclose(answer.cpu().numpy(), wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(e.infer(x), wanted, rtol=1e-5, atol=1e-5)  # of the host: there and back


def test_images_that_are_not_in_one_piece_are_refused(device, torch):
    """What a library would copy, it would write to in vain."""
    e = mir.Engine("autoencoder-shrunk", engine="torch", device=NAME)
    x = torch.zeros(3, 64, 64, device=NAME)
    out = torch.zeros(3, 64, 128, device=NAME)[:, :, :64]
    with pytest.raises(ValueError, match="out: the axes of one cell are not contiguous"):
        e.infer(x, out=out)
    with pytest.raises(ValueError, match="batch: the axes of one cell are not contiguous"):
        e.infer(x.transpose(1, 2))


def test_wrong_devices_are_named(device, torch):
    vf = torch.from_numpy(field())
    d = torch.zeros(40, 49, dtype=torch.float64)
    with pytest.raises(ValueError, match=rf'device = "{NAME}:2": there are 2 \w+ devices'):
        mir.Reconstructor("neural", device=f"{NAME}:2")
    rec = mir.Reconstructor("neural", device=f"{NAME}:1")
    with pytest.raises(ValueError, match=rf"vf lies on {NAME}:0, the engine on {NAME}:1"):
        rec(vf.to(f"{NAME}:0"))
    r = rec(vf.to(f"{NAME}:1"))
    assert r.volumes().device.index == 1
    with pytest.raises(TypeError, match="displacement lies on a device of kind 1"):
        r.swept("x", d)
    with pytest.raises(ValueError, match=rf"displacement lies on {NAME}:0, the engine on {NAME}:1"):
        r.swept("x", d.to(f"{NAME}:0"), out=torch.empty(2, 40, 49, dtype=torch.float64, device=f"{NAME}:1"))
    with pytest.raises(TypeError, match="out lies on a device of kind 1"):
        r.swept("x", d.to(f"{NAME}:1"), out=torch.empty(2, 40, 49, dtype=torch.float64))
    with pytest.raises(TypeError, match="this engine reads CPU memory"):
        mir.Reconstructor("neural")(vf.to(NAME))
    for other in ("cuda", "xpu", "mps"):
        if not getattr(torch, other).is_available():
            with pytest.raises(ValueError, match=rf'device = "{other}": LibTorch .* sees no {other} device'):
                mir.Engine("neural", engine="torch", device=other)


def test_a_host_field_is_answered_there(device, torch):
    """The net alone runs there; geometry stays on the processor. Three materials, too."""
    vf = mir.volume_fractions([mir.Circle((0.4, 0.5), 0.3), mir.Circle((0.7, 0.5), 0.2)], 32, 32)
    there = mir.Reconstructor("neural", engine="torch", device=NAME)(vf)
    np.testing.assert_allclose(there.subcell(4), mir.Reconstructor("neural")(vf).subcell(4), atol=1e-4)


def test_the_throughput_study_finds_it(device, torch):
    from mirhydro.bench import measure, runners

    assert runners.accelerators() == [f"{NAME}:0", f"{NAME}:1"]
    found, _ = runners.runners(Path("neural"), ("torch",), [f"{NAME}:0"])
    rows = measure.by_batch(found[:1], ((55,), (10,)), (1, 4), 1)
    assert [row["batch"] for row in rows] == [1, 4]
    assert all(row["seconds"] > 0 and row["seconds_resident"] > 0 for row in rows)
