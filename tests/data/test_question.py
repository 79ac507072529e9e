import json
from datetime import date

import pytest

from data.errors import InputError
from data.question import MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS, Document, Question, QuestionRecord


@pytest.mark.parametrize("text", [pytest.param("", id="empty"), pytest.param(" \n\t", id="white space")])
def test_a_question_has_a_text(text: str) -> None:
    with pytest.raises(InputError, match="expected the text of a question, found an empty one"):
        Question(text=text, title="De brug")


@pytest.mark.parametrize(
    ("part", "limit"),
    [("text", MAX_TEXT_CHARACTERS), ("context", MAX_TEXT_CHARACTERS), ("title", MAX_TITLE_CHARACTERS)],
)
def test_a_part_may_be_as_long_as_its_limit_and_no_longer(part: str, limit: int) -> None:
    Question(**{"text": "Klopt het?", part: "a" * limit})
    with pytest.raises(InputError, match=f"^{part} has {limit + 1} characters, at most {limit} are taken"):
        Question(**{"text": "Klopt het?", part: "a" * (limit + 1)})


def _record(day: date | None) -> QuestionRecord:
    document = Document(id="0123456789abcdef", title="De brug", askers=("A", "B"), addressees=("C",), date=day)
    return QuestionRecord(document=document, number=2, text="Hoelang nog?", context="Klopt het?", answer="Een jaar.")


@pytest.mark.parametrize(
    ("day", "iso"), [pytest.param(date(2024, 3, 3), "2024-03-03", id="dated"), pytest.param(None, None, id="undated")]
)
def test_a_record_becomes_json(day: date | None, iso: str | None) -> None:
    assert json.loads(json.dumps(_record(day).to_dict())) == {
        "document": {
            "id": "0123456789abcdef",
            "title": "De brug",
            "askers": ["A", "B"],
            "addressees": ["C"],
            "date": iso,
        },
        "number": 2,
        "text": "Hoelang nog?",
        "context": "Klopt het?",
        "answer": "Een jaar.",
    }


def test_a_record_gives_the_question_to_classify() -> None:
    assert _record(date(2024, 3, 3)).question() == Question(
        text="Hoelang nog?", title="De brug", context="Klopt het?", date=date(2024, 3, 3), id="0123456789abcdef-2"
    )
