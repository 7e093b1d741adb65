"""The line on the terminal that says how far a run is."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from .problem import Run


class Progress:
    """One line that is rewritten, at most five times a second; on a file, one line per tenth of the run.

    `label` begins the line; without a stream nothing is shown.
    """

    def __init__(self, until: float, stream: TextIO | None, label: str = "") -> None:
        self._until, self._stream, self._label = until, stream, label
        self._terminal = stream is not None and stream.isatty()
        self._start = self._last = monotonic()
        self._begun: float | None = None
        self._tenth = 0

    def __call__(self, run: Run) -> None:
        """Show where the run is."""
        if self._stream is None:
            return
        if self._begun is None:
            self._begun = run.time
        now, share = monotonic(), min(run.time / self._until, 1.0)
        due = now - self._last > 0.2 if self._terminal else int(10 * share) > self._tenth
        if not due:
            return
        self._last, self._tenth = now, int(10 * share)
        done = (run.time - self._begun) / max(self._until - self._begun, 1e-300)
        left = f", about {(now - self._start) * (1 - done) / done:.0f} s left" if done > 0 else ""
        text = f"{self._label}step {run.steps}, t = {run.time:.4g}, {share:4.0%}{left}"
        self._stream.write(f"\r{text:<100}" if self._terminal else text + "\n")
        self._stream.flush()

    def close(self) -> None:
        """End the line."""
        if self._terminal and self._stream is not None:
            self._stream.write("\n")
