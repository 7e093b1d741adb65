"""What others run is what we run: a model exported to ONNX gives ONNX Runtime our numbers."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from nets import batch, forward, images, random_autoencoder, written

import mirhydro as mir
from mirhydro import model_file
from mirhydro.export import to_onnx

pytest.importorskip("onnx")


@pytest.mark.parametrize("widths", [(55, 64, 64, 26), (55, 48, 48, 17), (55, 32, 10)])
def test_onnx_runtime_gives_the_same_numbers(widths, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    path, model = written(tmp_path, widths)
    target = tmp_path / "net.onnx"
    command = [sys.executable, "-m", "mirhydro", "export", str(path), "--onnx", str(target)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    session = runtime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    x = batch(1000)
    (y,) = session.run(["nodes"], {"cells": x})
    np.testing.assert_allclose(mir.Engine(path).infer(x), y, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(y, forward(model, x), rtol=1e-5, atol=1e-5)
    assert session.get_modelmeta().custom_metadata_map["nodes"] == model.metadata["nodes"]


@pytest.mark.parametrize("pool, dilation", [(1, 1), (2, 1), (2, 2), (4, 2)])
def test_an_autoencoder_in_onnx_gives_the_same_numbers(pool, dilation, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    path = tmp_path / "images.safetensors"
    model_file.write(path, random_autoencoder(channels=3, pool=pool, dilation=dilation, bottleneck=5))
    session = runtime.InferenceSession(to_onnx(str(path)).SerializeToString(), providers=["CPUExecutionProvider"])
    x = images(5)
    (y,) = session.run(["nodes"], {"cells": x})
    np.testing.assert_allclose(mir.Engine(path).infer(x), y, rtol=1e-5, atol=1e-5 * np.abs(y).max())


def test_a_damaged_model_is_not_exported(tmp_path):
    path, _ = written(tmp_path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    target = tmp_path / "net.onnx"
    run = subprocess.run(
        [sys.executable, "-m", "mirhydro", "export", str(path), "--onnx", str(target)], capture_output=True, text=True
    )
    assert run.returncode == 2
    assert "damaged or changed" in run.stderr
    assert not target.exists()


def test_info_tells_what_a_model_says_of_itself(tmp_path):
    path, model = written(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "mirhydro", "info", str(path), "--json"], capture_output=True, text=True, check=True
    )
    told = json.loads(run.stdout)
    assert told["hidden"] == "64,64" and told["path"] == str(path)
    assert told["weights"] == sum(t.size for t in model.tensors.values())
