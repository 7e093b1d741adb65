"""What can run a model here: engines of ours and public ones, on every device, in every precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mirhydro.build import torch_problem
from mirhydro.engine import Engine
from mirhydro.export import to_onnx

Call = Callable[[Any, Any], Any]
ENGINES = ("native", "torch", "onnxruntime", "openvino")


@dataclass(frozen=True)
class Runner:
    """`call(batch, out)`, on host arrays; on a device also with tensors that lie there (`resident`)."""

    engine: str
    device: str
    precision: str
    call: Call
    resident: bool = False

    @property
    def name(self) -> str:
        return f"{self.engine} {self.device} {self.precision}"


def onnx_runtime(content: bytes) -> Call:
    """ONNX Runtime on one thread, in place, as ours. Raises ImportError where it is missing."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def call(x: np.ndarray, out: np.ndarray) -> None:
        binding = session.io_binding()
        binding.bind_cpu_input("cells", x)
        binding.bind_output("nodes", "cpu", 0, np.float32, out.shape, out.ctypes.data)
        session.run_with_iobinding(binding)

    return call


def openvino(content: bytes, precision: str) -> Call:
    """OpenVINO on one thread, in place. Raises ImportError where it is missing."""
    import openvino as library

    core = library.Core()
    config = {
        "INFERENCE_PRECISION_HINT": {"bfloat16": "bf16", "float16": "f16", "float32": "f32"}[precision],
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    request = core.compile_model(core.read_model(content), "CPU", config).create_infer_request()

    def call(x: np.ndarray, out: np.ndarray) -> None:
        request.set_input_tensor(library.Tensor(x, shared_memory=True))
        request.set_output_tensor(library.Tensor(out, shared_memory=True))
        request.infer()

    return call


def ours(path: Path, engine: str, device: str = "cpu", precision: str = "float32") -> Call:
    """An engine of ours, on one thread."""
    made = Engine(path, engine=engine, device=device, precision=precision)
    return lambda x, out: made.infer(x, out=out)


def in_float32(path: Path, engine: str) -> Call:
    """One engine alone on the processor: what its memory is measured with."""
    if engine in ("native", "torch"):
        return ours(path, engine)
    content = to_onnx(str(path)).SerializeToString()
    return onnx_runtime(content) if engine == "onnxruntime" else openvino(content, "float32")


def accelerators() -> list[str]:
    """Devices beside the processor that torch sees."""
    try:
        import torch
    except ImportError:
        return []
    if not torch.accelerator.is_available():
        return []
    current: Any = torch.accelerator.current_accelerator()
    return [f"{current.type}:{k}" for k in range(torch.accelerator.device_count())]


def runners(
    path: Path, engines: Sequence[str] = ENGINES, devices: Sequence[str] | None = None
) -> tuple[list[Runner], list[str]]:
    """All that run here, and a line for each that does not, with the reason."""
    devices = ["cpu", *accelerators()] if devices is None else devices
    found: list[Runner] = []
    skipped: list[str] = []

    def attempt(engine: str, device: str, precision: str, make: Callable[[], Call]) -> None:
        try:
            found.append(Runner(engine, device, precision, make(), resident=device != "cpu"))
        except (ImportError, ValueError, RuntimeError) as error:
            skipped.append(f"{engine} {device} {precision}: {str(error).splitlines()[0]}")

    if "native" in engines and "cpu" in devices:
        for precision in ("float32", "bfloat16"):
            attempt("native", "cpu", precision, lambda p=precision: ours(path, "native", "cpu", p))  # type: ignore[misc]
    if "torch" in engines and torch_problem():
        skipped.append(f"torch: {torch_problem()}")
    elif "torch" in engines:
        for device in devices:
            for precision in ("float32", "bfloat16", "float16"):
                attempt("torch", device, precision, lambda d=device, p=precision: ours(path, "torch", d, p))  # type: ignore[misc]
    public = [engine for engine in ("onnxruntime", "openvino") if engine in engines]
    if public and "cpu" in devices:
        try:
            content = to_onnx(str(path)).SerializeToString()
        except ImportError as error:
            return found, skipped + [f"{engine}: {error}" for engine in public]
        if "onnxruntime" in public:
            attempt("onnxruntime", "cpu", "float32", lambda: onnx_runtime(content))
        if "openvino" in public:
            for precision in ("float32", "bfloat16", "float16"):
                attempt("openvino", "cpu", precision, lambda p=precision: openvino(content, p))  # type: ignore[misc]
    return found, skipped
