import json
import shutil
from pathlib import Path

import pytest

from data.errors import ArtefactError
from models.artefact import FILES
from models.engine import OnnxTagger
from models.golden import check_golden, record_golden


@pytest.fixture
def tagger(tiny_artefact: Path, tmp_path: Path) -> OnnxTagger:
    return OnnxTagger.open(shutil.copytree(tiny_artefact, tmp_path / "tagger"))


def test_the_answer_that_was_noted_is_the_one_that_is_given(tagger: OnnxTagger) -> None:
    tagger.artefact.path(FILES.golden).unlink()
    record_golden(tagger)
    check_golden(tagger)


def test_a_model_that_answers_otherwise_is_refused(tagger: OnnxTagger) -> None:
    path = tagger.artefact.path(FILES.golden)
    noted = json.loads(path.read_text())
    noted["urgency"][0] += 0.05
    path.write_text(json.dumps(noted))

    with pytest.raises(ArtefactError, match=r"found probabilities 0\.050 apart; train it on this kind of machine"):
        check_golden(tagger)


@pytest.mark.parametrize("content", [None, "", "{}", '{"domain": [1, 2], "urgency": [1]}', "[]"])
def test_a_note_that_is_none_is_refused(tagger: OnnxTagger, content: str | None) -> None:
    path = tagger.artefact.path(FILES.golden)
    path.unlink()
    if content is not None:
        path.write_text(content)

    with pytest.raises(ArtefactError, match=r"golden\.json: expected the answer to a known question"):
        check_golden(tagger)
