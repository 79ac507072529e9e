"""What the README says is so."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from data.question import MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS
from kamervraag import main
from models.prediction import Tagger
from serving.api import MAX_BODY_BYTES, create_app
from serving.schema import MAX_QUESTIONS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_request_gives_the_answer_that_is_named(tagger: Tagger) -> None:
    body = re.search(r"-d '(\{.*?\})'\n", README, re.DOTALL)
    assert body
    app = create_app()
    app.state.tagger = tagger
    answer = TestClient(app).post("/v1/classificaties", json=json.loads(body[1]))

    [result] = answer.json()["resultaten"]
    for field in ("domein", "urgentie", "antwoordVoor", "beoordelen", "aantalTokens"):
        assert f"`{field}`" in README
        assert field in result
    assert f"(`{result['antwoordVoor']}`)" in README


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_a_line(command: str) -> None:
    assert re.search(rf"^\| `kamervraag {command}[ `]", README, re.MULTILINE)


def test_the_limits_are_those_of_the_code() -> None:
    limits = (
        f"Limits: {MAX_QUESTIONS} questions a request, {MAX_TEXT_CHARACTERS:,} characters a question or context, "
        f"{MAX_TITLE_CHARACTERS:,} a title, {MAX_BODY_BYTES // 1_000_000} MB a request."
    )

    assert limits in README


def test_the_make_targets_exist() -> None:
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")

    for target in set(re.findall(r"\bmake ([a-z-]+)\b", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
