import json
from pathlib import Path

import pytest

from data.errors import InputError
from serving.keys import new_key
from serving.settings import Settings, read_keys, settings


def test_a_variable_of_the_environment_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    key, _ = new_key("post", "classify")
    monkeypatch.setenv("KAMERVRAAG_MAX_QUESTIONS", "7")
    monkeypatch.setenv("KAMERVRAAG_KEYS", f"[{key.model_dump_json()}]")

    assert settings().max_questions == 7
    assert settings().all_keys() == (key,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_QUESTIONS", "0"),
        ("MAX_QUESTIONS", "veel"),
        ("REQUEST_SECONDS", "-1"),
        ("KEYS", "geheim"),
        ("KEYS", "[{}]"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"KAMERVRAAG_{name}", value)
    with pytest.raises(InputError, match=f"(?i)found .*{name}") as error:
        settings()

    assert "geheim" not in str(error.value)
    assert "\n" not in str(error.value)


def test_keys_come_from_the_environment_and_from_a_file(tmp_path: Path) -> None:
    (one, _), (other, _) = new_key("een", "classify"), new_key("twee", "admin")
    (tmp_path / "keys.json").write_text(json.dumps([other.model_dump()]))

    assert Settings(keys=(one,), keys_file=tmp_path / "keys.json").all_keys() == (one, other)


@pytest.mark.parametrize("content", ["", "{}", '[{"name": "a"}]', "[1]", None])
def test_a_file_that_is_no_list_of_keys_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"keys\.json: expected a JSON list of keys"):
        read_keys(path)


def test_two_keys_of_one_name_are_refused() -> None:
    keys = tuple(new_key("post", "classify")[0] for _ in range(2))
    with pytest.raises(InputError, match="expected one key of each name, found more of post"):
        Settings(keys=keys).all_keys()
