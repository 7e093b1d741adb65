"""Our reader of model files against Python's safetensors: what we accept, it accepts, with the same content; what it
refuses, we refuse. On every truncation, every flipped bit, and headers that somebody meant."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nets import forward, random_model, written

import mirhydro as mir
from mirhydro import _native, model_file

safetensors_numpy = pytest.importorskip("safetensors.numpy")
from safetensors import SafetensorError, safe_open  # noqa: E402

SMALL = (3, 2, 10)


def ours(path: Path) -> dict | None:
    try:
        return _native.describe_model(str(path))
    except ValueError as error:
        assert str(path) in str(error)
        assert len(str(error)) > len(str(path)) + 20, "a reason"
        return None


def theirs(path: Path) -> tuple[dict, dict] | None:
    try:
        with safe_open(path, "numpy") as file:
            return dict(file.metadata() or {}), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, UnicodeDecodeError):
        return None


def compare(path: Path, content: bytes) -> bool:
    """Whether we accept; then so do they, and both read the same."""
    path.write_bytes(content)
    mine = ours(path)
    if mine is None:
        return False
    other = theirs(path)
    assert other is not None, "we accept what safetensors refuses"
    metadata, tensors = other
    assert mine["metadata"] == metadata
    assert {name: tuple(shape) for name, _, shape in mine["tensors"]} == {k: v.shape for k, v in tensors.items()}
    return True


def test_what_we_write_is_read_by_both(tmp_path):
    path, model = written(tmp_path)
    metadata, tensors = theirs(path)
    assert list(tensors) and set(tensors) == set(model.tensors)
    for name, tensor in model.tensors.items():
        np.testing.assert_array_equal(tensors[name], tensor)
    assert metadata["architecture"] == "stencil_net"
    assert metadata["hidden"] == "64,64"
    assert metadata["checksum"] == hashlib.sha256(path.read_bytes()[-metadata_free_size(path) :]).hexdigest()
    mine = ours(path)
    assert mine["metadata"] == metadata
    assert json.loads(mine["metadata"]["recipe"])["note"] == "größer"
    again = model_file.read(path)
    assert again.metadata == metadata
    np.testing.assert_array_equal(again.tensors["layer1.weight"], model.tensors["layer1.weight"])


def metadata_free_size(path: Path) -> int:
    (length,) = struct.unpack("<Q", path.read_bytes()[:8])
    return path.stat().st_size - 8 - length


def test_what_safetensors_writes_is_read_by_us(tmp_path):
    """The same weights and metadata through the other writer: tensors sorted in its own way, padded in its own way."""
    model = random_model()
    path = tmp_path / "other.safetensors"
    for _ in range(2):  # its order of tensors decides the checksum
        safetensors_numpy.save_file(model.tensors, path, model.metadata)
        body = path.read_bytes()[-metadata_free_size(path) :]
        model.metadata |= {"mirhydro": "1", "checksum": hashlib.sha256(body).hexdigest()}
    x = np.random.default_rng(0).normal(size=(5, 55)).astype(np.float32)
    np.testing.assert_allclose(mir.Engine(path).infer(x), forward(model, x), rtol=1e-5, atol=1e-5)


def test_every_truncation_is_refused(tmp_path):
    content = model_file.to_bytes(random_model(SMALL))
    path = tmp_path / "cut.safetensors"
    for n in range(len(content)):
        assert not compare(path, content[:n])
    assert compare(path, content)
    assert not compare(path, content + b"\0")


def test_every_flipped_bit_is_refused_or_read_alike(tmp_path):
    content = model_file.to_bytes(random_model(SMALL))
    (length,) = struct.unpack_from("<Q", content)
    path = tmp_path / "flipped.safetensors"
    for n in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[n] ^= 1 << bit
            accepted = compare(path, bytes(changed))
            assert not (accepted and (n < 8 or n >= 8 + length)), "a length or a weight has changed"


def with_header(header: bytes, body: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + body


def pieces() -> tuple[dict, bytes]:
    content = model_file.to_bytes(random_model(SMALL))
    (length,) = struct.unpack_from("<Q", content)
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def test_headers_that_somebody_meant(tmp_path):
    header, body = pieces()
    text = json.dumps(header).encode()
    path = tmp_path / "bomb.safetensors"
    entry = json.dumps(header["layer0.bias"]).encode()
    swapped = json.loads(text)
    swapped["layer0.bias"]["data_offsets"], swapped["layer1.bias"]["data_offsets"] = (
        swapped["layer1.bias"]["data_offsets"],
        swapped["layer0.bias"]["data_offsets"],
    )
    overlap = json.loads(text)
    overlap["layer0.bias"]["data_offsets"] = overlap["layer0.weight"]["data_offsets"]
    refused = [
        with_header(text[:-1] + b', "layer0.bias": ' + entry + b"}", body),
        with_header(text.replace(b'"nodes": "2"', b'"nodes": "2", "nodes": "3"'), body),
        with_header(json.dumps(swapped).encode(), body),
        with_header(json.dumps(overlap).encode(), body),
        with_header(b" " + text, body),
        with_header(text + b"x", body),
        with_header(text, body + b"polyglot"),
        with_header(text[:-1] + b', "hole": {"dtype": "F32", "shape": [0], "data_offsets": [4, 4]}}', body),
        with_header(text.replace(b"[2]", b"[4294967296, 4294967296, 4294967296]"), body),
        with_header(b"[" * 500_000, body),
        with_header(b'{"a":' * 100_000, body),
        struct.pack("<Q", 2**63) + text + body,
        struct.pack("<Q", len(text) + len(body) + 1) + text + body,
        b"PK\x03\x04" + text,
        b"\x7fELF" + text,
        os.urandom(1000),
    ]
    for k, content in enumerate(refused):
        assert not compare(path, content), k
    for spaces in (1, 7, 100):
        assert compare(path, with_header(text + b" " * spaces, body))


tokens = st.sampled_from(
    ['{', '}', '[', ']', ',', ':', '"', '"dtype"', '"F32"', '"shape"', '"data_offsets"', "0", "2", "-1", "1e2", "8.0",
     "18446744073709551616", "null", "true", '"__metadata__"', '"layer0.bias"', "\\u0000", "\n", "\xff", "\\ud800", " "]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2000), st.integers(0, 12), st.lists(tokens, max_size=4))
def test_headers_with_pieces_cut_out_and_put_in(at, cut, put):
    header, body = pieces()
    text = json.dumps(header)
    at %= len(text)
    changed = (text[:at] + "".join(put) + text[at + cut :]).encode("latin-1", "replace")
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"mirhydro-fuzz-{os.getpid()}.safetensors"
    try:
        compare(path, with_header(changed, body))
    finally:
        path.unlink(missing_ok=True)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_writer_refuses_what_the_reader_would(value):
    with pytest.raises(ValueError, match=r"layer0.weight.*not finite"):
        weight = np.ones((2, 3))
        weight[1, 2] = value
        model_file.to_bytes(model_file.stencil_net([(weight, np.ones(2)), (np.ones((10, 2)), np.ones(10))], nodes=2))


def test_the_writer_names_layers_that_do_not_fit():
    with pytest.raises(ValueError, match=r"layers\[1\] has 3 inputs, the layer before it 2"):
        model_file.stencil_net([(np.ones((2, 3)), np.ones(2)), (np.ones((10, 3)), np.ones(10))], nodes=2)
    with pytest.raises(ValueError, match=r"11 outputs, not \(nodes \+ 1\)\^2 \+ 1 = 10"):
        model_file.stencil_net([(np.ones((2, 3)), np.ones(2)), (np.ones((11, 2)), np.ones(11))], nodes=2)
    with pytest.raises(ValueError, match=r"layers\[0\]: weight"):
        model_file.stencil_net([(np.ones((2, 3)), np.ones(3)), (np.ones((10, 2)), np.ones(10))], nodes=2)
    with pytest.raises(ValueError, match="at least one hidden layer"):
        model_file.stencil_net([(np.ones((10, 3)), np.ones(10))], nodes=2)


KILLED = """
import os, sys
import numpy as np
from mirhydro import model_file
import nets
path = sys.argv[1]
real = os.fsync
def killed(fd):
    os.kill(os.getpid(), 9)
os.fsync = killed
model_file.write(path, nets.random_model(seed=2))
"""


def test_a_killed_writer_leaves_the_old_file(tmp_path):
    """P12: written beside, renamed when it is whole."""
    path, _ = written(tmp_path)
    before = path.read_bytes()
    run = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=Path(__file__).parent)
    assert run.returncode == -9
    assert path.read_bytes() == before
    model_file.write(path, random_model(seed=3))
    assert path.read_bytes() != before
    assert path.stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path, monkeypatch):
    path, model = written(tmp_path)
    before = path.read_bytes()

    def full(_fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        model_file.write(path, model)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


LARGE = """
import resource, sys
import mirhydro as mir
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**27, resource.RLIM_INFINITY))
try:
    mir.Engine(sys.argv[1])
except ValueError as error:
    print(error)
"""


def test_a_large_file_that_is_none_is_refused_before_it_is_read(tmp_path):
    """10 GB, and 128 MB to read it into."""
    path = tmp_path / "sparse.safetensors"
    with open(path, "wb") as file:
        file.truncate(10 * 2**30)
    run = subprocess.run([sys.executable, "-c", LARGE, str(path)], capture_output=True, text=True)
    assert "sparse.safetensors: it has 10737418240 bytes: more than 256 MiB" in run.stdout, run.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path):
    path, _ = written(tmp_path)
    path.chmod(0)
    with pytest.raises(ValueError, match="Permission denied"):
        mir.Engine(path)
