"""Arrays that stay where they are: the whole block as tensor operations, against the kernels of the processor.

Run on CPU tensors, through the door behind the public one: the public face sends only arrays of another device there
(test_engine_cuda.py, where there is one). Both ask the same net of LibTorch, so that they agree to round-off; formulas
are one source, but lanes, search, gathers, orientation of ties, sharing of nodes and the sweep are not.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest
from rough_fields import rough

import mirhydro as mir
from mirhydro.build import torch_problem
from mirhydro.device import DeviceReconstruction, reconstruct_there

pytestmark = pytest.mark.skipif(bool(torch_problem()), reason=str(torch_problem()))
CLOSE = 1e-14


@pytest.fixture(scope="module")
def torch():
    import torch

    return torch


def here(vf, model="neural", **options):
    return mir.Reconstructor(model, engine="torch", **options)(vf)


def there(vf, model="neural", out=None, **options):
    return reconstruct_there(mir.Reconstructor(model, engine="torch", **options)._native, vf, out)


FIELDS = {
    "circle": mir.volume_fractions([mir.Circle((0.4, 0.53), 0.3)], 48, 40),
    "rough": rough(33, 29),
    "line": mir.volume_fractions([mir.HalfPlane((0.31, 0.5), (1, 0.37))], 32, 32),
    "its own mirror image": mir.volume_fractions([mir.Circle((0.5, 0.5), 0.3)], 32, 32),
    "no mixed cell": np.stack([np.ones((9, 8)), np.zeros((9, 8))]),
    "two cells wide": rough(2, 7),
}


def displacements(vf, most=0.5, seed=2):
    rng, (_, ny, nx) = np.random.default_rng(seed), vf.shape
    return {"x": most * (2 * rng.random((ny, nx + 1)) - 1), "y": most * (2 * rng.random((ny + 1, nx)) - 1)}


@pytest.mark.parametrize("model", ["neural", "neural-fine"])
@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    "options", [{}, {"boundary": "periodic"}, {"boundary": "replicate"}, {"spacing": (1.0, 0.6)}], ids=str
)
def test_as_the_native_kernels(torch, model, name, options):
    vf = FIELDS[name]
    host, dev = here(vf, model, **options), there(torch.from_numpy(vf), model, **options)
    np.testing.assert_array_equal(dev.cells.numpy(), host.cells)
    assert (dev.nmat, dev.ny, dev.nx, len(dev)) == (2, *vf.shape[1:], len(host))
    np.testing.assert_allclose(dev.volumes().numpy(), host.volumes(), atol=1e-15)
    assert dev.stats.residual < 1e-15 and dev.stats.folded == host.stats.folded
    for axis, d in displacements(vf).items():
        np.testing.assert_allclose(dev.swept(axis, torch.from_numpy(d)).numpy(), host.swept(axis, d), atol=CLOSE)


@pytest.mark.parametrize("ghost", [1, 4])
def test_ghost_cells(torch, ghost):
    vf = FIELDS["rough"]
    host, dev = here(vf, ghost=ghost), there(torch.from_numpy(vf), ghost=ghost)
    np.testing.assert_array_equal(dev.cells.numpy(), host.cells)
    for axis, d in displacements(vf, 0.9 if ghost == 4 else 0).items():
        d[:ghost] = d[-ghost:] = np.nan  # the host may leave them undefined
        d[:, :ghost] = d[:, -ghost:] = np.nan
        d[ghost:-ghost, ghost:-ghost] = np.abs(d[ghost:-ghost, ghost:-ghost])  # no cell is emptied twice
        np.testing.assert_allclose(dev.swept(axis, torch.from_numpy(d)).numpy(), host.swept(axis, d), atol=CLOSE)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_periodic_end_is_one_face(torch, axis):
    """The same bits at both ends, also where the donor beside it sends all it has through its two faces."""
    vf = rough(64, 64)
    d = np.zeros((64, 65))
    d[:, 0] = d[:, -1] = 0.5
    d[:, -2] = -0.5
    d = d if axis == "x" else np.ascontiguousarray(d.T)
    swept = there(torch.from_numpy(vf), boundary="periodic").swept(axis, torch.from_numpy(d))
    along = 2 if axis == "x" else 1
    assert torch.equal(swept.select(along, 0), swept.select(along, 64)) and swept.abs().sum() > 20


def test_types_and_strides(torch):
    vf = FIELDS["circle"]
    wanted = there(torch.from_numpy(vf)).volumes()
    one = there(torch.from_numpy(vf[0]))
    torch.testing.assert_close(one.volumes(), wanted, rtol=0, atol=1e-15)
    turned = torch.from_numpy(np.ascontiguousarray(vf.transpose(2, 1, 0))).permute(2, 1, 0)
    assert not turned.is_contiguous()
    assert torch.equal(there(turned).volumes(), wanted)
    single = vf.astype(np.float32)
    host, dev = here(single), there(torch.from_numpy(single))
    np.testing.assert_allclose(dev.volumes().numpy(), host.volumes(), atol=1e-15)
    assert dev.stats.folded == host.stats.folded > 0


def test_results_are_written_in_place(torch):
    vf = torch.from_numpy(FIELDS["circle"])
    d = torch.from_numpy(displacements(FIELDS["circle"])["x"])
    dev = there(vf)
    wanted = dev.swept("x", d)
    room = torch.full((41, 48, 3), 7.0, dtype=torch.float64)
    out = room.permute(2, 1, 0)[:2]  # any strides
    assert dev.swept("x", d, out=out) is out
    assert torch.equal(out, wanted) and (room[:, :, 2] == 7).all()
    assert there(vf, out=dev) is dev


def test_nothing_is_kept(torch):
    vf, d = torch.from_numpy(FIELDS["circle"].copy()), torch.from_numpy(displacements(FIELDS["circle"])["x"])
    dev = there(vf)
    out = dev.swept("x", d)
    gone = [weakref.ref(t.untyped_storage()) for t in (vf, d, out)]
    del vf, d, out
    gc.collect()
    assert all(ref() is None for ref in gone)


def test_a_run_conserves_and_follows_the_processor(torch):
    """A disk carried across a periodic mesh, 24 steps of .45 cells along x and then y."""
    vf = mir.volume_fractions([mir.Circle((0.45, 0.5), 0.25)], 24, 24)
    field, there_too = vf.copy(), torch.from_numpy(vf.copy())
    rec, dev = mir.Reconstructor("neural", engine="torch", boundary="periodic"), DeviceReconstruction()
    d = {"x": np.full((24, 25), 0.45), "y": np.full((25, 24), 0.45)}
    for step in range(24):
        axis = "xy"[step % 2]
        swept = rec(field).swept(axis, d[axis])
        along = 2 if axis == "x" else 1
        field -= np.diff(swept, axis=along)
        field.clip(0, 1, out=field)
        swept = there(there_too, out=dev, boundary="periodic").swept(axis, torch.from_numpy(d[axis]))
        there_too = (there_too - torch.diff(swept, dim=along)).clamp(0, 1)
    np.testing.assert_allclose(there_too.sum((1, 2)).numpy(), vf.sum((1, 2)), rtol=1e-13)
    np.testing.assert_allclose(there_too.numpy(), field, atol=1e-12)


BAD_FIELDS = {
    "vf[1, 3, 4] = nan: volume fractions lie in [0, 1]": lambda vf: vf.__setitem__((1, 3, 4), np.nan),
    "vf[0, 3, 4] = 1.5: volume fractions lie in [0, 1]": lambda vf: vf.__setitem__((0, 3, 4), 1.5),
    "vf[:, 3, 4] adds up to 0.75: the fractions of a cell add up to 1": lambda vf: vf.__setitem__(
        (slice(None), 3, 4), [0.25, 0.5]
    ),
}


@pytest.mark.parametrize("message", BAD_FIELDS)
def test_bad_fractions_are_named_as_on_the_processor(torch, message):
    vf = FIELDS["circle"].copy()
    dev = there(torch.from_numpy(vf))
    before = dev.volumes()
    BAD_FIELDS[message](vf)
    with pytest.raises(ValueError) as native:
        mir.Reconstructor("neural")(vf)
    with pytest.raises(ValueError) as error:
        there(torch.from_numpy(vf), out=dev)
    assert str(error.value) == str(native.value) == message
    assert torch.equal(dev.volumes(), before)


@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.__setitem__((5, 6), 1.25),
        lambda d: d.__setitem__((5, 6), np.nan),
        lambda d: (d.__setitem__((5, 6), -0.7), d.__setitem__((5, 7), 0.6), d.__setitem__((6, 6), 0.6)),
    ],
)
def test_bad_displacements_are_named_as_on_the_processor(torch, axis, spoil):
    vf = FIELDS["circle"]
    d = displacements(vf, 0.2)[axis]
    spoil(d)
    with pytest.raises(ValueError) as native:
        mir.Reconstructor("neural")(vf).swept(axis, d)
    dev = there(torch.from_numpy(vf))
    out = torch.full((2, *d.shape), 7.0, dtype=torch.float64)
    with pytest.raises(ValueError) as error:
        dev.swept(axis, torch.from_numpy(d), out=out)
    assert str(error.value) == str(native.value)
    assert (out == 7).all()


def test_a_donor_that_was_not_reconstructed(torch):
    vf = FIELDS["rough"]
    d = np.full((33, 30), 0.25)
    with pytest.raises(ValueError, match=r"its donor, mixed cell .* was not reconstructed"):
        there(torch.from_numpy(vf), ghost=2).swept("x", torch.from_numpy(d))


def test_what_does_not_fit_is_refused_by_name(torch):
    vf = torch.from_numpy(FIELDS["circle"])
    with pytest.raises(ValueError, match="vf has 3 materials: on a device a field has two"):
        there(torch.ones(3, 4, 4, dtype=torch.float64) / 3)
    with pytest.raises(ValueError, match="vf has dtype float16, not float64 or float32"):
        there(vf.half())
    with pytest.raises(ValueError, match=r"vf has the shape \(48,\)"):
        there(vf[0, :, 0].contiguous())
    with pytest.raises(ValueError, match="at least one cell"):
        there(torch.zeros(2, 0, 4, dtype=torch.float64))
    with pytest.raises(ValueError, match="ghost = 20 layers leave no cell"):
        there(vf, ghost=20)
    with pytest.raises(ValueError, match="spacing: on a device all cells are equal"):
        there(vf, spacing=(np.linspace(1, 2, 40), 1.0))
    with pytest.raises(ValueError, match="share_nodes = false"):
        there(vf, share_nodes=False)
    with pytest.raises(ValueError, match="there runs neural, not autoencoder"):
        there(vf, "autoencoder")
    with pytest.raises(ValueError, match='the native engine reads CPU memory; engine = "torch"'):
        reconstruct_there(mir.Reconstructor("neural")._native, vf, None)
    with pytest.raises(TypeError, match="out is a Reconstruction, not a DeviceReconstruction"):
        there(vf, out=mir.Reconstruction())
    dev = there(vf)
    d = torch.zeros(48, 41, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"displacement has the shape \(48, 40\), not \(48, 41\)"):
        dev.swept("x", d[:, 1:], out=torch.empty(2, 48, 41, dtype=torch.float64))
    with pytest.raises(ValueError, match="displacement has dtype float32, not float64"):
        dev.swept("x", d.float())
    with pytest.raises(ValueError, match=r"out has the shape \(2, 48, 40\)"):
        dev.swept("x", d, out=torch.empty(2, 48, 40, dtype=torch.float64))
    with pytest.raises(ValueError, match="axis = 'z'"):
        dev.swept("z", d)
    with pytest.raises(TypeError, match="displacement is a list"):
        dev.swept("x", [0.0])
    for use in (lambda r: r.swept("x", d), lambda r: r.volumes(), lambda r: r.cells):
        with pytest.raises(ValueError, match="nothing has been reconstructed on a device yet"):
            use(DeviceReconstruction())


def test_a_net_that_says_no_number_keeps_the_base(torch, tmp_path):
    """Weights of NaN are refused by our reader; a module's answers are not."""
    path = tmp_path / "silent.pt"
    source = f"""
import torch

class Silent(torch.nn.Module):
    def forward(self, x):
        y = torch.zeros(x.shape[0], 10)
        y[:, 3] = torch.where(x.abs().sum(1) > 0, torch.nan, 0.0)
        return y

torch.jit.script(Silent()).save({str(path)!r})
"""
    (tmp_path / "silent.py").write_text(source)
    subprocess.run([sys.executable, "-W", "ignore", str(tmp_path / "silent.py")], check=True, timeout=300)
    options = {"model": path, "engine": "torch", "trusted": True}
    vf = FIELDS["circle"]
    host = mir.Reconstructor("neural", **options)(vf)
    dev = reconstruct_there(mir.Reconstructor("neural", **options)._native, torch.from_numpy(vf), None)
    assert dev.stats.kept == host.stats.kept == len(host)
    d = displacements(vf)["x"]
    np.testing.assert_allclose(dev.swept("x", torch.from_numpy(d)).numpy(), host.swept("x", d), atol=CLOSE)
