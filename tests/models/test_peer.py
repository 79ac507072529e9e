import json
from pathlib import Path

import pytest
import torch
from transformers import RobertaConfig, RobertaForSequenceClassification, RobertaTokenizerFast

from data.errors import ArtefactError
from data.labels import LabelScheme
from data.question import Question
from models.peer import PeerTagger


@pytest.fixture
def peer(tiny_encoder: Path, tmp_path: Path) -> Path:
    """A checkpoint of somebody else's, with three of our domains in an order of its own."""
    torch.manual_seed(0)
    config = RobertaConfig.from_pretrained(tiny_encoder, num_labels=3, id2label={0: "zorg", 1: "bestuur", 2: "verkeer"})
    RobertaForSequenceClassification(config).save_pretrained(tmp_path / "peer")
    RobertaTokenizerFast.from_pretrained(tiny_encoder).save_pretrained(tmp_path / "peer")
    return tmp_path / "peer"


def test_its_labels_come_to_their_places(peer: Path, scheme: LabelScheme) -> None:
    tagger = PeerTagger.open(peer, scheme)
    found = tagger.predict([Question(text="Waarom rijdt de trein niet?", title="Spoor"), Question(text="Ja?")])
    for each in found:
        known = {scheme.domain_index(name) for name in ("zorg", "bestuur", "verkeer")}
        assert {place for place, chance in enumerate(each.domain_probabilities) if chance > 0} == known
        assert sum(each.domain_probabilities) == pytest.approx(1, abs=1e-5)
        assert each.likely == (each.domain_index,)
    alone = tagger.predict([Question(text="Ja?")])[0]
    assert alone.domain_probabilities == pytest.approx(found[1].domain_probabilities, abs=1e-5)


def test_other_labels_are_refused(peer: Path, scheme: LabelScheme) -> None:
    values = json.loads((peer / "config.json").read_text())
    values["id2label"]["2"] = "visserij"
    values["label2id"] = {"zorg": 0, "bestuur": 1, "visserij": 2}
    (peer / "config.json").write_text(json.dumps(values))
    with pytest.raises(ArtefactError, match=r"expected labels of kamervragen@.* in id2label, found visserij"):
        PeerTagger.open(peer, scheme)


def test_no_checkpoint_is_refused(tmp_path: Path, scheme: LabelScheme) -> None:
    with pytest.raises(ArtefactError, match="expected a text-classification checkpoint"):
        PeerTagger.open(tmp_path, scheme)
