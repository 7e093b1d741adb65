"""The torch engine's own side: users' TorchScript modules under the contract of every engine, and a LibTorch that is
missing, of another version, without CUDA, or on the wrong side of a fork."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from nets import batch, written
from rough_fields import rough

import mirhydro as mir
from mirhydro import _built, build
from mirhydro.build import torch_problem

needs_torch = pytest.mark.skipif(bool(torch_problem()), reason=torch_problem())


def script(folder: Path, name: str, body: str, inputs: int = 55) -> Path:
    """A TorchScript file of a module, made in a process of its own: this one shall not import torch."""
    path = folder / f"{name}.pt"
    source = f"import warnings; warnings.simplefilter('ignore')\nimport torch\n{textwrap.dedent(body)}\n"
    source += f"torch.manual_seed(0)\ntorch.jit.script(Module()).save({str(path)!r})\n"
    (folder / f"{name}.py").write_text(source)
    run = subprocess.run([sys.executable, str(folder / f"{name}.py")], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return path


LINEAR = """
class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(55, 20), torch.nn.Tanh(), torch.nn.Dropout(0.5),
                                       torch.nn.Linear(20, 26))
    def forward(self, x):
        return self.net(x)
"""


@needs_torch
def test_float16_is_nearer_than_bfloat16(tmp_path):
    """11 bits of mantissa for 8, in nets of ours, in modules, and under a reconstructor."""
    script_path = script(tmp_path, "linear", LINEAR)
    for model, more in ((written(tmp_path)[0], {}), (script_path, {"trusted": True})):
        x = batch(300)
        exact = mir.Engine(model, engine="torch", **more).infer(x)
        off = [
            abs(mir.Engine(model, engine="torch", precision=p, **more).infer(x) - exact).max()
            for p in ("float16", "bfloat16")
        ]
        assert 0 < off[0] < 0.3 * off[1]
    assert repr(mir.Engine("neural", engine="torch", precision="float16")).count("float16") >= 1
    vf = mir.volume_fractions([mir.Circle((0.4, 0.5), 0.3)], 32, 32)
    there = mir.Reconstructor("neural", engine="torch", precision="float16")(vf)
    assert there.stats.kept == 0 and there.stats.residual < 1e-14
    np.testing.assert_allclose(there.subcell(4), mir.Reconstructor("neural")(vf).subcell(4), atol=1e-2)


@needs_torch
def test_a_users_module_runs_where_it_is_trusted(tmp_path):
    path = script(tmp_path, "linear", LINEAR)
    with pytest.raises(ValueError, match=r"linear.pt: a zip archive; TorchScript modules run with engine = .torch."):
        mir.Engine(path)
    with pytest.raises(ValueError, match="runs code of its own; trusted = True allows that"):
        mir.Engine(path, engine="torch")
    e = mir.Engine(path, engine="torch", trusted=True)
    assert e.input_shape == (55,) and e.output_shape == (26,)
    x = batch(300)
    y = e.infer(x)
    np.testing.assert_array_equal(y, e.infer(x), "no dropout: it is not in training")
    command = f"import torch, numpy as np; m = torch.jit.load({str(path)!r}).eval(); "
    command += "x = torch.from_numpy(np.load('x.npy')); np.save('y.npy', m(x).detach().numpy())"
    np.save(tmp_path / "x.npy", x)
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    np.testing.assert_allclose(y, np.load(tmp_path / "y.npy"), rtol=1e-5, atol=1e-6)
    out = np.zeros((300, 52), np.float32)[:, ::-2]
    np.testing.assert_allclose(e.infer(x[::-1], out=out), y[::-1], rtol=1e-5, atol=1e-6)


SHAPED = """
class Module(torch.nn.Module):
    input_shape: List[int]
    def __init__(self):
        super().__init__()
        self.input_shape = [1, 8, 6]
        self.conv = torch.nn.Conv2d(1, 2, 3, padding=1)
    def forward(self, x):
        return self.conv(x)
"""


@needs_torch
def test_a_module_may_name_the_shape_of_its_cells(tmp_path):
    e = mir.Engine(script(tmp_path, "shaped", "from typing import List\n" + SHAPED), engine="torch", trusted=True)
    assert e.input_shape == (1, 8, 6) and e.output_shape == (2, 8, 6)
    x = np.random.default_rng(0).normal(size=(7, 1, 8, 6)).astype(np.float32)
    y = e.infer(x)
    assert y.shape == (7, 2, 8, 6)
    np.testing.assert_allclose(e.infer(x[2:3]), y[2:3], rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=r"batch has the shape \(7, 48\), not \(n, 1, 8, 6\)"):
        e.infer(x.reshape(7, 48))
    with pytest.raises(ValueError, match="the axes of one cell are not contiguous"):
        e.infer(np.asfortranarray(x))


MISBEHAVED = {
    "raises": ("raise ValueError('I do not like it')", "I do not like it"),
    "pair": ("return x, x", "not a tensor"),
    "whole_numbers": ("return x.to(torch.int64)", "returns whole numbers"),
    "one_axis": ("return x.sum(1)", r"returns the shape \(2\) for 2 cells"),
    "other_rows": ("return torch.cat([x, x])", r"returns the shape \(4, 55\) for 2 cells"),
    "not_finite": ("return x / 0.0", "not finite for zeros"),
}


@needs_torch
@pytest.mark.parametrize("name", MISBEHAVED)
def test_a_module_that_breaks_the_contract_is_refused_when_loaded(name, tmp_path):
    body, reason = MISBEHAVED[name]
    path = script(tmp_path, name, f"class Module(torch.nn.Module):\n    def forward(self, x):\n        {body}")
    with pytest.raises(ValueError, match=f"{name}.pt.*{reason}"):
        mir.Engine(path, engine="torch", trusted=True)


LATER = """
class Module(torch.nn.Module):
    def forward(self, x):
        if float(x[0, 0]) == 1.0:
            raise RuntimeError("the first one is 1")
        if float(x[0, 0]) == 2.0:
            return x[:, :3]
        if float(x[0, 0]) == 3.0:
            return x / 0.0
        return x
"""


@needs_torch
def test_a_module_that_breaks_the_contract_later_is_an_error(tmp_path):
    e = mir.Engine(script(tmp_path, "later", LATER), engine="torch", trusted=True)
    x = batch(4)
    for value, reason in [
        (1, "the first one is 1"),
        (2, "another one than in its trial"),
        (3, r"out\[0\] is not finite"),
    ]:
        x[0, 0] = value
        with pytest.raises(ValueError, match=reason):
            e.infer(x)
    x[0, 0] = np.nan  # what was none before stays none, and is no fault of the module
    np.testing.assert_array_equal(e.infer(x), x)
    x[0, 0] = 0
    np.testing.assert_array_equal(e.infer(x), x)


HUNGRY = """
class Module(torch.nn.Module):
    def forward(self, x):
        return x + torch.zeros(x.size(0), FLOATS)[:, :55]
"""

LIMITED = """
import resource, sys
import numpy as np, mirhydro as mir
e = mir.Engine(sys.argv[1], engine="torch", trusted=True)
x = np.arange(3000 * 55, dtype=np.float32).reshape(3000, 55)
out = np.zeros_like(x)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]) * 2**20, resource.RLIM_INFINITY))
try:
    print(np.array_equal(e.infer(x, out), x))
except MemoryError as error:
    print(error)
"""


@needs_torch
@pytest.mark.parametrize(
    "floats, room, said", [("1 << 20", 400, "True"), ("1 << 26", 100, "out of memory for a single cell")]
)
def test_a_batch_that_does_not_fit_is_halved_until_it_does(floats, room, said, tmp_path):
    """4 MiB a cell: 2048 cells at once want 8 GiB of the 400 MiB left; 256 MiB a cell: not even one has room.

    What is left is far more than all else in the call takes. On a GPU the same code sees the same lack.
    """
    path = script(tmp_path, "hungry", HUNGRY.replace("FLOATS", floats))
    command = [sys.executable, "-c", LIMITED, str(path), str(room)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert said in run.stdout, run.stderr


@needs_torch
def test_tensors_of_the_engines_own_device_stay_there(tmp_path):
    """What a GPU's arrays take, with arrays of the processor in their place."""
    path, _ = written(tmp_path)
    e = mir.Engine(path, engine="torch")
    x, out = batch(5000), np.zeros((5000, 26), np.float32)
    capsules = x.__dlpack__(), out.__dlpack__()
    e._native.infer_dlpack(*capsules)
    np.testing.assert_allclose(out, mir.Engine(path).infer(x), rtol=1e-5, atol=1e-5)
    with pytest.raises(ValueError, match="its capsule was used"):
        e._native.infer_dlpack(*capsules)
    for wrong, text in [
        (batch(5000).astype(np.float64), "batch is not float32"),
        (batch(5000)[:, :54], r"batch does not have the shape \(5000, 55\)"),
        (batch(4999), r"out does not have the shape \(4999, 26\)"),
    ]:
        with pytest.raises(ValueError, match=text):
            e._native.infer_dlpack(wrong.__dlpack__(), out.__dlpack__())
    references = sys.getrefcount(x)
    del capsules
    e._native.infer_dlpack(x.__dlpack__(), out.__dlpack__())
    assert sys.getrefcount(x) == references, "given back"
    with pytest.raises(TypeError, match="the native engine reads CPU memory"):
        mir.Engine(path)._native.infer_dlpack(x.__dlpack__(), out.__dlpack__())


@needs_torch
@pytest.mark.parametrize("damage", ["cut", "text", "zip"])
def test_a_script_that_is_none_is_refused(damage, tmp_path):
    path = script(tmp_path, "whole", LINEAR)
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "text":
        path.write_bytes(b"PK\x03\x04" + b"no archive at all" * 10)
    else:
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "a.txt").write_text("a")
        shutil.make_archive(str(tmp_path / "archive"), "zip", tmp_path / "folder")
        path.write_bytes((tmp_path / "archive.zip").read_bytes())
    with pytest.raises(ValueError, match=r"whole.pt: "):
        mir.Engine(path, engine="torch", trusted=True)


@needs_torch
def test_devices_that_are_not_there(tmp_path):
    path, _ = written(tmp_path)
    with pytest.raises(
        ValueError, match=r'device = "tpu": "cpu", or one of LibTorch.s: "cuda", "cuda:1", "xpu", "mps"'
    ):
        mir.Engine(path, engine="torch", device="tpu")
    with pytest.raises(ValueError, match=r'device = "cuda:x"'):
        mir.Engine(path, engine="torch", device="cuda:x")
    with pytest.raises(ValueError, match=r'device = "cuda:63": (LibTorch .* sees no cuda device|there are)'):
        mir.Engine(path, engine="torch", device="cuda:63")


@needs_torch
def test_no_import_of_torch(tmp_path):
    path, _ = written(tmp_path)
    code = f"""
import sys, numpy as np, mirhydro as mir
e = mir.Engine({str(path)!r}, engine="torch")
x = np.zeros((3, 55), np.float32)
y = e.infer(x)
assert "torch" not in sys.modules
import torch
before = torch.get_num_threads()
e.infer(x, out=torch.from_numpy(y))
assert torch.get_num_threads() == before
t = torch.zeros(3, 55)
np.testing.assert_array_equal(e.infer(t), y)
try:
    e.infer(t.requires_grad_())
except BufferError as error:
    print("batch:" in str(error))
"""
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "True", run.stderr


@needs_torch
def test_after_a_fork_the_child_is_told(tmp_path):
    """P4: LibTorch's threads stay in the parent, and a child that waits for them waits for ever."""
    path, _ = written(tmp_path)
    code = f"""
import os, signal, sys, numpy as np, mirhydro as mir
x = np.zeros((5000, 55), np.float32)
native, torch = mir.Engine({str(path)!r}, threads=2), mir.Engine({str(path)!r}, engine="torch", threads=2)
wanted = native.infer(x); torch.infer(x)
if os.fork() == 0:
    signal.alarm(30)
    try:
        torch.infer(x)
    except ValueError as error:
        told = "forked process" in str(error)
    os._exit(0 if told and np.array_equal(native.infer(x), wanted) else 1)
print(os.wait()[1])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "0", run.stderr


def test_a_torch_that_does_not_fit_is_an_import_error(monkeypatch, tmp_path):
    """P9, from what is installed to what is missing."""
    path, _ = written(tmp_path)

    def version(installed):
        def of(name):
            if name == "torch" and installed is None:
                raise build.metadata.PackageNotFoundError(name)
            return installed

        return of

    monkeypatch.setattr(_built, "TORCH", "2.13.0")
    monkeypatch.setattr(build.metadata, "version", version("2.14.1+cu130"))
    with pytest.raises(ImportError, match=r"built for LibTorch 2.13.0, but torch 2.14.1\+cu130 is installed"):
        mir.Engine(path, engine="torch")
    monkeypatch.setattr(build.metadata, "version", version(None))
    with pytest.raises(ImportError, match=r"torch is not installed: pip install torch==2.13.0"):
        mir.Engine(path, engine="torch")
    monkeypatch.setattr(_built, "TORCH", "")
    monkeypatch.setattr(_built, "TORCH_OPTION", "AUTO")
    with pytest.raises(ImportError, match=r"not built: no LibTorch was there. pip install torch==2.13.0"):
        mir.Engine(path, engine="torch")
    monkeypatch.setattr(_built, "TORCH_OPTION", "OFF")
    with pytest.raises(ImportError, match="MIRHYDRO_TORCH=OFF"):
        mir.Engine(path, engine="torch")
    assert mir.Engine(path).infer(batch(3)).shape == (3, 26), "native works all the same"


@needs_torch
def test_the_library_finds_torch_by_itself():
    """Its own search path: beside it, and in the package that lies beside ours."""
    if not shutil.which("readelf"):
        pytest.skip("no readelf")
    library = Path(mir.__file__).parent / "lib" / "libmirhydro_torch.so"
    run = subprocess.run(["readelf", "-d", str(library)], capture_output=True, text=True, check=True)
    assert "$ORIGIN:$ORIGIN/../../torch/lib" in run.stdout
    assert "libtorch_python" not in run.stdout and "libpython" not in run.stdout


STENCIL = """
class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(55, 10)
    def forward(self, x):
        y = 0.3 * torch.tanh(self.net(x))
        return torch.where(x[:, 3:4] > FROM, torch.full_like(y, float("nan")), y)
"""


def field() -> np.ndarray:
    return mir.volume_fractions([mir.Circle((0.43, 0.52), 0.3), mir.Circle((0.71, 0.55), 0.21)], 32, 32)


@needs_torch
def test_the_reconstructor_gives_the_same_by_both_engines():
    """Three materials: cells whose views land together, one batch for all of them; threads change no bit."""
    vf, d = field(), np.full((32, 33), 0.4)
    native, torch, shared = (
        mir.Reconstructor("neural", engine=engine, threads=threads)(vf).swept("x", d)
        for engine, threads in (("native", 1), ("torch", 1), ("torch", 3))
    )
    np.testing.assert_allclose(torch, native, rtol=0, atol=1e-5)
    assert np.abs(torch - mir.Reconstructor("ppic")(vf).swept("x", d)).max() > 5e-4  # the net was heard
    np.testing.assert_allclose(shared, torch, rtol=0, atol=1e-6)


@needs_torch
@pytest.mark.parametrize("model", ["neural", "neural-fine"])
def test_engines_agree_on_debris(model):
    """Their round-off, 1e-6, decides nothing."""
    for seed in range(3):
        vf = rough(60, 60, seed)
        native, torch = (
            mir.Reconstructor(model, engine=engine)(vf).swept("x", np.full((60, 61), 0.37))
            for engine in ("native", "torch")
        )
        np.testing.assert_allclose(torch, native, rtol=0, atol=3e-5)


@needs_torch
@pytest.mark.parametrize("start, share", [("2.0", 0), ("0.0", 1)])
def test_a_users_module_that_gives_no_number_is_not_heard(tmp_path, start, share):
    """In no cell, in some: the base stays there, is counted, and volumes are exact."""
    path = script(tmp_path, "some", STENCIL.replace("FROM", start))
    vf = field()
    r = mir.Reconstructor("neural", model=str(path), engine="torch", trusted=True)(vf)
    assert (r.stats.kept == 0, 0 < r.stats.kept < r.stats.mixed).index(True) == share
    mixed = vf[:, r.cells[:, 0], r.cells[:, 1]].T
    np.testing.assert_allclose(r.volumes(), mixed, rtol=0, atol=1e-14)
    with pytest.raises(ValueError, match="runs code of its own"):
        mir.Reconstructor("neural", model=str(path), engine="torch")
