"""The tables as text: Markdown for files and pipes, drawn by rich on a terminal that has it."""

from __future__ import annotations

import sys
from typing import TextIO

from mirhydro.evaluate.catalogue import GROUPS
from mirhydro.evaluate.layout import Figures, Reference, Table
from mirhydro.evaluate.results import Results


def cells(table: Table, results: Results) -> list[list[str]]:
    """Header, one row per method, one per published reference; a figure that is missing is a dash."""
    lines = [["variant" if table.variants else "method", *(c.label for c in table.columns)]]
    for method, cases in results.rows(table).items():
        lines.append([method, *(_written(cases.get(c.case, {}), c.quantity, c.form) for c in table.columns)])
    read = _sources(table)
    for row in published(table):
        lines.append(
            [
                f"{row.label} [{read.index(row.source) + 1}]",
                *(_written(row.figures, c.label, c.form) for c in table.columns),
            ]
        )
    return lines


def _written(figures: Figures, name: str, form: str) -> str:
    return format(figures[name], form) if name in figures else "-"


def published(table: Table) -> list[Reference]:
    """The published rows that have a figure in one of the columns."""
    return [row for row in table.references if {c.label for c in table.columns} & set(row.figures)]


def sources(table: Table) -> str:
    """Where the published rows were read, numbered as in `cells`."""
    return "; ".join(f"[{k + 1}] {source}" for k, source in enumerate(_sources(table)))


def _sources(table: Table) -> list[str]:
    """Each source once, in the order in which the rows name them."""
    return list(dict.fromkeys(row.source for row in published(table)))


def markdown(table: Table, results: Results) -> str:
    """One table with its title, note and sources."""
    header, *rows = cells(table, results)
    lines = [
        f"### {table.title}",
        "",
        _line(header),
        _line(["---", *["---:"] * (len(header) - 1)]),
        *map(_line, rows),
    ]
    if table.note:
        lines += ["", table.note]
    if published(table):
        lines += ["", f"Published: {sources(table)}."]
    return "\n".join(lines) + "\n"


def _line(words: list[str]) -> str:
    return "| " + " | ".join(words) + " |"


def report(tables: list[Table], results: Results) -> str:
    """All tables that have figures, in Markdown, each group under its note."""
    parts = []
    for name, group in GROUPS.items():
        shown = [markdown(t, results) for t in tables if t.group == name and results.rows(t)]
        if shown:
            parts += [f"## {group.title}\n\n{group.note}\n", *shown]
    return "\n".join(parts)


BEGIN, END = "<!-- tables of mirhydro evaluate: begin -->\n", "<!-- tables of mirhydro evaluate: end -->\n"


def spliced(document: str, tables: list[Table], results: Results) -> str:
    """The document with the report of `tables` between its two marks.

    Raises ValueError when it has not one of each, in their order.
    """
    before, begin, rest = document.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not (begin and end) or any(mark in part for mark in (BEGIN, END) for part in (before, old, after)):
        raise ValueError(f"the document has not one line {BEGIN.strip()} and after it one {END.strip()}")
    return f"{before}{BEGIN}\n{report(tables, results)}\n{END}{after}"


def show(tables: list[Table], results: Results, stream: TextIO | None = None) -> None:
    """Print the tables that have figures."""
    out = stream or sys.stdout
    try:
        from rich.console import Console
    except ImportError:
        out.write(report(tables, results))
        return
    if not out.isatty():
        out.write(report(tables, results))
        return
    console = Console(file=out)
    for table in tables:
        if results.rows(table):
            _draw(console, table, results)


def _draw(console: object, table: Table, results: Results) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    assert isinstance(console, Console)
    header, *rows = cells(table, results)
    grid = Grid(title=table.title, caption=" ".join(filter(None, (table.note, sources(table)))), title_justify="left")
    for k, word in enumerate(header):
        grid.add_column(word, justify="right" if k else "left")
    for row in rows:
        grid.add_row(*row)
    console.print(grid)
