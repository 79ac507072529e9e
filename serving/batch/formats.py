"""The formats of the output: how a row with its answer looks, how a part keeps it, and how parts become one file."""

import csv
import datetime as dt
import io
import json
import math
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from data.errors import ExtraError, InputError
from data.tables import Row
from serving.schema import ModelInfo, Resultaat

EXCEL_CHARACTERS = 32_767
"""Most of a cell."""
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.,]+e[+-]?\d+$)(?=.*[^\W\d_])", re.IGNORECASE | re.DOTALL)
"""Text that spreadsheets run as a formula when they open a CSV file. What has no letters can only add up numbers."""
_PARQUET_LEVELS = 20
"""Nested types of a column; readers of Arrow's schema take some sixty."""

Parts = Callable[[], Iterator[IO[bytes]]]
"""Gives what `pack` made of each part, opened, in order; may be called again."""


class Format(Protocol):
    """One format of the output."""

    max_rows: float = math.inf
    """Most rows of a file, the head not counted."""
    max_columns: float = math.inf

    def row(self, row: Row, result: Resultaat, model: ModelInfo) -> Row:
        """The row with its answer.

        Raises:
            InputError: the format cannot hold it.
        """
        ...

    def pack(self, rows: Sequence[Row]) -> bytes:
        """Rows as a part keeps them."""
        ...

    def join(self, parts: Parts, columns: Sequence[str], model: ModelInfo, target: Path) -> None:
        """Write the output from all parts.

        Args:
            parts: at least one.
            columns: those of all rows, in the order in which they come by first.
            model: what answered.
            target: a new file.
        """
        ...


class Jsonl(Format):
    """JSON Lines, answers nested as in the API."""

    def row(self, row: Row, result: Resultaat, model: ModelInfo) -> Row:
        """See `Format`."""
        joined = _join(row, result.model_dump(mode="json") | {"model": model.model_dump(mode="json")})
        _json(joined)
        return joined

    def pack(self, rows: Sequence[Row]) -> bytes:
        """See `Format`."""
        return "".join(f"{_json(row)}\n" for row in rows).encode()

    def join(self, parts: Parts, columns: Sequence[str], model: ModelInfo, target: Path) -> None:
        """See `Format`."""
        with target.open("wb") as file:
            for part in parts():
                shutil.copyfileobj(part, file)


class Csv(Format):
    """CSV, answers flattened with dots. Parts are JSON Lines, since later rows may have other columns.

    Text that a spreadsheet would run as a formula has an apostrophe in front: rows may come from anybody.
    """

    def row(self, row: Row, result: Resultaat, model: ModelInfo) -> Row:
        """See `Format`."""
        cells = {name: _text(value) if isinstance(value, list | dict) else value for name, value in row.items()}
        return _join(cells, _flat(result, model))

    def pack(self, rows: Sequence[Row]) -> bytes:
        """See `Format`."""
        return _json_lines(rows, str)

    def join(self, parts: Parts, columns: Sequence[str], model: ModelInfo, target: Path) -> None:
        """See `Format`."""
        with target.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(map(_inert, columns))
            table.writerows([_inert(row.get(name)) for name in columns] for row in _json_rows(parts))


def _inert(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


class Excel(Format):
    """One sheet, answers flattened with dots. Parts are JSON Lines, in which a date is an object `{"date": …}`."""

    max_rows = 1_048_575
    max_columns = 16_384

    def row(self, row: Row, result: Resultaat, model: ModelInfo) -> Row:
        """See `Format`."""
        return _join({self._cell(name): self._cell(value) for name, value in row.items()}, _flat(result, model))

    def _cell(self, value: Any) -> Any:
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, dt.date) and value.year < 1900:  # Excel has no such dates
            return value.isoformat()
        if value is None or isinstance(value, bool | float | dt.date):
            return value
        if isinstance(value, int) and abs(value) < 10**15:  # a cell holds 15 digits
            return value
        text = _text(value)
        if len(text) > EXCEL_CHARACTERS or ILLEGAL_CHARACTERS_RE.search(text):
            raise InputError(
                f"expected text of at most {EXCEL_CHARACTERS} characters without control characters for Excel,"
                f" found {text[:40]!r}; write .csv instead"
            )
        return text

    def pack(self, rows: Sequence[Row]) -> bytes:
        """See `Format`."""
        return _json_lines(rows, lambda value: {"date": value.isoformat()})

    def join(self, parts: Parts, columns: Sequence[str], model: ModelInfo, target: Path) -> None:
        """See `Format`."""
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell

        book = Workbook(write_only=True)
        sheet = book.create_sheet("antwoorden")

        def cell(value: Any) -> Any:
            if isinstance(value, dict):
                return dt.datetime.fromisoformat(value["date"]).replace(tzinfo=None)  # Excel knows no time zones
            if isinstance(value, str) and value.startswith(("=", "#")):
                written = WriteOnlyCell(sheet, value)
                written.data_type = "s"  # text, and neither a formula nor an error such as #N/A
                return written
            return value

        sheet.append([cell(name) for name in columns])
        for row in _json_rows(parts):
            sheet.append([cell(row.get(name)) for name in columns])
        book.save(target)


class Parquet(Format):
    """Parquet, answers flattened with dots. A column whose values have no type in common becomes text."""

    def __init__(self) -> None:
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise ExtraError("pyarrow", "batch") from error

    def row(self, row: Row, result: Resultaat, model: ModelInfo) -> Row:
        """See `Format`."""
        return _join(row, _flat(result, model))

    def pack(self, rows: Sequence[Row]) -> bytes:
        """See `Format`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = dict.fromkeys(name for row in rows for name in row)
        part = io.BytesIO()
        pq.write_table(pa.table({name: _array([row.get(name) for row in rows]) for name in columns}), part)
        return part.getvalue()

    def join(self, parts: Parts, columns: Sequence[str], model: ModelInfo, target: Path) -> None:
        """See `Format`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        types: dict[str, dict[Any, None]] = {name: {} for name in columns}
        for part in parts():
            for field in pq.read_schema(part):
                types[field.name][field.type] = None
        schema = pa.schema([(name, _common(types[name])) for name in columns], metadata=_columns(model))
        while unfit := _write(parts, schema, target):
            schema = schema.set(schema.get_field_index(unfit), pa.field(unfit, pa.string()))


def _flat(result: Resultaat, model: ModelInfo) -> Row:
    """The answer as columns `domein.id`, `urgentie.kansen.hoog`, …; lists as JSON text."""
    values = result.model_dump(mode="json")
    domein, urgentie = values.pop("domein"), values.pop("urgentie")
    domein |= {key: _text(domein[key]) for key in ("alternatieven", "mogelijk")}
    urgentie |= {f"kansen.{level}": kans for level, kans in urgentie.pop("kansen").items()}
    return (
        {"id": values.pop("id")}
        | {f"domein.{key}": value for key, value in domein.items()}
        | {f"urgentie.{key}": value for key, value in urgentie.items()}
        | values
        | _columns(model)
    )


def _columns(model: ModelInfo) -> dict[str, str]:
    """What answered, as columns or as Parquet's metadata."""
    return {f"model.{key}": value for key, value in model.model_dump(mode="json").items()}


def _join(row: Row, answer: Row) -> Row:
    """The row with the answer's columns; refuses a row that has such a column already, so that nothing is lost."""
    if taken := [column for column in answer if column in row and column != "id"]:
        raise InputError(f"expected no column {', '.join(taken)}, which the answers need; rename it in the input")
    return row | answer


def _json(row: Row) -> str:
    """JSON text; what JSON has no form for (dates of a Parquet file, say) becomes a string."""
    try:
        return json.dumps(row, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError as error:
        raise InputError(f"expected values that JSON can hold ({error}); write .parquet instead") from error


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)


def _json_lines(rows: Sequence[Row], default: Callable[[Any], Any]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, default=default) + "\n" for row in rows).encode()


def _json_rows(parts: Parts) -> Iterator[Row]:
    for part in parts():
        yield from map(json.loads, part)


def _array(values: list[Any]) -> Any:
    """Values as an Arrow array, as text if they have no type in common."""
    import pyarrow as pa

    try:
        found = pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return _as_text(values)
    return found if _storable(found.type) else _as_text(values)


def _as_text(values: Iterable[Any]) -> Any:
    import pyarrow as pa

    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _common(types: Iterable[Any]) -> Any:
    """The type that holds those of all parts; text if there is none, or no value at all."""
    import pyarrow as pa

    schemas = [pa.schema([("values", each)]) for each in types]
    try:
        [field] = pa.unify_schemas(schemas, promote_options="permissive")
    except (pa.ArrowException, TypeError):
        return pa.string()
    return pa.string() if pa.types.is_null(field.type) else field.type


def _storable(kind: Any, levels: int = _PARQUET_LEVELS) -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind) and not kind.num_fields:  # of {}: Parquet has columns for fields alone
        return False
    return levels > 0 and all(_storable(kind.field(place).type, levels - 1) for place in range(kind.num_fields))


def _write(parts: Parts, schema: Any, target: Path) -> str | None:
    """Write all parts with the columns and types of the whole; gives the first column that does not fit, if any."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetWriter(target, schema) as writer:
        for part in parts():
            table = pq.read_table(part)
            columns = dict(zip(table.column_names, table.columns, strict=True))
            fitted: dict[str, Any] = {
                field.name: _fit(columns.get(field.name), field.type, len(table)) for field in schema
            }
            for name, values in fitted.items():
                if values is None:
                    return name
            writer.write_table(pa.table(fitted, schema=schema))
    return None


def _fit(column: Any, kind: Any, rows: int) -> Any:
    """A part's column, if it has it, in the type of the whole; None if its values do not fit."""
    import pyarrow as pa

    if column is None:
        return pa.nulls(rows, kind)
    if column.type == kind:
        return column
    if pa.types.is_string(kind):
        return _as_text(column.to_pylist())
    try:
        return column.cast(kind)
    except pa.ArrowException:  # a fraction has 53 bits for a number of 64
        return None


FORMATS: Mapping[str, type[Format]] = {".csv": Csv, ".jsonl": Jsonl, ".parquet": Parquet, ".xlsx": Excel}


def format_of(target: str) -> Format:
    """The format that the ending of a name promises.

    Raises:
        InputError: no such format is written.
        ExtraError: Parquet without pyarrow.
    """
    written = FORMATS.get(Path(target).suffix.lower())
    if written is None:
        raise InputError(f"{target}: expected a name that ends in {', '.join(sorted(FORMATS))}; rename it")
    return written()
