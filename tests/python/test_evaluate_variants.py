"""Rows with options of their own, the flow stopped where it turns, and the file that is brought up to date in part."""

from __future__ import annotations

import json

import numpy as np
import pytest

import mirhydro as mir
from mirhydro.cli import main
from mirhydro.evaluate import advect, flows, misplaced_area
from mirhydro.evaluate.ablation import VARIANTS
from mirhydro.evaluate.measures import polygon_areas
from mirhydro.evaluate.mid_flight import carried, mid_flight, traced, vortex_velocity
from mirhydro.evaluate.tables import BEGIN, END, spliced
from mirhydro.evaluate.truth import needs_centroids
from mirhydro.evaluate.variants import Variant, method_of, name_of

DISC = mir.Circle((0.5, 0.75), 0.15)


def area(corners):
    return polygon_areas(corners, np.array([0, len(corners)]))[0]


@pytest.mark.parametrize("duration, points, within", [(2.0, 40_000, 1e-9), (8.0, 20_000, 1e-7)])
def test_traced_disc_keeps_its_area(duration, points, within):
    """The flow has no divergence; at T = 8 the thin ends of the filament cost digits at this number of points."""
    corners = traced(DISC, duration, 0.0, duration / 2, points, steps=100 if duration == 2 else 200)
    assert area(corners) == pytest.approx(np.pi * 0.15**2, abs=within)
    vf = mir.volume_fractions([mir.Polygon(corners)], 32, 32)[0]
    assert vf.sum() / 32**2 == pytest.approx(area(corners), abs=1e-13)


def test_traced_disc_comes_back():
    """At t = T it is where it began, and so it is when the time runs back."""
    points = traced(DISC, 8.0, 0.0, 0.0, points=200)
    again = traced(DISC, 8.0, 0.0, 8.0, points=200, steps=800)
    np.testing.assert_allclose(again, points, atol=1e-7)
    there = traced(DISC, 8.0, 0.0, 3.0, points=200)
    np.testing.assert_allclose(carried(there.T, 8.0, 3.0, 0.0, 400).T, points, atol=1e-7)


def test_traced_disc_turned_by_half_a_turn():
    """The vortex is its own image under half a turn about the middle; mirrored, it runs the other way."""
    points = traced(DISC, 2.0, 0.0, 1.0, points=200)
    turned = traced(mir.Circle((0.5, 0.25), 0.15), 2.0, 0.0, 1.0, points=200)
    np.testing.assert_allclose(np.roll(1 - turned, 100, axis=0), points, atol=1e-12)
    mirrored = traced(DISC, 2.0, 0.0, -1.0, points=200)  # the modulation is even in time
    np.testing.assert_allclose(np.roll(mirrored[::-1], 100, axis=0) * (-1, 1) + (1, 0), points, atol=1e-12)


def test_velocity_is_that_of_the_flow():
    """The mean over a face tends to the velocity of its middle."""
    n = 256
    u, v = flows.vortex(2.0).face_velocities(n)
    node, middle = np.arange(n + 1) / n, (np.arange(n) + 0.5) / n
    np.testing.assert_allclose(vortex_velocity(node[None, :], middle[:, None])[0], u, atol=1e-3)
    np.testing.assert_allclose(vortex_velocity(middle[None, :], node[:, None])[1], v, atol=1e-3)


def test_mid_flight_has_half_the_steps_and_converges():
    """The steps of the whole flow, half of them; the exact shape is what finer meshes approach."""
    coarse, fine = mid_flight("elvira", 0.5, 16), mid_flight("elvira", 0.5, 64)
    assert 2 * coarse["steps"] == flows.vortex(0.5).steps(16, 0.5)
    assert coarse["error"] > 4 * fine["error"] > 0


def test_a_variant_measures_as_its_method_with_its_options():
    """Without options it is the method itself; with some it is what `Reconstructor` makes of them."""
    plain, curves = Variant("in words", "ppic"), Variant("curves, own nodes", "ppic", {"share_nodes": False})
    assert (name_of(plain), method_of(plain)) == ("in words", "ppic")
    assert name_of("ppic") == method_of("ppic") == "ppic"
    wanted = misplaced_area("ppic", DISC, 24)
    assert misplaced_area(plain, DISC, 24) == wanted
    assert misplaced_area(curves, DISC, 24) != wanted
    assert needs_centroids(Variant("told", "mof")) and not needs_centroids(plain)
    flow = flows.vortex(0.25)
    assert advect(plain, flow, 16).error == advect("ppic", flow, 16).error


def test_the_ablation_names_its_rows_once():
    """By words that differ; first and default rows are elvira and ppic as they are."""
    assert len({v.name for v in VARIANTS}) == len(VARIANTS)
    rows = {v.name: v for v in VARIANTS}
    for name, method in (("lines, own nodes", "elvira"), ("curves, shared nodes, K = 2", "ppic")):
        assert misplaced_area(rows[name], DISC, 24) == misplaced_area(method, DISC, 24)


def test_an_update_keeps_what_it_is_not_about(tmp_path):
    """Figures of other methods stay, those of the chosen one are measured anew, and the document follows."""
    figures, text = tmp_path / "a.json", tmp_path / "a.md"
    common = ["evaluate", "--quick", "--tables", "ablation", "--json", str(figures), "--output", str(text)]
    assert main([*common, "--methods", "youngs,elvira"]) == 0
    data = json.loads(figures.read_text())
    rows = data["tables"]["ablation"]["rows"]
    assert list(rows) == [v.name for v in VARIANTS if v.method in ("youngs", "elvira")]
    for row in rows.values():
        row["vortex-32"]["error"] = 0.125
    figures.write_text(json.dumps(data))
    document = tmp_path / "accuracy.md"
    document.write_text(f"before\n{BEGIN}old\n{END}after\n")
    assert main([*common, "--methods", "youngs", "--update", "--document", str(document)]) == 0
    found = json.loads(figures.read_text())
    assert found["complete"]
    errors = {name: row["vortex-32"]["error"] for name, row in found["tables"]["ablation"]["rows"].items()}
    assert errors.pop("youngs lines, shared nodes, K = 2") < 0.125
    assert set(errors.values()) == {0.125}
    written = document.read_text()
    assert written.startswith("before\n") and written.endswith("after\n") and "old" not in written
    assert written.count("| 1.25e-01 |") == len(errors)


def test_an_update_of_another_build_is_refused(tmp_path, capsys):
    """Its figures would stand beside those of this one."""
    figures = tmp_path / "a.json"
    figures.write_text(json.dumps({"complete": True, "metadata": {"mirhydro": "0"}, "tables": {}}))
    assert main(["evaluate", "--quick", "--json", str(figures), "--update"]) == 2
    assert "another build" in capsys.readouterr().err
    assert main(["evaluate", "--quick", "--update"]) == 2
    assert "--json" in capsys.readouterr().err


@pytest.mark.parametrize("document", ["", BEGIN, END + BEGIN, BEGIN + BEGIN + END])
def test_a_document_without_its_marks_is_refused(document):
    """Rather than written over."""
    with pytest.raises(ValueError, match="has not one line"):
        spliced(document, [], None)
