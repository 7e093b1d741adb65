"""The regions of level sets: polygons that tile their cells, and everything else measured on them by another library.

Where a level set runs is the method's; that its regions are convex polygons, disjoint, of the right areas, and that
volumes, centroids, sub-cells, slabs, clips and segments are those of these polygons, is geometry: shapely measures it.
"""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from material_fields import LEVEL_SETS, Array, Family, blobs, crowds, debris, kept, noise, seeds
from tied_fields import strangers

import mirhydro as mir

level_sets = pytest.mark.parametrize("method", LEVEL_SETS)
families = st.sampled_from([noise, blobs, crowds, debris, strangers])
nodes = st.sampled_from([1, 2, 2, 2, 3, 4])
sides = st.integers(1, 4)
UNIT = 1e-14


def own_polygons(r: mir.Reconstruction) -> tuple[Array, Array, Array]:
    """Polygons in the unit cell, row and material of each."""
    p = r.polygons()
    at = np.repeat(np.arange(len(p.cell)), np.diff(p.offsets))
    points = p.points - r.cells[p.cell[at]][:, ::-1]
    return shapely.polygons(shapely.linearrings(points, indices=at)), p.cell, p.material


def summed(values: Array, row: Array, material: Array, shape: tuple[int, int]) -> Array:
    """Of all polygons of a material in a cell."""
    out = np.zeros(shape)
    np.add.at(out, (row, material), values)
    return out


def of_one_owner(r: mir.Reconstruction, vf: Array) -> Array:
    """Rows whose points have one owner each; in the others, which `stats` counts unless their fractions are equal,
    materials share points."""
    polygons, row, material = own_polygons(r)
    areas = summed(shapely.area(polygons), row, material, (len(r), len(vf)))
    wanted = kept(vf)[:, r.cells[:, 0], r.cells[:, 1]].T
    whole = (np.abs(areas - wanted) < UNIT).all(axis=1)
    assert (~whole).sum() >= r.stats.blended
    return whole


def make(
    family: Family, nmat: int, ny: int, nx: int, seed: int, method: str, k: int
) -> tuple[Array, mir.Reconstruction]:
    vf = family(nmat, ny, nx, np.random.default_rng(seed))
    return vf, mir.Reconstructor(method, nodes=k)(vf)


fields = {"family": families, "nmat": st.integers(2, 4), "ny": sides, "nx": sides, "seed": seeds, "k": nodes}


@level_sets
@given(**fields)
def test_polygons_tile_their_cells(method, family, nmat, ny, nx, seed, k):
    """Convex, counter-clockwise, inside the cell, disjoint; all of it covered; as large as the fractions."""
    vf, r = make(family, nmat, ny, nx, seed, method, k)
    polygons, row, _ = own_polygons(r)
    assert np.all(shapely.get_num_coordinates(polygons) > 3)
    bounds = shapely.bounds(polygons)
    assert np.all(bounds[:, :2] >= -UNIT) and np.all(bounds[:, 2:] <= 1 + UNIT)
    hulls = shapely.area(shapely.convex_hull(polygons))
    np.testing.assert_allclose(shapely.area(polygons), hulls, rtol=0, atol=UNIT)
    signed = [
        0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) for x, y in (np.asarray(p.exterior.coords).T for p in polygons)
    ]
    assert np.all(np.array(signed) >= -UNIT), "counter-clockwise"
    for mine in (polygons[row == q] for q in np.flatnonzero(of_one_owner(r, vf))):
        np.testing.assert_allclose(shapely.area(mine).sum(), 1, rtol=0, atol=UNIT)
        first, second = np.triu_indices(len(mine), 1)
        assert np.all(shapely.area(shapely.intersection(mine[first], mine[second])) < UNIT), "disjoint"


@level_sets
@given(**fields)
def test_volumes_centroids_and_parts(method, family, nmat, ny, nx, seed, k):
    vf, r = make(family, nmat, ny, nx, seed, method, k)
    polygons, row, material = own_polygons(r)
    whole, shape = of_one_owner(r, vf), (len(r), nmat)
    areas, centres = shapely.area(polygons), shapely.get_coordinates(shapely.centroid(polygons))
    sums = [summed(v, row, material, shape) for v in (areas, areas * centres[:, 0], areas * centres[:, 1])]
    np.testing.assert_allclose(r.volumes()[whole], sums[0][whole], rtol=0, atol=UNIT)
    np.testing.assert_array_equal(np.isnan(r.centroids()[..., 0]), r.volumes() == 0)
    moments = np.nan_to_num(r.centroids()) * r.volumes()[..., None]
    np.testing.assert_allclose(moments[whole], np.stack(sums[1:], axis=-1)[whole], rtol=0, atol=UNIT)
    parts = r.subcell(3)
    assert np.all((parts >= 0) & (parts <= 1)), "a fraction, however many pieces add up to it"
    for q, p in np.ndindex(3, 3):
        window = shapely.box(p / 3, q / 3, (p + 1) / 3, (q + 1) / 3)
        share = summed(9 * shapely.area(shapely.intersection(polygons, window)), row, material, shape)
        np.testing.assert_allclose(parts[whole, :, q, p], share[whole], rtol=0, atol=1e-13)


@level_sets
@given(**fields, width=st.one_of(st.floats(0, 1), st.sampled_from([1e-13, 1e-9, 0.25, 0.5, 0.75, 1 - 1e-12])))
def test_swept_volumes(method, family, nmat, ny, nx, seed, k, width):
    """Through all four faces of each cell, any displacement: slabs are sums over triangles, not over these polygons."""
    vf, r = make(family, nmat, ny, nx, seed, method, k)
    polygons, row, material = own_polygons(r)
    whole = of_one_owner(r, vf)
    left, right = (np.abs(r.swept("x", np.full((ny, nx + 1), sign * width))) for sign in (-1.0, 1.0))
    down, up = (np.abs(r.swept("y", np.full((ny + 1, nx), sign * width))) for sign in (-1.0, 1.0))
    j, i = r.cells.T
    have = (left[:, j, i], right[:, j, i + 1], down[:, j, i], up[:, j + 1, i])
    slabs = ((0, 0, width, 1), (1 - width, 0, 1, 1), (0, 0, 1, width), (0, 1 - width, 1, 1))
    for volumes, slab in zip(have, slabs, strict=True):
        inside = shapely.area(shapely.intersection(polygons, shapely.box(*slab)))
        want = summed(inside, row, material, (len(r), nmat))
        np.testing.assert_allclose(volumes.T[whole], want[whole], rtol=0, atol=UNIT)


@level_sets
@given(**fields)
def test_clip(method, family, nmat, ny, nx, seed, k):
    """Area and moments inside a quadrilateral of either orientation, another in every cell."""
    vf, r = make(family, nmat, ny, nx, seed, method, k)
    rng = np.random.default_rng(seed)
    polygons, row, material = own_polygons(r)
    whole = of_one_owner(r, vf)
    angles = np.sort(rng.uniform(0, 2 * np.pi, (len(r), 4)), axis=1)[:, :: rng.choice([-1, 1])]
    shapes = 0.5 + rng.uniform(0, 0.5) * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    have = r.clip(shapes, r.cells)
    common = shapely.intersection(polygons, shapely.polygons(shapes)[row])
    areas = shapely.area(common)
    centres = np.zeros((len(common), 2))
    centres[areas > 0] = shapely.get_coordinates(shapely.centroid(common[areas > 0]))
    for n, weight in enumerate((1, centres[:, 0], centres[:, 1])):
        want = summed(areas * weight, row, material, (len(r), nmat))
        np.testing.assert_allclose(have[whole, :, n], want[whole], rtol=0, atol=UNIT)


@level_sets
@given(**fields)
def test_segments_are_where_two_materials_meet(method, family, nmat, ny, nx, seed, k):
    """Their lengths are what the materials' polygons have in common; `below` on the left hand, and the unit normal
    points out of it."""
    vf, r = make(family, nmat, ny, nx, seed, method, k)
    polygons, row, material = own_polygons(r)
    s, whole = r.segments(), of_one_owner(r, vf)
    along = s.ends[:, 1] - s.ends[:, 0]
    np.testing.assert_allclose(np.hypot(*s.normal.T), 1, atol=4e-16)
    np.testing.assert_allclose(np.hypot(*along.T), s.length, atol=1e-15)
    np.testing.assert_allclose((along * s.normal).sum(axis=1), 0, atol=1e-10)
    assert np.all(along[:, 0] * s.normal[:, 1] - along[:, 1] * s.normal[:, 0] <= 1e-15), "below on the left hand"
    middle = s.ends.mean(axis=1) - r.cells[s.cell][:, ::-1]
    for q in np.flatnonzero(whole):
        regions = {m: shapely.union_all(polygons[(row == q) & (material == m)], grid_size=1e-13) for m in range(nmat)}
        for m in range(nmat):
            for other in range(m):
                pair = (s.cell == q) & (((s.below == m) & (s.above == other)) | ((s.below == other) & (s.above == m)))
                edges = [shapely.boundary(regions[k]) for k in (m, other) if not regions[k].is_empty]
                shared = shapely.intersection(*edges, grid_size=1e-12).length if len(edges) == 2 else 0
                assert abs(s.length[pair].sum() - shared) < 1e-9
        for n in np.flatnonzero((s.cell == q) & (s.length > 1e-3)):
            for side, owner in ((-1, s.below[n]), (1, s.above[n])):
                beside = shapely.points(middle[n] + side * 1e-7 * s.normal[n])
                assert regions[int(owner)].distance(beside) < 1e-9


@level_sets
def test_an_interface_is_continuous_inside_a_cell(method):
    """Segments of a cell of a circle join end to end: a level set is continuous across its triangles."""
    r = mir.Reconstructor(method)(mir.volume_fractions([mir.Circle((0.47, 0.53), 0.31)], 16, 16))
    s = r.segments()
    for q in range(len(r)):
        chain = shapely.line_merge(shapely.union_all(shapely.linestrings(s.ends[s.cell == q]), grid_size=1e-12))
        assert chain.geom_type == "LineString"


@level_sets
def test_contours_meet_at_a_triple_point(method):
    """Three half-lines: one polyline for each two materials, all with the same end."""
    left, top = mir.HalfPlane((0.47, 0.5), (1.0, 0.2)), mir.HalfPlane((0.5, 0.52), (0.1, -1.0))
    c = mir.Reconstructor(method)(mir.volume_fractions([left, top], 20, 20)).contours()
    assert sorted(zip(c.below.tolist(), c.above.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    ends = np.concatenate([c.points[c.offsets[:-1]], c.points[c.offsets[1:] - 1]])
    point, times = np.unique(ends.round(9), axis=0, return_counts=True)  # where lines cross, to round-off
    assert times.max() == 3
    assert np.hypot(*(point[times.argmax()] / 20 - [0.4713, 0.5171])) < 0.03


@level_sets
@pytest.mark.parametrize("nmat", [2, 3])
def test_shared_points_are_drawn_once(method, nmat):
    r = mir.Reconstructor(method)(np.full((nmat, 3, 3), 1 / nmat))
    assert abs(shapely.area(own_polygons(r)[0]).sum() - 9) < 1e-12


def test_an_interface_between_two_triangles_is_drawn_once():
    """A vertical line through a cell's middle: the side of four triangles of K = 2."""
    r = mir.Reconstructor("ppic")(np.array([[[0.75671495, 0.5]], [[0.24328505, 0.5]]]))
    s = r.segments()
    np.testing.assert_allclose(s.ends.reshape(-1, 4)[s.cell == 1, ::2], 1.5)
    assert s.length[s.cell == 1].sum() == 1
