import json
import re
from pathlib import Path

import pytest

from serving.batch.report import URGENT, Totals, render
from serving.schema import model_info

ROWS = [
    {"tekst": "Spoed: kunt u deze vragen over <b>economie</b> vóór 3 juni 2025 beantwoorden?", "datum": "2025-05-01"},
    {"tekst": "Economie & meer", "titel": "<script>alert(1)</script>", "datum": "2025-04-30"},
    {"tekst": "Digitalisering?", "datum": "2025-04-01"},
    {"tekst": "Cultuur?"},
    {"tekst": "<i>Waarom?</i>", "datum": "geen dag"},
]


@pytest.fixture
def page(score_file, tagger, tmp_path: Path) -> str:
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    score_file(tagger, source, tmp_path / "out.csv", report=tmp_path / "verslag.html")
    return (tmp_path / "verslag.html").read_text(encoding="utf-8")


def cells(page: str, head: str) -> list[str]:
    [row] = re.findall(rf"<tr><th scope=\"row\">{head}</th>(.*?)</tr>", page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td class=\"number\">(.*?)</td>", row)]


def test_the_counts_are_those_of_the_rows(page: str) -> None:
    assert cells(page, "Economie[^<]*") == ["2", "50,0 %", "1"]
    assert cells(page, "Digitalisering[^<]*") == ["1", "25,0 %", "0"]
    assert cells(page, "hoog") == ["1", "25,0 %"]
    assert cells(page, "laag") == ["3", "75,0 %"]
    assert cells(page, "2025-04") == ["2"]
    assert "Zonder datum: 1" in page
    assert "<dt>Te beoordelen</dt><dd>1 (25,0 %)</dd>" in page
    assert "<dt>Geweigerd</dt><dd>1</dd>" in page
    assert "fake, versie 1" in page
    assert "kamervragen@1.0.0" in page


def test_the_most_urgent_stand_first_with_their_deadline(page: str) -> None:
    rows = re.findall(r"<tr><td class=\"number\">(.*?)</td><td>(.*?)</td>\s*<td>(.*?)</td>", page)
    assert rows[0] == ("0,80", "hoog", "2025-06-03")
    assert [row[1] for row in rows] == ["hoog", "laag", "laag", "laag"]


def test_text_of_the_data_is_no_html(page: str) -> None:
    assert "&lt;b&gt;economie&lt;/b&gt;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "<b>" not in page


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    assert not re.search(r"\b(?:src|href)=|url\(|@import|https?:", page)


def test_totals_of_parts_add_up_to_those_of_the_whole(score_file, tagger, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    texts = [f"{'Spoed! ' if number % 7 == 0 else ''}Vraag {number}?" for number in range(500)]
    source.write_text("".join(json.dumps({"tekst": text}) + "\n" for text in texts))
    whole = type(score_file)(window_rows=1000)(tagger, source, tmp_path / "whole.csv")
    parts = score_file(tagger, source, tmp_path / "parts.csv")

    assert parts == whole
    assert len(parts.urgent) == URGENT
    assert [each.row for each in parts.urgent] == [1 + 7 * place for place in range(URGENT)]


def test_a_page_without_dates_has_no_empty_table(tagger, scheme) -> None:
    page = render(Totals(rows=1, refused=1, domains={"economie": 1}), scheme, model_info(tagger), 1, ["leeg"])
    assert "Maand van de datum" not in page
    assert "verslag van 1 vraag<" in page
    assert "1 vraag uit 1 bestand<" in page
    assert "1 regel kreeg geen antwoord" in page
