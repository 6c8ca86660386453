"""Tables, as a passage a row: `exhibit: Steam engine; room: Garden; year: 1871`."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from kiosk.knowledge.documents import KnowledgeFileError, Passage
from kiosk.settings.textfile import read_text

MAX_FILE_BYTES = 8 << 20
"""Of a table."""
MAX_ROWS = 20_000
"""Of a sheet."""
DELIMITERS = ",;\t|"


def read_csv(file: Path) -> list[Passage]:
    """Rows under the names of the first one; separated by comma, semicolon, tab or bar."""
    text = read_text(file, MAX_FILE_BYTES)
    head = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Sequence[Any]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(row) > len(rows[0]) and any(cell.strip() for cell in row[len(rows[0]) :]):
                raise KnowledgeFileError(
                    f"has more cells in line {reader.line_num} than the first row has names",
                    f'Put a text that holds "{delimiter}" into straight quotes',
                )
    except csv.Error as error:
        raise KnowledgeFileError(
            f"is no table of cells, line {reader.line_num}: {error}",
            "Close each quote, and export it again as CSV",
        ) from None
    return list(_passages("", rows))


def read_workbook(file: Path) -> list[Passage]:
    """Rows of each sheet that is seen, under the names of its first row."""
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    passages: list[Passage] = []
    try:
        with CalamineWorkbook.from_path(file) as workbook:
            sheets = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.typ is SheetTypeEnum.WorkSheet
                and sheet.visible is SheetVisibleEnum.Visible
            ]
            for name in sheets:
                rows = workbook.get_sheet_by_name(name).to_python(nrows=MAX_ROWS + 1)
                title = name if len(sheets) > 1 else ""
                passages += _passages(title, rows)
    except PasswordError:
        raise KnowledgeFileError("is locked with a password", "Save it without one") from None
    except (CalamineError, OSError) as error:
        raise KnowledgeFileError(
            f"is no workbook that can be read: {error}", "Save it again as .xlsx"
        ) from None
    return passages


def _passages(title: str, rows: Sequence[Sequence[Any]]) -> Iterator[Passage]:
    lines = [[_told(cell) for cell in row] for row in rows]
    lines = [line for line in lines if any(line)]
    if not lines:
        return
    if len(lines) > MAX_ROWS:
        raise KnowledgeFileError(
            f"has more than {MAX_ROWS} rows", "Leave out what no visitor asks for"
        )
    names, *rest = lines
    for line in rest:
        cells = zip(names, line, strict=False)
        told = [f"{name}: {cell}" if name else cell for name, cell in cells if cell]
        yield Passage(title, "; ".join(told))


def _told(cell: Any) -> str:
    """A cell as it is read aloud: whole numbers without a point, dates as 2026-12-05."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(" ", "minutes")
        case date():
            return cell.isoformat()
        case time():
            return cell.isoformat("minutes")
        case _:
            return " ".join(str(cell).split())
