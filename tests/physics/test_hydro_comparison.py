"""`mirhydro run --compare`: several methods, one picture."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pytest
from mirhydro.hydro2d import command
from PIL import Image


def executed(*words):
    """Exit code of `run`."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    command.configure(parser)
    return command.execute(parser.parse_args([*words]))


def test_methods_stand_side_by_side(tmp_path, capsys):
    """Panels in the order asked for, each that of a run of its own method; the JSON tells them apart."""
    words = ("vortex", "--cells", "24", "--until", "1", "--quiet", "--json")
    assert executed(*words, "--compare", "youngs,ppic,youngs", "--output", str(tmp_path / "a")) == command.DONE
    result = json.loads(capsys.readouterr().out)
    assert result == json.loads((tmp_path / "a" / "result.json").read_text())
    assert [run["reconstruction"] for run in result["runs"]] == ["youngs", "ppic", "youngs"]
    assert {run["steps"] for run in result["runs"]} == {48}
    picture = np.asarray(Image.open(tmp_path / "a" / "comparison.png").convert("RGB"))
    gap = 440 // 50
    first, second, third = (picture[30:, gap + k * (440 + gap) :][:, :440] for k in range(3))
    np.testing.assert_array_equal(first, third)
    assert (first != second).any()


def test_window_is_what_is_drawn(tmp_path):
    """Twice as wide as high, the panels are so too; all of it shows more of the disc than a corner does."""
    words = ("vortex", "--cells", "16", "--until", "0.1", "--quiet", "--compare", "elvira")
    sizes, reds = [], []
    for window in ("0,1,0,1", "0,1,0,0.5"):
        assert executed(*words, "--window", window, "--output", str(tmp_path)) == command.DONE
        picture = np.asarray(Image.open(tmp_path / "comparison.png").convert("RGB")).astype(int)
        sizes.append(picture.shape[0])
        reds.append(int((picture[80:, :, 0] > picture[80:, :, 2] + 60).sum()))
    assert sizes[0] - sizes[1] == 220
    assert reds[0] > 1000 and reds[1] == 0  # the disc lies in the upper half


@pytest.mark.parametrize(
    "words, message",
    [
        (("--compare", "elvira,nothing"), "nothing"),
        (("--compare", "elvira,mof"), "centroids"),
        (("--compare", "elvira", "--window", "0.5,0.4,0,1"), "not a part of the mesh"),
        (("--compare", "elvira", "--window", "0,1,0,1.5"), "not a part of the mesh"),
        (("--compare", "elvira", "--numberings"), "none of"),
        (("--window", "0,1,0,1"), "--window is of --compare"),
    ],
)
def test_what_cannot_be_compared_is_refused(words, message, tmp_path, capsys):
    """Exit code 2 and one line, nothing run."""
    assert executed("vortex", "--cells", "8", *words, "--output", str(tmp_path / "none")) == command.BAD_ARGUMENT
    assert message in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
