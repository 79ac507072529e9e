import json
from pathlib import Path
from typing import Any

import pytest

from data.check import agreement, check
from data.errors import InputError
from data.labels import LabelScheme


def _write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _row(word: str, **values: Any) -> dict[str, Any]:
    """A row that shares no word with that of another word."""
    return {"title": f"{word}a {word}b", "question": f"{word}c {word}d {word}e?", "domain": "zorg"} | values


def _kinds(checked: Any) -> list[tuple[str, int, str]]:
    return [(finding.file, finding.row, finding.kind) for finding in checked.findings]


def test_sound_files_have_no_findings(tmp_path: Path, scheme: LabelScheme) -> None:
    train = _write(tmp_path / "train.jsonl", _row("x"), _row("y", domain=None), _row("z", title="xa xb"))
    test = _write(tmp_path / "test.jsonl", _row("v"))
    checked = check([train, test], scheme)
    assert checked.findings == []
    assert {name: len(questions) for name, questions in checked.questions.items()} == {
        "train.jsonl": 2,
        "test.jsonl": 1,
    }
    assert checked.unlabelled == {"train.jsonl": 1}


@pytest.mark.parametrize(
    ("row", "kind", "message"),
    [
        pytest.param(_row("y", question="", title=""), "row", "a.jsonl, row 2: expected a text", id="no text"),
        pytest.param(_row("y", deadline="gauw"), "row", "expected a date", id="no date"),
        pytest.param(_row("y", domain="ziekte"), "label", "unknown domain 'ziekte'", id="unknown domain"),
        pytest.param(_row("y", urgency="nu"), "label", "unknown urgency 'nu'", id="unknown urgency"),
        pytest.param(_row("y", also=["ziekte"]), "label", "unknown domain 'ziekte'", id="unknown other domain"),
        pytest.param(_row("x"), "duplicate", "shares 100% of its words with a.jsonl, row 1", id="repeat"),
        pytest.param(
            _row("x", title="xa xb xf", question="xc xd xe?"), "duplicate", "shares 83% of its words", id="near repeat"
        ),
        pytest.param(_row("x", split="dev"), "leak", "on the other side of a split", id="repeat over a split"),
    ],
)
def test_what_is_wrong_with_a_row(
    tmp_path: Path, scheme: LabelScheme, row: dict[str, Any], kind: str, message: str
) -> None:
    checked = check([_write(tmp_path / "a.jsonl", _row("x"), row, _row("z"))], scheme)
    assert ("a.jsonl", 2, kind) in _kinds(checked)
    assert message in "\n".join(map(str, checked.findings))
    assert all(finding.row == 2 for finding in checked.findings)


def test_questions_of_one_document_may_follow_on_each_other(tmp_path: Path, scheme: LabelScheme) -> None:
    rows = [
        _row("x"),
        _row("x", context="xc xd xe?", question="Zo nee, waarom niet?"),
        _row("x", question="xc xd anders?"),
    ]
    assert check([_write(tmp_path / "a.jsonl", *rows)], scheme).findings == []


def test_each_repeat_is_named_once(tmp_path: Path, scheme: LabelScheme) -> None:
    found = check([_write(tmp_path / "a.jsonl", *[_row("x")] * 30)], scheme)
    assert [finding.row for finding in found.findings] == list(range(2, 31))


def test_files_of_one_name_are_refused(tmp_path: Path, scheme: LabelScheme) -> None:
    (tmp_path / "b").mkdir()
    paths = [_write(folder / "a.jsonl", _row("x")) for folder in (tmp_path, tmp_path / "b")]
    with pytest.raises(InputError, match=r"expected files of different names, found a\.jsonl, a\.jsonl; rename one"):
        check(paths, scheme)


def test_a_document_in_two_files_is_a_leak(tmp_path: Path, scheme: LabelScheme) -> None:
    train = _write(tmp_path / "train.jsonl", _row("x"))
    test = _write(tmp_path / "test.jsonl", _row("y"), _row("z", title="XA: xb"))
    assert _kinds(check([train, test], scheme)) == [("test.jsonl", 2, "leak")]


def test_agreement_is_that_of_the_definition(tmp_path: Path) -> None:
    """Cohen's own kind of table: 45 yes-yes, 15 yes-no, 25 no-yes, 15 no-no: po 0.60, pe 0.54, kappa 0.1304."""
    pairs = [("a", "a")] * 45 + [("a", "b")] * 15 + [("b", "a")] * 25 + [("b", "b")] * 15
    path = _write(
        tmp_path / "both.jsonl",
        *({"domain_1": one, "domain_2": two, "urgency_1": "x", "urgency_2": "xy"[one != two]} for one, two in pairs),
    )
    domain, urgency = agreement(path)
    assert (domain.items, domain.share) == (100, 0.6)
    assert domain.kappa == pytest.approx(0.1304, abs=1e-4)
    assert urgency.kappa == 0


def test_agreement_needs_both_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 1: expected a label in column domain_2, found none"):
        agreement(_write(tmp_path / "one.jsonl", {"domain_1": "a"}))


def test_agreement_needs_items(tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("domain_1,domain_2,urgency_1,urgency_2\n")
    with pytest.raises(InputError, match="expected items that were labelled twice, found none"):
        agreement(tmp_path / "none.csv")


def test_one_label_throughout_is_full_agreement(tmp_path: Path) -> None:
    row = {"domain_1": "a", "domain_2": "a", "urgency_1": "x", "urgency_2": "x"}
    assert [each.kappa for each in agreement(_write(tmp_path / "one.jsonl", row, row))] == [1.0, 1.0]
