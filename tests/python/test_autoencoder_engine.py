"""The autoencoder in both engines against its definition in PyTorch, whatever the member of the sweep."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from nets import images, random_autoencoder

import mirhydro as mir
from mirhydro import model_file
from mirhydro.build import torch_problem

ENGINES = ["native", "torch"]
MEMBERS = [
    {"channels": c, "pool": p, "dilation": d, "bottleneck": 6} for c in (1, 2, 8) for p in (1, 2, 4) for d in (1, 2)
]


@pytest.fixture(params=ENGINES)
def engine(request):
    if request.param == "torch" and torch_problem():
        pytest.skip(torch_problem())
    return request.param


def written(folder, **options):
    path = folder / "images.safetensors"
    model = random_autoencoder(**options)
    model_file.write(path, model)
    return path, model


@pytest.mark.parametrize("member", [*MEMBERS, {"channels": 5, "pool": 2, "dilation": 2, "convolutions": 6}])
def test_it_computes_what_is_trained(member, engine, tmp_path):
    torch = pytest.importorskip("torch")
    from mirhydro.autoencoder import shape_of
    from mirhydro.train.autoencoder import Autoencoder

    path, model = written(tmp_path, **member)
    net = Autoencoder(shape_of(model.metadata))
    net.load(model)
    x = images(18)
    with torch.no_grad():
        wanted = net(torch.from_numpy(x)).numpy()
    got = mir.Engine(path, engine=engine).infer(x)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-5 * np.abs(wanted).max())


def test_half_precision_is_widened(engine, tmp_path):
    torch = pytest.importorskip("torch")
    from mirhydro.autoencoder import shape_of
    from mirhydro.train.autoencoder import Autoencoder

    path, model = written(tmp_path, half=True, channels=8)
    whole = model_file.to_bytes(random_autoencoder(channels=8))
    assert path.stat().st_size < 0.6 * len(whole)
    assert {t.dtype for t in model_file.read(path).tensors.values()} == {np.dtype(np.float16)}
    net = Autoencoder(shape_of(model.metadata))
    net.load(model)
    with torch.no_grad():
        wanted = net(torch.from_numpy(images(3))).numpy()
    np.testing.assert_allclose(
        mir.Engine(path, engine=engine).infer(images(3)), wanted, atol=1e-5 * np.abs(wanted).max()
    )


def test_a_sample_is_the_same_in_every_batch(tmp_path):
    path, _ = written(tmp_path)
    x = images(40)
    one, three = mir.Engine(path), mir.Engine(path, threads=3)
    wanted = one.infer(x)
    np.testing.assert_array_equal(three.infer(x), wanted)
    for k in (0, 15, 16, 39):
        np.testing.assert_array_equal(one.infer(x[k : k + 1])[0], wanted[k])
    np.testing.assert_array_equal(one.infer(x[::-1])[::-1], wanted)


def test_any_strides_and_out_in_place(engine, tmp_path):
    path, _ = written(tmp_path)
    x, run = images(9), mir.Engine(path, engine=engine)
    assert run.input_shape == run.output_shape == (64, 64)
    wanted = run.infer(x)
    wide = np.full((18, 64, 64), -7.0, np.float32)
    assert run.infer(np.repeat(x, 2, axis=0)[::2], out=wide[::-2]) is not None
    np.testing.assert_allclose(wide[::-2], wanted, atol=1e-6)
    assert (wide[::2] == -7).all()


@pytest.mark.parametrize(
    "change, why",
    [
        ({"pool": "3"}, "pool"),
        ({"dilation": "3"}, "dilation"),
        ({"nodes": "3"}, "nodes"),
        ({"channels": "65"}, "channels"),
        ({"channels": "3"}, "has the shape"),
        ({"bottleneck": "1025"}, "bottleneck"),
        ({"tile": "7"}, "tile"),
        ({"pixels": "4"}, "pixels"),
        ({"meaning": "area"}, "meaning"),
        ({"dtype": "F64"}, "dtype"),
        ({"convolutions": "4"}, "tensors"),
    ],
)
def test_metadata_that_do_not_fit_are_refused(change, why, tmp_path):
    path, model = written(tmp_path)
    model.metadata |= change
    model_file.write(path, model)
    with pytest.raises(ValueError, match=why):
        mir.Engine(path)


def test_weights_that_could_overflow_are_refused(tmp_path):
    path, model = written(tmp_path)
    model.tensors["encoder3.weight"] = model.tensors["encoder3.weight"] * np.float32(1e30)
    model_file.write(path, model)
    with pytest.raises(ValueError, match="encoder3: its weights are too large"):
        mir.Engine(path)


def test_bfloat16(tmp_path):
    path, _ = written(tmp_path)
    with pytest.raises(ValueError, match="precision"):
        mir.Engine(path, precision="bfloat16")
    if torch_problem():
        pytest.skip(torch_problem())
    x = images(4)
    wanted = mir.Engine(path).infer(x)
    got = mir.Engine(path, engine="torch", precision="bfloat16").infer(x)
    assert 1e-5 < np.abs(got - wanted).max() / np.abs(wanted).max() < 0.1


def test_half_precision_that_cannot_hold_a_weight_is_refused():
    model = random_autoencoder()
    tensors = {**model.tensors, "expand.bias": np.full(8, 7e4, np.float32)}
    with pytest.raises(ValueError, match=r"expand\.bias"):
        model_file.autoencoder(tensors, channels=2, pool=2, dilation=1, bottleneck=8, half=True)


def test_info_tells_of_it(tmp_path):
    path, _ = written(tmp_path, half=True)
    command = [sys.executable, "-m", "mirhydro", "info", str(path), "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told["architecture"] == "autoencoder" and told["dtype"] == "F16"
