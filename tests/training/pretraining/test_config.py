from pathlib import Path

import pytest

from data.errors import InputError
from training.pretraining.config import Labels, PretrainConfig, Source

CONFIGS = Path(__file__).parents[3] / "training" / "configs"
TOML = """
hidden_size = 32
cycle = ["mask", "label"]
[[sources]]
files = "a.txt"
weight = 0.5
[[labels]]
files = "t.csv"
text = "title"
labels = "names"
"""


def test_a_configuration_comes_from_toml_and_options(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(TOML)
    config = PretrainConfig.from_toml(path, steps=7)
    assert (config.hidden_size, config.cycle, config.steps) == (32, ("mask", "label"), 7)
    assert config.sources == (Source(files="a.txt", weight=0.5),)
    assert config.labels == (Labels(files="t.csv", text="title", labels="names"),)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_configurations_are_sound(path: Path) -> None:
    assert PretrainConfig.from_toml(path).sources


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("hidden_size = 30\nheads = 4\n", "multiple of heads=4, found 30", id="heads"),
        pytest.param(
            'cycle = ["mask", "vote"]\n', "expected cycle to hold label, mask and pair, found vote", id="cycle"
        ),
        pytest.param("cycle = []\n", "expected at least one pass in cycle", id="no pass"),
        pytest.param("vocab_size = 70_000\n", "expected vocab_size from 300 to 65536", id="vocabulary"),
        pytest.param('cycle = ["label"]\n', "expected a table of labels", id="no labels"),
        pytest.param("hiden_size = 3\n", "found hiden_size", id="unknown key"),
        pytest.param("[[sources]]\nfile = 'a'\n", "expected a configuration in TOML", id="unknown key in a table"),
        pytest.param("hidden_size = \n", "expected a configuration in TOML", id="no TOML"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.toml").write_text(text if "[[sources]]" in text else f"{text}[[sources]]\nfiles = 'a.txt'\n")
    with pytest.raises(InputError, match=message):
        PretrainConfig.from_toml(tmp_path / "a.toml")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: expected a configuration"):
        PretrainConfig.from_toml(tmp_path / "none.toml")
