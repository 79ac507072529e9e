"""What the README says is so."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from data.question import MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS
from kamervraag import main
from models.prediction import Tagger
from serving.api import create_app
from serving.batching import BatchingTagger
from serving.settings import Settings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_request_gives_the_answer_that_is_named(tagger: Tagger) -> None:
    body = re.search(r"-d '(\{.*?\})'\n", README, re.DOTALL)
    assert body
    edge, api = create_app(Settings())
    api.state.tagger = BatchingTagger(tagger, 1000, 1_000_000)
    answer = TestClient(edge).post("/v1/classificaties", json=json.loads(body[1]))
    api.state.tagger.close()

    [result] = answer.json()["resultaten"]
    for field in ("domein", "urgentie", "antwoordVoor", "beoordelen", "aantalTokens"):
        assert f"`{field}`" in README
        assert field in result
    assert f"(`{result['antwoordVoor']}`)" in README


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_a_line(command: str) -> None:
    assert re.search(rf"^\| `kamervraag {command}[ `]", README, re.MULTILINE)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_of_the_service_has_a_line_with_its_default(name: str) -> None:
    default = Settings.model_fields[name].default
    if isinstance(default, bool):
        shown = str(default).lower()
    else:
        shown = f"{default:,}" if isinstance(default, int | float) else str(default or "none")

    line = re.search(rf"^\| `KAMERVRAAG_{name.upper()}` \| .+ \| (.+) \|$", README, re.MULTILINE)
    assert line
    assert line[1] == shown


def test_the_limits_of_a_question_are_those_of_the_code() -> None:
    limits = f"{MAX_TEXT_CHARACTERS:,} characters a question or context, {MAX_TITLE_CHARACTERS:,} a title"

    assert limits in README


def test_the_make_targets_exist() -> None:
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")

    for target in set(re.findall(r"\bmake ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
