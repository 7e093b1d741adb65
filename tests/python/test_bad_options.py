"""Options of a Reconstructor that are none are refused by name: row V8 of the list of faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from refusals import field

import mirhydro as mir

OPTIONS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"threads": 0}, ValueError, "threads = 0"),
    ({"threads": -1}, ValueError, "threads = -1"),
    ({"threads": 10**7}, ValueError, "threads = 10000000"),
    ({"threads": 1.5}, TypeError, "threads = 1.5"),
    ({"threads": "2"}, TypeError, "threads = '2'"),
    ({"eps": -1e-12}, ValueError, "eps = -1e-12"),
    ({"eps": 0.5}, ValueError, "eps = 0.5"),
    ({"eps": np.nan}, ValueError, "eps = nan"),
    ({"eps": None}, TypeError, "eps = None"),
    ({"eps": "1e-12"}, TypeError, "eps = '1e-12'"),
    ({"spacing": (0.0, 1.0)}, ValueError, r"spacing along x \[0\] = 0"),
    ({"spacing": (1.0, -2.0)}, ValueError, r"spacing along y \[0\] = -2"),
    ({"spacing": (1.0, np.nan)}, ValueError, r"spacing along y \[0\] = nan"),
    ({"spacing": (np.inf, 1.0)}, ValueError, r"spacing along x \[0\] = inf"),
    ({"spacing": (np.array([1.0, 0.0, 1.0]), 1.0)}, ValueError, r"spacing along x \[1\] = 0"),
    ({"spacing": (np.empty(0), 1.0)}, ValueError, "spacing along x is empty"),
    ({"spacing": (np.ones((2, 2)), 1.0)}, ValueError, r"spacing\[0\] has 2 axes"),
    ({"spacing": 1.0}, ValueError, "spacing = 1.0"),
    ({"spacing": None}, ValueError, "spacing = None"),
    ({"spacing": (1.0, 1.0, 1.0)}, ValueError, "spacing = "),
    ({"spacing": "xy"}, ValueError, "spacing = 'xy'"),
    ({"spacing": ("a", 1.0)}, TypeError, r"spacing\[0\] = 'a'"),
    ({"ghost": -1}, ValueError, "ghost = -1"),
    ({"ghost": 2**40}, ValueError, "ghost = 1099511627776"),
    ({"ghost": 0.5}, TypeError, "ghost = 0.5"),
    ({"boundary": "wall"}, ValueError, 'boundary = "wall"'),
    ({"boundary": 3}, ValueError, "boundary = 3"),
    ({"boundary": ["mirror"] * 3}, ValueError, "boundary = "),
    ({"boundary": [1, 2, 3, 4]}, ValueError, r"boundary = \[1, 2, 3, 4\]"),
    ({"boundary": ["periodic", "mirror", "mirror", "mirror"]}, ValueError, "boundary: both sides"),
    ({"order": "any"}, ValueError, "order = 'any'"),
    ({"order": [0, 0, 1]}, ValueError, "order: .* 1 is missing"),
    ({"order": [1, 2]}, ValueError, "order: .* 0 is missing"),
    ({"order": [0, 1.7]}, TypeError, "order has dtype float64"),
    ({"order": [0, 2**40]}, ValueError, "order has the value 1099511627776"),
]


@pytest.mark.parametrize("options, error, pattern", OPTIONS, ids=[f"{o}"[:60] for o, _, _ in OPTIONS])
def test_bad_options_are_named(options, error, pattern):
    with pytest.raises(error, match=pattern) as caught:
        mir.Reconstructor("elvira", **options)
    assert "incompatible constructor" not in str(caught.value)


@pytest.mark.parametrize(
    "method, error", [("Elvira", ValueError), ("", ValueError), (None, TypeError), (b"elvira", TypeError)]
)
def test_a_bad_method_is_told_the_good_ones(method, error):
    with pytest.raises(error, match=r"method .*elvira, lvira"):
        mir.Reconstructor(method)


def test_options_that_only_the_field_can_check():
    vf = field(3, 5, 6)
    for options, pattern in (
        ({"spacing": (np.ones(5), 1.0)}, "spacing along x has 5 widths, vf has 6 cells"),
        ({"spacing": (1.0, np.ones(6))}, "spacing along y has 6 widths, vf has 5 cells"),
        ({"order": [1, 0]}, "order has 2 materials, vf has 3"),
        ({"ghost": 3}, "ghost = 3 layers leave no cell of vf's 5 x 6"),
    ):
        with pytest.raises(ValueError, match=pattern):
            mir.Reconstructor("elvira", **options)(vf)


def test_one_width_for_one_cell():
    vf = field(2, 1, 1)
    assert len(mir.Reconstructor("elvira", spacing=(np.array([2.0]), 1.0))(vf)) == 1


def test_a_vast_aspect_is_fine():
    vf = field(2, 6, 7)
    r = mir.Reconstructor("lvira", spacing=(np.geomspace(1e-3, 1e3, 7), np.geomspace(1e3, 1e-3, 6)))(vf)
    np.testing.assert_allclose(r.volumes(), vf[:, r.cells[:, 0], r.cells[:, 1]].T, atol=1e-14)
