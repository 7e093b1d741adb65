"""`mirhydro sweep`: members of the same budget, resumed where it stopped, reported."""

from __future__ import annotations

import json

import numpy as np
import pytest

import mirhydro as mir
from mirhydro.autoencoder import ORIGINAL, SHRUNK, Shape
from mirhydro.cli import main

torch = pytest.importorskip("torch")


@pytest.fixture
def small(monkeypatch):
    """Data of a few hundred cells; in the loop, a score that costs nothing."""
    from mirhydro.train import areas, shards, sweep
    from mirhydro.train.score import Score

    monkeypatch.setattr(areas, "_kernel", lambda: areas._sub_areas)  # compiling takes longer than all else
    monkeypatch.setattr(shards, "SHARD", 200)
    monkeypatch.setattr(sweep, "score", lambda variant, sizes: Score({32: 0.5}, {32: 0.5}))


def run(folder, *more):
    few = ["--channels", "1,2", "--pools", "4", "--dilations", "1", "--samples", "64", "--cells", "32"]
    return main(["sweep", str(folder), *few, "--harvest", "400", *more])


def test_members_are_trained_judged_and_reported(small, tmp_path, capsys):
    assert run(tmp_path) == 0
    records = {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("c*.json")}
    assert set(records) == {"c1-p4-d1-b8", "c2-p4-d1-b8"}
    for name, record in records.items():
        assert record["samples"] == 64 and record["score"] == 0.5
        assert set(record["misplaced"]) == {"runs", "rest", "mosaic"}
        assert all(0 < value < 0.2 for value in [*record["misplaced"].values(), *record["ppic"].values()])
        r = mir.Reconstructor("autoencoder", model=str(tmp_path / f"{name}.safetensors"))(np.full((6, 6), 0.5))
        assert abs(r.volumes() - 0.5).max() < 1e-14
    table = (tmp_path / "sweep.md").read_text()
    assert table in capsys.readouterr().out
    assert table.count("\n") == 4 and "0.500" in table


def test_what_is_done_is_not_redone(small, tmp_path):
    assert run(tmp_path) == 0
    path = tmp_path / "c1-p4-d1-b8.json"
    kept = json.loads(path.read_text()) | {"seconds": 1234.0}
    path.write_text(json.dumps(kept))
    (tmp_path / "c2-p4-d1-b8.json").unlink()
    assert run(tmp_path) == 0
    assert "1234 s" in (tmp_path / "sweep.md").read_text() and (tmp_path / "c2-p4-d1-b8.json").exists()


def test_bad_input_is_refused(tmp_path, capsys):
    assert main(["sweep", str(tmp_path), "--samples", "0"]) == 2
    assert main(["sweep", str(tmp_path), "--report-only"]) == 2
    assert "no member of a sweep" in capsys.readouterr().err


def test_sizes_are_those_of_the_published_nets():
    """131,072 numbers after five convolutions of 32 channels; 2 channels pooled five times are 8."""
    assert (ORIGINAL.flat, SHRUNK.flat) == (131072, 8)
    assert (
        ORIGINAL.parameters()
        == sum(9 * a * b + b for a, b in [(1, 32)] + [(32, 32)] * 4 + [(32, 32)] * 4 + [(32, 1)])
        + 2 * 131072 * 32
        + 32
        + 131072
    )
    from mirhydro.train.autoencoder import Autoencoder

    net = Autoencoder(Shape(3, 2, 2, 5))
    assert sum(p.numel() for p in net.parameters()) == net.shape.parameters()


def test_narrow_nets_are_born_dead_and_are_woken():
    """Two channels, ten layers: to begin with no image is left at the other end."""
    from mirhydro.train.autoencoder import Autoencoder

    tiles = torch.rand(256, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1
    dead = 0
    for seed in range(4):
        torch.manual_seed(seed)
        net = Autoencoder(SHRUNK)
        with torch.no_grad():
            dead += float(net.nodes(tiles).std(0).max()) < 1e-6
            net.wake(tiles)
            assert 1e-4 < float(net.nodes(tiles).std(0).max()) < 1
    assert dead >= 3


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("pool", [1, 2, 4])
@pytest.mark.parametrize("convolutions", [1, 2, 5])
def test_what_training_leaves_out_is_not_missed(dilation, pool, convolutions):
    """Of the decoder's planes it computes what the cell's nodes depend on; values and gradients of the whole image."""
    from mirhydro.train.autoencoder import AROUND, Autoencoder, paint

    torch.manual_seed(2)
    net = Autoencoder(Shape(3, pool, dilation, 8, convolutions)).double()
    tiles = torch.rand(5, 8, 8, dtype=torch.double) * 2 - 1
    net.wake(tiles)
    at = slice(AROUND.start, AROUND.stop)
    part, whole = net.decoded(net.encoded(paint(tiles)), AROUND), net(paint(tiles))[:, at, at]
    torch.testing.assert_close(part, whole, rtol=0, atol=1e-12)
    weight = torch.rand_like(whole)
    ours, wanted = (torch.autograd.grad((x * weight).sum(), list(net.parameters())) for x in (part, whole))
    torch.testing.assert_close(ours, wanted, rtol=0, atol=1e-9)
    assert all(float(g.abs().max()) > 0 for g in ours)


def test_parts_and_narrow_numbers_are_near(small):
    """Tiles in parts change nothing; multiplied in bfloat16, of 8 bits, ten layers are a tenth off at most."""
    from mirhydro.train import autoencoder
    from mirhydro.train.fields import fields
    from mirhydro.train.harvest import at_rest

    torch.manual_seed(2)
    rng = np.random.default_rng(0)
    data = fields([snap for snap in (at_rest(rng) for _ in range(6)) if snap is not None], 2, tiles=True)
    net = autoencoder.Autoencoder(SHRUNK)
    net.wake(data.tiles.view(-1, 8, 8))
    assert len(data.tiles) > autoencoder.IN_CACHE
    at_once = net.nodes(data.tiles.view(-1, 8, 8))
    at_once = at_once - at_once.mean(1, keepdim=True)
    torch.testing.assert_close(net.said(data)[0], at_once)
    net.narrow = True
    error = (net.said(data)[0] - at_once).abs().max() / at_once.abs().max()
    assert 0 < error < 0.15
