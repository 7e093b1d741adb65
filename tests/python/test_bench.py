"""`mirhydro bench` measures what is there, names what is not, and goes on when memory ends."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from mirhydro.bench import measure
from mirhydro.bench.command import multiply_adds, random_weights
from mirhydro.bench.report import table
from mirhydro.bench.runners import Runner
from mirhydro.cli import main


@pytest.mark.parametrize("model, wanted", [("autoencoder-shrunk", 177_344), ("autoencoder-original", 312_737_792)])
def test_operations_are_counted(model, wanted, tmp_path):
    from mirhydro import _native

    described = _native.describe_model(str(random_weights(model, tmp_path)))
    assert multiply_adds(described["metadata"], described["tensors"]) == wanted


def test_quick_run(tmp_path):
    command = [sys.executable, "-m", "mirhydro", "bench", "autoencoder", "--random", "--quick", "--engines", "native"]
    command += ["--models", "autoencoder-shrunk", "--devices", "cpu", "--output", str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    figures = json.loads((tmp_path / "out" / "bench-autoencoder.json").read_text())
    part = figures["models"]["autoencoder-shrunk"]
    assert [row["batch"] for row in part["rows"]] == [1, 4, 16, 64]
    assert all(row["samples_per_second"] > 0 for row in part["rows"])
    assert any("bfloat16" in line for line in figures["skipped"])  # which the native engine has not
    memory = [row["bytes"] for row in part["memory"]]
    assert max(memory) < min(memory) + 4e6  # flat in the batch
    assert "| native cpu float32 |" in (tmp_path / "out" / "bench-autoencoder.md").read_text()


def test_a_lack_of_memory_is_a_row_and_the_next_one_runs():
    def greedy(x, out):
        if len(x) > 4:
            raise MemoryError("out of memory")

    runners = [Runner("greedy", "cpu", "float32", greedy), Runner("modest", "cpu", "float32", lambda x, out: None)]
    rows = measure.by_batch(runners, ((2,), (3,)), (1, 4, 16, 64), 2)
    told = {(row["runner"].split()[0], row["batch"]): row.get("ended", "ran") for row in rows}
    assert told[("greedy", 4)] == "ran" and told[("greedy", 16)] == "out of memory"
    assert ("greedy", 64) not in told and told[("modest", 64)] == "ran"
    figures = {
        "devices": {"cpu": "a"}, "roofs": {"cpu": {"multiply_adds": 1e9, "bytes": 1e9}}, "plic": {}, "skipped": [],
        "models": {"m": {"rows": rows, "multiply_adds": 1, "bytes_in_and_out": 20}},
    }  # fmt: skip
    assert "out of memory" in table(figures)


def test_a_failed_process_ends_the_curve(tmp_path):
    rows = measure.memory_by_batch(tmp_path / "none.safetensors", "native", ((64, 64), (64, 64)), [1, 4])
    assert len(rows) == 1 and "none.safetensors" in rows[0]["ended"]


def test_memory_that_grows_with_the_batch_is_told(tmp_path):
    rows = [{"engine": "greedy", "batch": 1, "bytes": 5 << 20}]
    rows += [{"engine": "greedy", "batch": n, "bytes": (5 << 20) + n * 2048} for n in (16, 256)]
    assert measure.bytes_per_sample(rows) == 2048
    assert measure.bytes_per_sample(rows[:1]) is None
    rows += [{"engine": "modest", "batch": n, "bytes": 7 << 20} for n in (1, 16, 256)]
    figures = {
        "devices": {}, "roofs": {}, "plic": {}, "skipped": [],
        "models": {"m": {"rows": [], "multiply_adds": 1, "bytes_in_and_out": 20, "memory": rows}},
    }  # fmt: skip
    told = table(figures)
    assert "| greedy | 5 | 5 | 6 | 2.0 | " in told and "| modest | 7 | 7 | 7 | 0.0 | no batch |" in told


def test_unknown_engine(capsys):
    assert main(["bench", "neural", "--engines", "abacus"]) == 2
    assert "'abacus'" in capsys.readouterr().err


def test_all_take_turns():
    order: list[int] = []
    runners = [Runner(str(k), "cpu", "float32", lambda x, out, k=k: order.append(k)) for k in range(3)]
    measure.by_batch(runners, ((1,), (1,)), (1,), 8)
    rounds = np.reshape(order[3:], (8, 3))
    assert (np.sort(rounds, axis=1) == [0, 1, 2]).all() and len({tuple(r) for r in rounds.tolist()}) > 1
