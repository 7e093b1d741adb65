"""Training: the same method in PyTorch, its gradients, and stages that resume."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import mirhydro as mir
from mirhydro import model_file
from mirhydro.cli import main

torch = pytest.importorskip("torch")

from mirhydro.train import areas, chains, harvest, mosaics, recipe, shards, snapshots, trainer  # noqa: E402
from mirhydro.train.fields import batch, fields  # noqa: E402
from mirhydro.train.loss import areas_of, misplaced  # noqa: E402
from mirhydro.train.method import level_sets  # noqa: E402
from mirhydro.train.network import StencilNet  # noqa: E402


@pytest.fixture(autouse=True)
def _eager(monkeypatch):
    """One operation after the other: compiling takes longer than these tests."""
    monkeypatch.setattr(areas, "_kernel", lambda: areas._sub_areas)


def of_method(snapshot: snapshots.Snapshot, K: int, path: Path, s: int) -> np.ndarray:
    """Sub-cells as the core reconstructs them."""
    r = mir.Reconstructor("neural", model=str(path))(snapshot.vf)
    return r.subcell(s)[:, 0].reshape(len(r.cells), s * s)


@pytest.mark.parametrize("K", [2, 3, 4])
def test_the_core_does_what_was_trained(tmp_path, K):
    """Two implementations, in C++ and in PyTorch, of features turned, curves, weights, shared nodes and volumes."""
    torch.manual_seed(3)
    net = StencilNet(K, (12,))
    with torch.no_grad():
        net.linear()[-1].weight.mul_(3)
    path = tmp_path / "net.safetensors"
    model_file.write(path, model_file.stencil_net(net.layer_arrays(), nodes=K))
    rng = np.random.default_rng(K)
    off: list[float] = []
    while len(off) < 500:
        snapshot = harvest.at_rest(rng)
        if snapshot is None:
            continue
        data = fields([snapshot], K)
        with torch.no_grad():
            said = net(data.features)
            ours = areas.sub_areas(level_sets(said, batch(data, np.array([0]))), K, 2 * K).numpy()
        off += np.abs(ours - of_method(snapshot, K, path, 2 * K)).mean(axis=1).tolist()
    # the rest: orientations that are tied, level sets that are flat in single precision
    assert np.quantile(off, 0.9) < 1e-5


def test_gradients_are_those_of_finite_differences():
    """Through both offsets: areas of sub-cells of level sets that keep their volumes."""
    rng = np.random.default_rng(5)
    phi = torch.tensor(rng.normal(size=(6, 9)), dtype=torch.float64, requires_grad=True)
    vf = torch.tensor(rng.uniform(0.2, 0.8, 6))
    weight = torch.tensor(rng.normal(size=(6, 16)))

    def value(p):
        return (weight * areas.sub_areas(areas.matched(p, vf, 2), 2, 4)).sum()

    (gradient,) = torch.autograd.grad(value(phi), phi)
    step = 1e-6
    for cell, node in ((0, 0), (1, 4), (2, 8), (3, 5), (5, 2)):
        moved = torch.zeros_like(phi)
        moved[cell, node] = step
        slope = float(value((phi + moved).detach()) - value((phi - moved).detach())) / (2 * step)
        assert slope == pytest.approx(float(gradient[cell, node]), rel=1e-4, abs=1e-6)


def test_truth_is_exact():
    """Of a half-plane the base misses nothing; the middle of a mosaic's patches counts, no more."""
    line = mir.volume_fractions([mir.HalfPlane((0.5, 0.5), (0.8, 0.6))], 12, 12)[0].copy()
    corners = np.array([[0.5, 0.5]]) + np.array([[-3, 4], [3, -4], [-5, -10], [-11, -2]]) / 5 * 3
    data = fields([snapshots.snapshot(line, corners)], 2)
    error, off = misplaced(data, areas_of(data, None))
    assert float(error[3:-3].max()) < 1e-4 and float(off.max()) < 1e-4
    patches = mosaics.mosaic(np.random.default_rng(1))
    assert set(np.unique(patches.cells[patches.counts] % mosaics.PATCH)) <= {3, 4, 5}
    assert 0 < patches.counts.sum() < len(patches.cells)


def shape_at_rest(seed: int) -> snapshots.Snapshot:
    rng = np.random.default_rng(seed)
    while True:
        snapshot = harvest.at_rest(rng, noise=0)
        if snapshot is not None and 10 < len(snapshot.cells) < 100:
            return snapshot


@pytest.mark.parametrize("K", [2, 3, 4])
def test_sweeps_of_the_true_areas_move_the_truth(K):
    """Closed form: a shape that moves by whole squares; nothing is lost."""
    rng, s = np.random.default_rng(K), snapshots.SUB_CELLS
    for seed in range(6):
        chain = chains.begun(shape_at_rest(seed), K, 4, rng)
        before, moved = chain.vf, 0
        for _ in range(4):
            snapshot = chain.snapshot()
            squares = fields([snapshot], K).truth.double()
            side = int(np.sqrt(squares.shape[1]))
            cells = torch.from_numpy(snapshot.cells).long()
            moved += abs(chain.moves[chain.axis])
            chain = chains.swept(chain, cells, squares.view(-1, side, side), K)
            n = len(chain.vf)
            np.testing.assert_allclose(chain.vf, chain.fine.reshape(n, s, n, s).mean(axis=(1, 3)), atol=1e-4)
            assert float(chain.vf.sum()) == pytest.approx(float(before.sum()), rel=1e-4)
        assert moved == 0 or float((chain.vf - before).abs().max()) > 0.01


def test_chains_tell_earlier_sweeps_what_they_did():
    """An interface's area is its fraction's: slope 1; a later field's fractions have a gradient in earlier areas."""
    rng = np.random.default_rng(1)
    phi = torch.tensor(rng.normal(size=(5, 9)), dtype=torch.float64)
    vf = torch.tensor(rng.uniform(0.2, 0.8, 5), requires_grad=True)
    areas.sub_areas(areas.matched(phi, vf, 2), 2, 4).mean(1).sum().backward()
    np.testing.assert_allclose(vf.grad, 1, rtol=1e-9)
    snapshot = shape_at_rest(3)
    chain = chains.begun(snapshot, 2, 4, rng)
    chain.moves = (1, 2)
    cells = torch.from_numpy(chain.snapshot().cells).long()
    squares = torch.rand(len(cells), 4, 4, dtype=torch.float64, requires_grad=True)
    chains.swept(chain, cells, squares, 2).vf[cells[:, 0], cells[:, 1]].sum().backward()
    assert float(squares.grad.abs().max()) > 0
    draw = chains.Chains([snapshot], 2, 60, 3, rng)
    net = StencilNet(2, (6,))
    error, modest = draw(net, 0.001, 1.0)
    (error + modest).backward()
    assert 0 < float(error.detach()) < 0.2 and all(torch.isfinite(p.grad).all() for p in net.parameters())


def test_harvests_resume(tmp_path, monkeypatch):
    """A shard is a function of seed and number: missing ones come back the same."""
    monkeypatch.setattr(shards, "SHARD", 300)
    order = shards.Order(tmp_path, "elvira", seed=4, cells=900)
    paths = shards.harvest(order)
    assert len(paths) == 3 and all(path.exists() for path in paths)
    before = shards.digest(paths)
    paths[1].unlink()
    told = []
    assert shards.digest(shards.harvest(order, progress=lambda done, of: told.append((done, of)))) == before
    assert told == [(2, 3), (3, 3)]


def test_training_resumes(tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "REPORT", 4)
    monkeypatch.setattr(mosaics, "ACROSS", 2)
    rng = np.random.default_rng(2)
    data = fields([mosaics.mosaic(rng)], 2)

    def trained(checkpoint, stop=None):
        torch.manual_seed(1)
        net = StencilNet(2, (6,))

        def report(step, seconds, mean):
            if step == stop:
                raise KeyboardInterrupt

        schedule = trainer.Schedule(steps=12, cells=200)
        trainer.train(net, data, None, schedule, np.random.default_rng(7), checkpoint, report)
        return [array for layer in net.layer_arrays() for array in layer]

    whole = trained(None)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "kept", stop=8)
    for once, again in zip(whole, trained(tmp_path / "kept"), strict=True):
        np.testing.assert_array_equal(once, again)


def test_recipes_are_checked():
    good = {"net": {"nodes": 2, "hidden": [4]}, "round": [{"cells": 1, "rest": 1, "mosaic": 1, "steps": 1}]}
    assert recipe.parse(recipe.parse(good).as_dict()) == recipe.parse(good)
    for change, words in (
        ({"net": {"nodes": 5, "hidden": [4]}}, "net.nodes = 5"),
        ({"net": {"nodes": 2}}, "net.hidden"),
        ({"round": []}, "round: at least one"),
        ({"round": [{"cells": 1, "rest": 1}]}, "steps"),
        ({"round": [{"cells": 0, "rest": 1, "mosaic": 1, "steps": 1}]}, "are at least 1"),
        ({"round": [{**good["round"][0], "chained": 1.5}]}, "chained = 1.5"),
        ({"round": [{"cells": 1, "rest": 1, "mosaic": 1, "steps": 1, "sedes": 2}]}, "round.sedes"),
        ({"rounds": []}, "rounds"),
        ({"schedule": {"speed": 1}}, "schedule.speed"),
    ):
        with pytest.raises(ValueError, match=words):
            recipe.parse({**good, **change})


def test_a_recipe_makes_a_model(tmp_path, monkeypatch, capsys):
    """Three rounds: of ppic's runs, of the first net's, in chains; a second call finds all stages done."""
    monkeypatch.setattr(shards, "SHARD", 400)
    text = """
seed = 3
sizes = [16]
[net]
nodes = 2
hidden = [6]
[schedule]
cells = 300
[[round]]
cells = 400
rest = 400
mosaic = 400
steps = 5
[[round]]
cells = 400
rest = 400
mosaic = 400
steps = 5
seeds = 2
continued = true
[[round]]
cells = 0
rest = 0
mosaic = 0
steps = 2
continued = true
chained = 0.5
rate = 1e-4
"""
    (tmp_path / "r.toml").write_text(text)
    words = [
        "train",
        str(tmp_path / "r.toml"),
        "--output",
        str(tmp_path / "m.safetensors"),
        "--work",
        str(tmp_path / "w"),
    ]
    assert main([*words, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["score"] > 0
    kept = model_file.read(tmp_path / "m.safetensors")
    assert json.loads(kept.metadata["recipe"])["seed"] == 3 and len(kept.metadata["data"]) == 64
    assert mir.Reconstructor("neural", model=first["model"])(np.full((4, 4), 0.5)).stats.mixed == 16
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "w").rglob("*")}
    assert main(words) == 0
    assert stamps == {path: path.stat().st_mtime_ns for path in (tmp_path / "w").rglob("*")}
