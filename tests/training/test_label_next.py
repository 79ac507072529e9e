import json
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import InputError
from data.labelled import read_labelled
from data.labels import LabelScheme
from data.question import Question
from data.tables import read_rows
from models.prediction import Prediction, Tagger
from training.label_next import label_next, write_to_label


def _answer(domain: int, probability: float) -> Prediction:
    chances = [(1 - probability) / 2] * 3
    chances[domain] = probability
    return Prediction(
        domain_probabilities=tuple(chances),
        urgency_probabilities=(1.0, 0.0, 0.0),
        deadline=None,
        likely=(domain,),
        review=False,
        tokens=1,
    )


def test_the_least_sure_of_each_domain_come_first() -> None:
    answers = [
        _answer(0, 0.9),
        _answer(0, 0.4),
        _answer(0, 0.5),
        _answer(1, 0.8),
        _answer(1, 0.45),
        _answer(2, 0.99),
    ]
    assert label_next(answers, 10) == [1, 4, 5, 2, 3, 0]
    assert label_next(answers, 2) == [1, 4]


@pytest.mark.parametrize("count", [0, 3])
def test_nothing_to_choose_from(count: int) -> None:
    assert label_next([], count) == []


def test_the_table_is_one_to_fill_and_train_on(tagger: Tagger, scheme: LabelScheme, tmp_path: Path) -> None:
    source, target = tmp_path / "new.jsonl", tmp_path / "to-label.csv"
    rows = [{"titel": f"Titel {n}", "tekst": f"Wat doet Defensie; en waarom, {n}?"} for n in range(5)]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))

    write_to_label(tagger, source, target, 3)

    written = [row for _, row in read_rows(target)]
    assert [row["voorstel"] for row in written] == ["defensie"] * 3
    assert {row["domain"] for row in written} <= {"", None}
    with pytest.raises(InputError, match=r"to-label\.csv: expected a name that is free"):
        write_to_label(tagger, source, target, 3)

    lines = target.read_text().splitlines()
    target.write_text("\n".join([lines[0], lines[1] + "zorg", *lines[2:]]) + "\n")
    [labelled] = read_labelled(target, scheme)
    assert labelled.domain == "zorg"
    assert replace(labelled.question, id="") == Question(title="Titel 0", text="Wat doet Defensie; en waarom, 0?")
