"""Figures on disk, written one by one, so that an interrupted evaluation goes on where it stopped."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import mirhydro as mir
from mirhydro.evaluate.layout import BEST_LINE, Figures, Table
from mirhydro.evaluate.variants import Method, name_of

_PREFERRED = ("youngs", "myc", "elvira", "lvira", "mof", "ppic", "neural", "neural-fine", "autoencoder")


def ordered(methods: Iterable[str]) -> list[str]:
    """The methods, known ones in the order in which they are usually shown, new ones after them."""
    return sorted(methods, key=lambda m: (_PREFERRED.index(m) if m in _PREFERRED else len(_PREFERRED), m))


def metadata() -> dict[str, Any]:
    """Version, build and machine; nothing that changes from commit to commit or from run to run."""
    build = mir.build_info()
    return {
        "mirhydro": mir.__version__,
        "build": {name: build[name] for name in ("compiler", "build_type", "instruction_set", "machine")},
        "processor": build["processor"],
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


class Results:
    """Figures by table, method and case.

    With a path, the file is rewritten after each new entry and marked complete at the end. An incomplete file
    of the same build and machine is continued; anything else there is replaced, unless it is kept (`keep`): then
    the figures of a complete file stay until others are put in their place.

    Raises ValueError when a file to be kept is of another build or machine: one file tells of one.
    """

    def __init__(self, path: Path | None = None, keep: bool = False) -> None:
        self._path = path
        self._data: dict[str, Any] = {
            "program": "mirhydro evaluate",
            "complete": False,
            "metadata": metadata(),
            "tables": {},
        }
        if path is not None and path.exists():
            earlier = json.loads(path.read_text(encoding="utf-8"))
            same = earlier.get("metadata") == self._data["metadata"]
            if keep and not same:
                raise ValueError(f"{path} is of another build or machine: measure all of it, without --update")
            if same and (keep or not earlier.get("complete", True)):
                self._data = earlier

    @classmethod
    def read(cls, path: Path) -> Results:
        """Figures of a finished file, to be shown and not continued."""
        results = cls()
        results._data = json.loads(path.read_text(encoding="utf-8"))
        return results

    @property
    def metadata(self) -> dict[str, Any]:
        return dict(self._data["metadata"])

    def rows(self, table: Table) -> dict[str, dict[str, Figures]]:
        """Figures by row and case; the floor first, then the methods in their usual order, or the table's variants."""
        found = self._data["tables"].get(table.name, {}).get("rows", {})
        if table.variants:
            return {v.name: found[v.name] for v in table.variants if v.name in found}
        names = [m for m in found if m == BEST_LINE] + ordered([m for m in found if m != BEST_LINE])
        return {m: found[m] for m in names}

    def get(self, table: Table, method: str, case: str) -> Figures | None:
        entry = self._data["tables"].get(table.name, {})
        if entry.get("settings") != table.settings:
            return None
        figures: Figures | None = entry["rows"].get(method, {}).get(case)
        return figures

    def put(self, table: Table, method: str, case: str, figures: Figures) -> None:
        entry = self._data["tables"].setdefault(table.name, {})
        if entry.get("settings") != table.settings:
            entry.update(settings=table.settings, rows={})
        entry.update(title=table.title, note=table.note)
        entry["rows"].setdefault(method, {})[case] = figures
        self._write()

    def forget(self, table: Table, row: str, case: str) -> None:
        """Measure that figure anew; an update that is interrupted goes on as any unfinished file does."""
        self._data["complete"] = False
        self._data["tables"].get(table.name, {}).get("rows", {}).get(row, {}).pop(case, None)

    def finish(self) -> None:
        self._data["complete"] = True
        self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(self._path.name + ".part")
        beside.write_text(json.dumps(self._data, indent=1) + "\n", encoding="utf-8")
        os.replace(beside, self._path)  # a killed run leaves the file of the row before, never half a file


def work(tables: list[Table], methods: list[str]) -> Iterator[tuple[Table, str, str, Callable[[], Figures]]]:
    """Table, row, case and the call that measures it, for every figure asked for."""
    for table in tables:
        for case, floor in table.floor.items():
            yield table, BEST_LINE, case, floor
        rows: list[Method] = list(methods)
        if table.variants:
            rows = [v for v in table.variants if v.method in methods]
        for row in rows:
            for case, measure in table.measure.items():
                yield table, name_of(row), case, partial(measure, row)
