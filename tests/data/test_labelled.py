import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import InputError, SchemeError
from data.labelled import CORPUS_HELD_OUT, CORPUS_TRAIN, corpus, read_labelled
from data.labels import LabelScheme
from data.question import LabelledQuestion, Question

ROW = {"tekst": "Klopt het?", "domain": "zorg"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "own.jsonl"


def _write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _read_one(path: Path, scheme: LabelScheme, **values: Any) -> LabelledQuestion:
    (question,) = read_labelled(_write(path, ROW | values), scheme)
    return question


def test_all_columns(path: Path, scheme: LabelScheme) -> None:
    question = _read_one(
        path,
        scheme,
        titel="De brug",
        context="Ja?",
        datum="2024-03-03",
        id=7,
        also=["werk", "recht"],
        urgency="hoog",
        deadline="2024-03-05",
        group="g1",
        split="dev",
    )
    assert question == LabelledQuestion(
        question=Question(text="Klopt het?", title="De brug", context="Ja?", date=date(2024, 3, 3), id="7"),
        domain="zorg",
        also=("werk", "recht"),
        urgency="hoog",
        deadline=date(2024, 3, 5),
        group="g1",
        source="own",
        split="dev",
    )


@pytest.mark.parametrize("empty", [pytest.param(None, id="null"), pytest.param("", id="empty")])
def test_labels_that_nobody_gave(path: Path, scheme: LabelScheme, empty: str | None) -> None:
    given = _read_one(path, scheme, also=empty, urgency=empty, deadline=empty, group=empty, split=empty)
    assert given == _read_one(path, scheme)
    assert (given.also, given.urgency, given.deadline, given.split) == ((), None, None, None)


@pytest.mark.parametrize("also", ["werk recht", "werk;recht", "werk; recht"])
def test_other_domains_may_stand_in_one_field(path: Path, scheme: LabelScheme, also: str) -> None:
    assert _read_one(path, scheme, also=also).also == ("werk", "recht")


@pytest.mark.parametrize(
    ("values", "group"),
    [
        pytest.param({"titel": "De brug – «dicht»!"}, "de brug dicht", id="letters of the title"),
        pytest.param({"titel": "DE BRUG: dicht"}, "de brug dicht", id="title in other letters"),
        pytest.param({}, "klopt het", id="text without a title"),
        pytest.param({"titel": "De brug", "group": 12}, "12", id="given"),
    ],
)
def test_the_group_is_the_title_unless_given(
    path: Path, scheme: LabelScheme, values: dict[str, Any], group: str
) -> None:
    assert _read_one(path, scheme, **values).group == group


@pytest.mark.parametrize(
    "column",
    [
        "title",
        pytest.param(
            "titel",
        ),
    ],
)
def test_a_title_without_a_text_is_what_is_classified(path: Path, scheme: LabelScheme, column: str) -> None:
    (question,) = read_labelled(_write(path, {column: "Stank in Weert", "domain": "milieu"}), scheme)
    assert question.question == Question(text="Stank in Weert")
    assert question.group == "stank in weert"


def test_rows_without_a_domain_are_left_out(path: Path, scheme: LabelScheme) -> None:
    rows = [ROW, ROW | {"domain": None}, ROW | {"domain": ""}, {"tekst": "Waarom?"}, ROW | {"domain": "werk"}]
    assert [each.domain for each in read_labelled(_write(path, *rows), scheme)] == ["zorg", "werk"]


def test_a_csv_of_labels(tmp_path: Path, scheme: LabelScheme) -> None:
    path = tmp_path / "own.csv"
    path.write_text("tekst;domain;also;urgency;deadline\nKlopt het?;zorg;werk recht;laag;03-06-2025\nWat nu?;werk;;;\n")
    first, second = read_labelled(path, scheme)
    assert (first.also, first.urgency, first.deadline) == (("werk", "recht"), "laag", date(2025, 6, 3))
    assert (second.also, second.urgency, second.deadline) == ((), None, None)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        pytest.param({"domain": "zorgg"}, SchemeError, "unknown domain 'zorgg': expected one of bestuur", id="domain"),
        pytest.param({"also": ["werk", "zorgg"]}, SchemeError, "unknown domain 'zorgg'", id="other domain"),
        pytest.param(
            {"urgency": "hoogst"}, SchemeError, "unknown urgency 'hoogst': expected one of hoog", id="urgency"
        ),
        pytest.param({"datum": "ooit"}, InputError, "expected a date such as .* found 'ooit'", id="date"),
        pytest.param({"tekst": 5}, InputError, "expected tekst to be text, found int", id="type of the text"),
        pytest.param({"tekst": None}, InputError, "expected a text in column tekst", id="neither text nor title"),
        pytest.param({"deadline": "ooit"}, InputError, "found 'ooit'", id="deadline"),
        pytest.param({"deadline": "31-04-2025"}, InputError, "31-04-2025", id="no such deadline"),
        pytest.param(
            {"also": 5},
            (InputError, SchemeError),
            "also",
            id="type of other domains",
        ),
        pytest.param(
            {"split": "validation"},
            InputError,
            "validation",
            id="split",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    path: Path, scheme: LabelScheme, values: dict[str, Any], error: Any, message: str
) -> None:
    with pytest.raises(error, match=rf"own\.jsonl, row 2: .*{message}"):
        read_labelled(_write(path, ROW, ROW | values), scheme)


@pytest.mark.parametrize(
    "rows", [pytest.param([], id="empty file"), pytest.param([{"tekst": "Klopt het?"}], id="no domain")]
)
def test_a_file_without_labels_is_refused(path: Path, scheme: LabelScheme, rows: list[dict[str, Any]]) -> None:
    with pytest.raises(InputError, match=r"own\.jsonl: expected questions with a column domain, found none"):
        read_labelled(_write(path, *rows), scheme)


def test_a_deadline_of_parquet_keeps_its_day(tmp_path: Path, scheme: LabelScheme) -> None:
    row = {"tekst": "Waarom?", "domain": "zorg", "deadline": datetime(2025, 3, 6, 0, 0)}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")

    assert read_labelled(tmp_path / "a.parquet", scheme)[0].deadline == date(2025, 3, 6)


def test_the_written_corpus_is_for_its_own_labels(scheme: LabelScheme) -> None:
    training, held_out = corpus(scheme)
    assert (training[0], held_out[0]) == (CORPUS_TRAIN, CORPUS_HELD_OUT)
    with pytest.raises(InputError, match="expected files with labels of other@1"):
        corpus(replace(scheme, id="other", version="1", domains=scheme.domains[:5]))
