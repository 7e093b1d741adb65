"""The net's place in the method: what it may change, what it may not, and that it earns its place in the loop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mirhydro as mir
from mirhydro import model_file
from mirhydro.evaluate import advect
from mirhydro.evaluate.flows import vortex
from mirhydro.evaluate.mid_flight import mid_flight
from mirhydro.evaluate.variants import Variant

WIDTHS = (55, 8, 10)


def written(path: Path, last: float, seed: int = 1) -> str:
    """A random net for K = 2 whose last layer is scaled; 0: it says nothing."""
    rng = np.random.default_rng(seed)
    layers = [(rng.normal(size=(WIDTHS[1], WIDTHS[0])) / 7, rng.normal(size=WIDTHS[1]))]
    layers.append((last * rng.normal(size=(WIDTHS[2], WIDTHS[1])), last * rng.normal(size=WIDTHS[2])))
    model_file.write(path, model_file.stencil_net(layers, nodes=2))
    return str(path)


def wavy(n: int = 40) -> np.ndarray:
    """A star: curves of all kinds, no ties."""
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    radius = 0.3 + 0.07 * np.cos(5 * angle + 0.3) + 0.02 * np.sin(3 * angle)
    points = np.stack([0.51 + radius * np.cos(angle), 0.487 + radius * np.sin(angle)], axis=1)
    return mir.volume_fractions([mir.Polygon(points)], n, n)


def swept(r: mir.Reconstruction, n: int) -> np.ndarray:
    return r.swept("x", np.full((n, n + 1), 0.37))


def test_a_silent_net_is_the_base(tmp_path):
    vf = wavy()
    silent = mir.Reconstructor("neural", model=written(tmp_path / "silent.safetensors", 0.0))(vf)
    assert silent.stats.kept == 0
    np.testing.assert_allclose(swept(silent, 40), swept(mir.Reconstructor("ppic")(vf), 40), rtol=0, atol=1e-12)


def test_nonsense_is_not_heard(tmp_path):
    """Answers out of all bounds: the base stays, and is counted; volumes are exact."""
    vf = wavy()
    r = mir.Reconstructor("neural", model=written(tmp_path / "loud.safetensors", 1e6))(vf)
    assert r.stats.kept == r.stats.mixed > 100
    np.testing.assert_allclose(swept(r, 40), swept(mir.Reconstructor("ppic")(vf), 40), rtol=0, atol=1e-12)
    assert r.stats.residual < 1e-14


@pytest.mark.parametrize("threads", [1, 3])
def test_a_random_net_keeps_volumes(tmp_path, threads):
    vf = wavy()
    r = mir.Reconstructor("neural", model=written(tmp_path / "random.safetensors", 1.0), threads=threads)(vf)
    assert np.abs(swept(r, 40) - swept(mir.Reconstructor("ppic")(vf), 40)).max() > 1e-3
    mixed = vf[:, r.cells[:, 0], r.cells[:, 1]].T
    np.testing.assert_allclose(r.volumes(), mixed, rtol=0, atol=1e-14)


def test_bfloat16_is_close_but_not_the_same():
    vf = wavy()
    single, half = (swept(mir.Reconstructor("neural", precision=p)(vf), 40) for p in ("float32", "bfloat16"))
    off = np.abs(single - half).max()
    assert 0 < off < 5e-3


def test_other_nets_are_refused(tmp_path):
    layers = [(np.zeros((4, 54)), np.zeros(4)), (np.zeros((10, 4)), np.zeros(10))]
    model_file.write(tmp_path / "narrow.safetensors", model_file.stencil_net(layers, nodes=2))
    with pytest.raises(ValueError, match=r"narrow.safetensors.*54 inputs"):
        mir.Reconstructor("neural", model=str(tmp_path / "narrow.safetensors"))
    with pytest.raises(ValueError, match="model"):
        mir.Reconstructor("ppic", model=str(tmp_path / "narrow.safetensors"))
    with pytest.raises(ValueError, match='precision = "half": float32, bfloat16 or float16'):
        mir.Reconstructor("neural", precision="half")
    with pytest.raises(ValueError, match='precision = "float16": the native engine'):
        mir.Reconstructor("neural", precision="float16")
    with pytest.raises(ValueError, match="precision"):
        mir.Reconstructor("elvira", precision="bfloat16")
    with pytest.raises(ValueError, match="engine, device and trusted"):
        mir.Reconstructor("ppic", engine="torch")
    with pytest.raises(ValueError, match='engine = "fast"'):
        mir.Reconstructor("neural", engine="fast")
    with pytest.raises(ValueError, match="no-such-net"):
        mir.Reconstructor("neural", model="no-such-net")


@pytest.mark.parametrize("duration", [2.0, 8.0])
def test_it_wins_in_the_loop(duration):
    """There and back, and where the flow turns, against the exact shape: at least a quarter off ppic's error."""
    flow = vortex(duration)
    assert advect("neural", flow, 32).error < 0.75 * advect("ppic", flow, 32).error
    assert mid_flight("neural", duration, 32)["error"] < 0.75 * mid_flight("ppic", duration, 32)["error"]


@pytest.mark.slow
@pytest.mark.parametrize("n", [16, 48, 96, 192])
def test_it_does_not_lose_to_the_base_where_a_flow_stretches(n):
    """At no resolution, with half precision too. In shorter flows all methods share the advector's own error."""
    flow = replace(vortex(2.0), shape=mir.Circle((0.52, 0.73), 0.17))
    base = advect("ppic", flow, n).error
    for method in ("neural", "neural-fine", Variant("half", "neural", {"precision": "bfloat16"})):
        assert advect(method, flow, n).error < 1.02 * base
