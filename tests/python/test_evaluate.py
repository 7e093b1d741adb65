"""The evaluation itself: measures against areas known by hand, tables, the file and the command line."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mirhydro as mir
from mirhydro.cli import main
from mirhydro.evaluate import centroids, face_jumps, misplaced_areas
from mirhydro.evaluate.best_line import best_lines, half_squares
from mirhydro.evaluate.catalogue import catalogue
from mirhydro.evaluate.layout import BEST_LINE
from mirhydro.evaluate.material_centroids import MaterialCentroids
from mirhydro.evaluate.measures import polygon_areas
from mirhydro.evaluate.results import Results, work
from mirhydro.evaluate.tables import markdown, report

METHODS = list(mir.methods())
ROOT = Path(__file__).resolve().parents[2]


def one_cell(points):
    """What a reconstruction of one cell that holds one polygon would answer."""
    n = len(points)
    polygons = SimpleNamespace(
        points=np.array(points, float),
        offsets=np.array([0, n]),
        cell=np.array([0], np.int32),
        material=np.array([0], np.int32),
    )
    return type("One", (), {"cells": np.array([[0, 0]]), "polygons": lambda s: polygons, "__len__": lambda s: 1})()


def test_misplaced_area_of_a_known_polygon():
    """The left half of a cell drawn as its lower half: two quarters are wrong."""
    lower = one_cell([(0, 0), (1, 0), (1, 0.5), (0, 0.5)])
    left = mir.HalfPlane((0.5, 0), (1, 0))
    vf = mir.volume_fractions([left], 1, 1)
    assert misplaced_areas(lower, left, vf) == pytest.approx(0.5, abs=1e-15)


def test_misplaced_area_of_a_disc_drawn_as_a_square():
    """The inscribed square of a disc lacks pi r^2 - 2 r^2 of it."""
    r = 0.3
    square = [(0.5 + r * np.cos(t), 0.5 + r * np.sin(t)) for t in np.arange(4) * np.pi / 2]
    disc = mir.Circle((0.5, 0.5), r)
    vf = mir.volume_fractions([disc], 1, 1)
    assert misplaced_areas(one_cell(square), disc, vf) == pytest.approx((np.pi - 2) * r * r, abs=1e-14)


def test_polygon_areas_far_from_the_origin():
    """A unit square and a triangle at 1e6: relative to their own corner, so nothing cancels."""
    points = 1e6 + np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (0.5, 0), (0, 0.25)])
    np.testing.assert_array_equal(polygon_areas(points, np.array([0, 4, 7])), [1, 0.0625])


@given(angle=st.floats(0, 6.3), vf=st.floats(1e-9, 1 - 1e-9))
def test_half_square_has_its_area(angle, vf):
    """Also along the axes and the diagonals, which Hypothesis tries."""
    cut = half_squares(np.array([angle]), np.array([vf]))
    assert polygon_areas(cut.points, cut.offsets)[0] == pytest.approx(vf, abs=1e-14)


@given(angle=st.floats(0, 6.2), vf=st.floats(0.01, 0.99))
def test_best_line_of_a_line_is_that_line(angle, vf):
    """Its misplaced area is nothing but the resolution of the search."""
    cut = half_squares(np.array([angle]), np.array([vf]))
    ends = cut.ends[0]
    plane = mir.HalfPlane(tuple(ends.mean(axis=0)), (np.cos(angle), np.sin(angle)))
    found = best_lines(lambda p, at: mir.overlap(plane, p, at), np.zeros((1, 2)), np.array([vf]))
    assert found.misplaced[0] < 1e-6


def test_face_jumps_by_hand():
    """Three cells in a row: a jump of .1 at the first face, nothing on the right of the second."""
    ends = np.array([[[0, 0.2], [1, 0.5]], [[1, 0.6], [2, 0.7]], [[2.3, 0], [2.6, 1]]])
    cells = np.array([[0, 0], [0, 1], [0, 2]])
    found = face_jumps(ends, np.arange(3), cells, (1, 3))
    np.testing.assert_allclose(found.jumps, [0.1])
    assert (found.unmatched, found.faces) == (1, 2)


def test_centroids_of_a_quarter_disc():
    """4 r / (3 pi) from the corner, the rest by the balance of moments."""
    r = 0.8
    disc = mir.Circle((0, 0), r)
    vf = mir.volume_fractions([disc], 1, 1)
    area, at = np.pi * r * r / 4, 4 * r / (3 * np.pi)
    found = centroids(disc, vf)[:, 0, 0]
    np.testing.assert_allclose(found[0], at, atol=2e-6)
    np.testing.assert_allclose(found[1], (0.5 - area * at) / (1 - area), atol=2e-6)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_centroids_move_with_the_flow(axis):
    """A band across the sweep, moved by .25: its edge, hence its centroid, is known in both cells."""
    vf = np.zeros((4, 6))
    vf[:, 1], vf[:, 2] = 1, 0.5  # full up to x = 2.5
    band = mir.HalfPlane((2.5, 0), (1, 0)) - mir.HalfPlane((1, 0), (1, 0))
    exact = mir.volume_fractions([band], 4, 6, (0, 6, 0, 4))
    moved = MaterialCentroids(centroids(band, exact, (0, 6, 0, 4)))
    displacement = np.full((4, 7), 0.25)
    if axis == "y":
        vf, displacement = vf.T.copy(), displacement.T.copy()
        moved.values = moved.values.transpose(0, 2, 1, 3)[..., ::-1].copy()
    r = mir.Reconstructor("mof", boundary="periodic")(vf, centroids=moved.values)
    moved.advance(r, vf, axis, displacement)
    values = moved.values if axis == "x" else moved.values.transpose(0, 2, 1, 3)[..., ::-1]
    np.testing.assert_allclose(values[0, :, 2], [[0.375, 0.5]] * 4, atol=1e-6)  # full up to x = 2.75
    np.testing.assert_allclose(values[1, :, 2], [[0.875, 0.5]] * 4, atol=1e-6)
    np.testing.assert_allclose(values[0, :, 1], [[0.625, 0.5]] * 4, atol=1e-6)  # from x = 1.25 on


def test_every_method_is_in_every_table():
    """By `mir.methods()`, and every figure printed is one that some case measures."""
    tables = catalogue(quick=True)
    rows = {(table.name, method) for table, method, _, _ in work(tables, METHODS)}
    for table in tables:
        names = [v.name for v in table.variants] or METHODS
        assert {(table.name, name) for name in names} <= rows
        assert {column.case for column in table.columns} <= set(table.measure)
        assert set(table.floor) in (set(), set(table.measure))


def test_a_new_method_appears_by_its_name(monkeypatch, tmp_path):
    """Nothing but `methods()` has to know it."""
    original = mir.Reconstructor
    monkeypatch.setattr(mir, "methods", lambda: ("elvira", "newcomer"))
    monkeypatch.setattr(mir, "Reconstructor", lambda m, **k: original("elvira" if m == "newcomer" else m, **k))
    text, figures = tmp_path / "a.md", tmp_path / "a.json"
    chosen = ["--tables", "faces,rotation", "--quick"]
    assert main(["evaluate", "all", *chosen, "--json", str(figures), "--output", str(text)]) == 0
    assert text.read_text().count("| newcomer |") == 2
    data = json.loads(figures.read_text())
    assert data["complete"]
    rows = data["tables"]["rotation"]["rows"]
    assert rows["newcomer"]["32"]["error"] == rows["elvira"]["32"]["error"]
    assert next(iter(data["tables"]["faces"]["rows"])) == BEST_LINE


def test_interrupted_run_goes_on_and_a_finished_file_is_replaced(tmp_path):
    """What an unfinished file holds is not measured again, unless its settings were others."""
    path = tmp_path / "r.json"
    table = SimpleNamespace(name="t", title="", note="", settings={"seed": 1}, variants=())
    Results(path).put(table, "elvira", "1", {"mean": 1.0})
    again = Results(path)
    assert again.get(table, "elvira", "1") == {"mean": 1.0}
    assert again.get(SimpleNamespace(name="t", settings={"seed": 2}), "elvira", "1") is None
    again.finish()
    assert Results(path).get(table, "elvira", "1") is None


@pytest.mark.parametrize(
    "words, said",
    [(["--methods", "elvria"], "no method 'elvria'"), (["--tables", "cirle"], "no table 'cirle'")],
)
def test_unknown_names_are_refused(words, said, capsys):
    """Exit code 2, and the message lists what there is."""
    assert main(["evaluate", *words]) == 2
    assert said in capsys.readouterr().err


def test_plots_are_written(tmp_path):
    """One PNG for a table of several meshes."""
    pytest.importorskip("matplotlib")
    words = ["evaluate", "static", "--tables", "circle", "--methods", "youngs", "--quick"]
    assert main([*words, "--plots", str(tmp_path), "--output", str(tmp_path / "t.md")]) == 0
    assert (tmp_path / "circle.png").stat().st_size > 5000


def test_committed_document_shows_the_committed_figures():
    """docs/accuracy.md holds the tables of benchmarks/results/accuracy.json as the command prints them."""
    results = Results.read(ROOT / "benchmarks" / "results" / "accuracy.json")
    document = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    tables = catalogue()
    assert all(results.rows(table) for table in tables)
    for table in tables:
        assert markdown(table, results) in document, f"{table.name}: run the command that docs/accuracy.md names"
    assert report(tables, results) in document
