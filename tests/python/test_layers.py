"""The house is as planned: which room includes which, what the library drags in, what a stranger's build finds."""

from __future__ import annotations

import os
import platform
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import mirhydro as mir

PACKAGE = Path(mir.__file__).parent
ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "cpp" / "src"
PUBLIC = ROOT / "cpp" / "include" / "mirhydro"

#: Rooms in order: a file includes from its own room and from those before it (style.md, section 2).
ROOMS = ("lane", "geometry", "plic", "neural", "engine", "reconstruct", "c_api", "fortran")
#: The face of Python stands beside c_api: it sees reconstruct and the public headers.
PYTHON_SEES = ("reconstruct", "python")


def sources() -> list[Path]:
    files = [p for p in SOURCES.rglob("*") if p.suffix in {".hpp", ".cpp", ".h", ".c"}]
    assert len(files) > 20
    return files


def included(text: str, form: str) -> list[str]:
    return re.findall(rf"^\s*#\s*include\s+{form}", text, re.MULTILINE)


def room_of(path: str) -> str:
    return path.split("/")[0]


def test_every_include_points_left():
    wrong = []
    for path in sources():
        here = path.relative_to(SOURCES)
        room = here.parts[0]
        assert room in (*ROOMS, "python"), f"{here}: a room without a name in the plan"
        for other in included(path.read_text(), r'"([^"]+)"'):
            seen = room_of(other)
            fine = seen in PYTHON_SEES if room == "python" else seen in ROOMS[: ROOMS.index(room) + 1]
            if not fine or not (SOURCES / other).is_file():
                wrong.append(f"{here} includes {other}")
    assert not wrong


def test_public_headers_see_only_themselves_and_the_standard_library():
    standard = re.compile(r"<[a-z_]+(\.h)?>$")
    for path in [*PUBLIC.glob("*.hpp"), *PUBLIC.glob("*.h")]:
        text = path.read_text()
        assert not included(text, r'"([^"]+)"'), f"{path.name}: public headers include each other by <mirhydro/...>"
        for other in included(text, r"(<[^>]+>)"):
            inside = other.strip("<>").startswith("mirhydro/")
            assert inside or standard.match(other), f"{path.name} includes {other}"


def test_torch_is_seen_in_its_room_only():
    for path in sources():
        if path.relative_to(SOURCES).parts[:2] != ("engine", "torch"):
            assert not re.search(r"#\s*include\s*[<\"](torch|ATen|c10)/", path.read_text()), path


def test_python_is_seen_in_its_face_only():
    for path in sources():
        if path.relative_to(SOURCES).parts[0] != "python":
            assert not re.search(r"#\s*include\s*[<\"](pybind11|Python\.h)", path.read_text()), path


def test_nobody_turns_the_rules_of_arithmetic_off():
    """Not at compile time, not at link time, not by attribute or pragma: the host's floating point is its own."""
    build = [*ROOT.glob("CMakeLists.txt"), *ROOT.glob("pyproject.toml"), *(ROOT / "cpp").rglob("CMakeLists.txt")]
    build += [
        *(ROOT / "cpp").rglob("*.cmake"),
        *(ROOT / "cpp").rglob("*.in"),
        *(ROOT / "tests").rglob("CMakeLists.txt"),
    ]
    assert len(build) >= 4
    forbidden = re.compile(
        r"-ffast-math|-Ofast|-march=native|-mtune=native|-funsafe-math|-ffinite-math|-fassociative-math|-freciprocal-math"
        r"|-ffp-contract=(fast|on)|-fno-signed-zeros|-fno-trapping-math|-fcx-limited|optimize\("
        r"|STDC FP_CONTRACT ON|_MM_SET_FLUSH"
    )
    for path in [*build, *sources()]:
        found = forbidden.search(path.read_text())
        assert not found, f"{path.relative_to(ROOT)}: {found and found.group()}"


def test_contraction_is_off_everywhere():
    assert "-ffp-contract=off" in (ROOT / "cpp" / "CMakeLists.txt").read_text()


def needed(library: Path) -> list[str]:
    """DT_NEEDED of an ELF file, read by hand: readelf is not everywhere."""
    data = library.read_bytes()
    assert data[:5] == b"\x7fELF\x02", "a 64-bit ELF file"
    offset, size, count = *struct.unpack_from("<Q", data, 0x28), *struct.unpack_from("<HH", data, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + k * size) for k in range(count)]
    dynamic = next(s for s in sections if s[1] == 6)
    strings = sections[dynamic[6]]
    entries = [struct.unpack_from("<qQ", data, dynamic[4] + 16 * k) for k in range(dynamic[5] // 16)]
    names = [strings[4] + value for tag, value in entries if tag == 1]
    return [data[at : data.index(b"\0", at)].decode() for at in names]


def the_library() -> Path:
    found = sorted((PACKAGE / "lib").glob("libmirhydro.so*"))
    if not found:
        pytest.skip("no ELF library here")
    return found[0]


def test_the_library_needs_neither_torch_nor_python_nor_openmp():
    allowed = re.compile(r"lib(stdc\+\+|m|gcc_s|c|pthread|dl|rt)\.so(\.\d+)*$|ld-linux.*")
    extra = [name for name in needed(the_library()) if not allowed.match(name)]
    assert not extra
    assert needed(the_library())


def test_the_reader_of_elf_files_agrees_with_readelf():
    if not shutil.which("readelf"):
        pytest.skip("no readelf")
    run = subprocess.run(["readelf", "-d", str(the_library())], capture_output=True, text=True, check=True)
    assert re.findall(r"NEEDED.*\[(.*)\]", run.stdout) == needed(the_library())


def test_only_our_names_are_exported():
    if not shutil.which("nm"):
        pytest.skip("no nm")
    run = subprocess.run(
        ["nm", "-DC", "--defined-only", str(the_library())], capture_output=True, text=True, check=True
    )
    names = [line.split(maxsplit=2)[2] for line in run.stdout.splitlines()]
    ours = re.compile(
        r"(typeinfo|typeinfo name|vtable|guard variable|VTT) for mirhydro::|mirhydro::|mirhydro_|_(init|fini)$"
    )
    foreign = [name for name in names if not ours.match(name) and "std::" not in name and "operator" not in name]
    assert not foreign
    inner = [
        name for name in names if re.search(r"mirhydro::(lane|geometry|plic|neural|engine|reconstruct|outline)::", name)
    ]
    assert not [name for name in inner if not re.search(r"std::", name)], "rooms are not for hosts"


def test_the_torch_library_exports_one_name():
    library = PACKAGE / "lib" / "libmirhydro_torch.so"
    if not library.exists() or not shutil.which("nm"):
        pytest.skip("built without LibTorch, or no nm")
    run = subprocess.run(["nm", "-DC", "--defined-only", str(library)], capture_output=True, text=True, check=True)
    names = [line.split(maxsplit=2)[2] for line in run.stdout.splitlines()]
    ours = re.compile(
        r"(typeinfo|typeinfo name|vtable) for mirhydro::Error|mirhydro_torch_library|_(init|fini|edata|end)$"
    )
    others = re.compile(r"std::|c10::|at::|torch::|__bss_start|operator")  # templates of theirs, instantiated here
    assert "mirhydro_torch_library" in names
    assert not [name for name in names if not ours.search(name) and not others.search(name)]
    assert "libtorch_python" not in " ".join(needed(library))


def in_python(code: str, **env: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **env}, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_import_brings_in_numpy_and_nothing_heavy():
    heavy = {"torch", "matplotlib", "scipy", "pandas", "PIL", "rich", "pyvista", "shapely"}
    code = "import sys, mirhydro; print(*{m.split('.')[0] for m in sys.modules})"
    assert not heavy & set(in_python(code).split())


FLOATING_POINT = """
import ctypes, sys
libm = ctypes.CDLL("libm.so.6")
state = ctypes.create_string_buffer(64)
def environment():  # control words; not the sticky flags, nor where the x87 unit was last
    libm.fegetenv(state)
    return state.raw[0:2], int.from_bytes(state.raw[28:32], "little") & ~0x3F, libm.fegetround()
def denormals():
    tiny = float("5e-324")
    return tiny * 1 > 0 and tiny + tiny == 1e-323 and 2.2250738585072014e-308 / 2 > 0
assert denormals()
import numpy as np
before = environment()
import mirhydro as mir
assert environment() == before, "import"
assert denormals()
vf = mir.volume_fractions([mir.Circle((.5, .5), .3), mir.HalfPlane((.2, .2), (1, 1))], 32, 32)
assert environment() == before
for method in mir.methods():
    for threads in (1, 2):
        more = {"centroids": np.full((*vf.shape, 2), .5)} if method == "mof" else {}
        r = mir.Reconstructor(method, threads=threads)(vf, **more)
        r.swept("x", np.full((32, 33), .3), flush=1e-6), r.polygons(), r.centroids(), r.contours()
        assert environment() == before, method
        assert denormals()
        try:
            mir.Reconstructor(method)(vf * np.nan, **more)
        except ValueError:
            pass
        assert environment() == before, method
print("unchanged")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads glibc's floating-point environment")
def test_the_floating_point_state_is_left_alone():
    """P3: rounding, flush-to-zero, denormals-are-zero and masks, by import and by every call; 5e-324 stays so."""
    assert in_python(FLOATING_POINT) == "unchanged"


HOSTILE_ROUNDING = """
import ctypes
import numpy as np, mirhydro as mir
libm = ctypes.CDLL("libm.so.6")
vf = mir.volume_fractions([mir.Circle((.47, .53), .3)], 32, 32)
vf[0, 3, 3], vf[0, 28] = .5, .25  # a cell without a gradient, and a line along an axis
vf[1] = 1 - vf[0]
for mode in (0, 0x400, 0x800, 0xC00):
    for method in mir.methods():
        more = {"centroids": np.full((*vf.shape, 2), .5)} if method == "mof" else {}
        rec, d = mir.Reconstructor(method), np.full((32, 33), .3)
        libm.fesetround(mode)
        r = rec(vf, **more)
        v, s = r.volumes(), r.swept("x", d)
        libm.fesetround(0)
        j, i = r.cells.T
        assert np.abs(v - vf[:, j, i].T).max() < 1e-14, (mode, method)
        assert np.abs(s.sum(axis=0) - d).max() < 1e-15, (mode, method)
print("exact")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sets glibc's rounding mode")
def test_any_rounding_mode_of_the_host_gives_exact_volumes():
    """P2."""
    assert in_python(HOSTILE_ROUNDING) == "exact"


FLUSHED = """
import ctypes
import numpy as np, mirhydro as mir
libm = ctypes.CDLL("libm.so.6")
usual, flushed = ctypes.create_string_buffer(64), ctypes.create_string_buffer(64)
libm.fegetenv(usual)
bits = int.from_bytes(usual.raw[28:32], "little") | 0x8040  # flush to zero, denormals are zero
flushed.raw = usual.raw[:28] + bits.to_bytes(4, "little") + usual.raw[32:]
vf = mir.volume_fractions([mir.Circle((.47, .53), .3)], 32, 32)
vf[0, 3, 3], vf[0, 28] = .5, .25  # a cell without a gradient, and a line along an axis
vf[1] = 1 - vf[0]
vf[0, 0, :3] = 5e-324, 1e-310, 1e-300  # round-off, seen or not
for method in mir.methods():
    more = {"centroids": np.full((*vf.shape, 2), .5)} if method == "mof" else {}
    rec, d, e = mir.Reconstructor(method), np.full((32, 33), .3), np.full((33, 32), 1e-300)
    libm.fesetenv(flushed)
    none = float("5e-324") * 1.5
    r = rec(vf, **more)
    v, s, t = r.volumes(), r.swept("x", d), r.swept("y", e)
    kept = float("5e-324") * 1.5
    libm.fesetenv(usual)
    assert none == kept == 0, "the host's state is that which it set"
    j, i = r.cells.T
    assert np.abs(v - vf[:, j, i].T).max() < 1e-14, method
    assert np.abs(s.sum(axis=0) - d).max() < 1e-15 and np.abs(t.sum(axis=0) - e).max() < 1e-15, method
print("exact")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux") or platform.machine() != "x86_64", reason="sets MXCSR")
def test_a_host_that_flushes_denormals_gets_exact_volumes():
    """P2."""
    assert in_python(FLUSHED) == "exact"


LOCALE = """
import locale, sys
import numpy as np
for name in ("de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C.UTF-8"):
    try:
        locale.setlocale(locale.LC_ALL, name)
        break
    except locale.Error:
        pass
import mirhydro as mir
try:
    mir.Reconstructor("elvira")(np.full((2, 2, 2), .25))
except ValueError as error:
    assert "adds up to 0.5" in str(error), error
try:
    mir.Reconstructor("elvira")(np.array([[.5, -.25]]))
except ValueError as error:
    assert "vf[0, 1] = -0.25" in str(error), error
print("told")
"""


def test_messages_do_not_depend_on_the_locale():
    """P14: decimal points, whatever the host's locale."""
    assert in_python(LOCALE, LC_ALL="de_DE.UTF-8") == "told"


def test_an_unreadable_home_and_another_directory_do_not_matter(tmp_path):
    code = f"import os; os.chdir({str(tmp_path)!r}); import mirhydro as mir; print(len(mir.methods()) > 4)"
    assert in_python(code, HOME="/nonexistent", XDG_CACHE_HOME="/nonexistent") == "True"


@pytest.mark.parametrize("name", ["portable", "avx2", "avx512"])
def test_the_instruction_set_can_be_named(name):
    code = "import mirhydro as mir; print(mir.instruction_set())"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "MIRHYDRO_SIMD": name}
    )
    assert run.stdout.strip() == name or "MIRHYDRO_SIMD" in run.stderr


def test_an_instruction_set_that_is_none_is_refused_in_words():
    code = "import mirhydro as mir, numpy as np; mir.Reconstructor('elvira')(np.full((2, 3, 3), .5))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "MIRHYDRO_SIMD": "mmx"}
    )
    assert run.returncode == 1
    assert "MIRHYDRO_SIMD = mmx: portable, avx2 or avx512" in run.stderr


def test_a_strangers_project_builds_against_the_installed_package(tmp_path):
    """find_package, C++17, the place told by `python -m mirhydro --cmake-dir`; then it runs."""
    cmake = shutil.which("cmake")
    compiler = shutil.which("c++") or shutil.which("g++")
    if not cmake or not compiler:
        pytest.skip("no CMake or no compiler")
    where = subprocess.run(
        [sys.executable, "-m", "mirhydro", "--cmake-dir"], capture_output=True, text=True, check=True
    )
    source, build = ROOT / "tests" / "cmake_consumer", tmp_path / "build"
    for command in (
        [cmake, "-S", str(source), "-B", str(build), f"-Dmirhydro_DIR={where.stdout.strip()}"],
        [cmake, "--build", str(build)],
        [str(build / "host")],
    ):
        run = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"
    assert "swept 0.3" in run.stdout
    assert "no nothing.safetensors in" in run.stdout
