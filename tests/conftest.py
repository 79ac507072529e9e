"""Fixtures for all tests: a fake tagger, a tiny encoder of RoBERTa's architecture, and an artefact made from it."""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from data.dates import find_deadline
from data.labels import LabelScheme, load_scheme
from data.question import Question
from models.prediction import Prediction

# Twelve tests of 170 mutated files; else a few, so that the tests stay fast.
settings.register_profile("fuzz", max_examples=170)
settings.register_profile("fast", max_examples=20)
settings.load_profile("fast")

SHARED = Path(__file__).parents[2] / "shared"
"""Real material that is not part of the product; tests that need it skip where it is absent."""


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs and promoted models go to a folder of the test's own."""
    home = tmp_path / "home"
    monkeypatch.setenv("KAMERVRAAG_HOME", str(home))
    monkeypatch.delenv("KAMERVRAAG_MODEL", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    # Set, not deleted: so that what --labels sets in a test is undone after it.
    monkeypatch.setenv("KAMERVRAAG_LABELS", "")
    return home


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to other machines: no test may need a hub."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"tests have no network, tried {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real material."""
    if not SHARED.is_dir():
        pytest.skip("the real material is not part of the product")
    return SHARED / "data"


@pytest.fixture(scope="session")
def scheme() -> LabelScheme:
    """The label scheme in force."""
    return load_scheme()


class FakeTagger:
    """Tags by the first domain whose label's first word stands in the question, else the first domain; urgency by
    "spoed"."""

    name = "fake"
    version = "1"

    def __init__(self, scheme: LabelScheme) -> None:
        self.scheme = scheme
        self.calls: list[list[Question]] = []

    def predict(self, questions: Sequence[Question]) -> list[Prediction]:
        self.calls.append(list(questions))
        return [self._one(question) for question in questions]

    def _one(self, question: Question) -> Prediction:
        text = f"{question.title} {question.text}".lower()
        words = [domain.nl.split()[0].lower() for domain in self.scheme.domains]
        place = next((place for place, word in enumerate(words) if word in text), 0)
        rest = 0.2 / (len(words) - 1)
        return Prediction(
            domain_probabilities=tuple(0.8 if each == place else rest for each in range(len(words))),
            urgency_probabilities=(0.1, 0.2, 0.7) if "spoed" in text else (0.9, 0.08, 0.02),
            deadline=find_deadline(question.text, question.date),
            likely=(place,),
            review="?" not in question.text,
            tokens=len(text.split()),
        )


@pytest.fixture
def tagger(scheme: LabelScheme) -> FakeTagger:
    """A tagger without a model."""
    return FakeTagger(scheme)


SENTENCES = [
    "Kunt u deze vragen over de wachttijden in de jeugdzorg beantwoorden?",
    "Bent u bekend met het bericht dat de trein naar Groningen uitvalt?",
    "Hoeveel asielzoekers wachten op een besluit van de IND?",
    "Waarom is de subsidie voor de bibliotheek in Zeeland geschrapt?",
    "Wilt u vóór het debat van 3 juni laten weten wat de Belastingdienst doet?",
]


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `pretrain` leaves it: random weights, 2 layers of 32, a tokenizer trained on five sentences."""
    import torch
    from transformers import RobertaConfig, RobertaModel, RobertaTokenizerFast

    from training.pretraining.text import train_tokenizer

    folder = tmp_path_factory.mktemp("encoder")
    tokenizer = train_tokenizer(SENTENCES * 3, vocab_size=400)
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=130,
        type_vocab_size=1,
    )
    RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    wrapped = RobertaTokenizerFast(tokenizer_object=tokenizer, model_max_length=128, add_prefix_space=True)
    wrapped.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_artefact(tiny_encoder: Path, scheme: LabelScheme, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An artefact with untrained heads and wide part on the tiny encoder."""
    import torch

    from models.artefact import FILES, seal
    from models.base import load_base
    from models.engine import OnnxTagger
    from models.golden import record_golden
    from training.export import export_onnx

    folder = tmp_path_factory.mktemp("artefact") / "tagger"
    torch.manual_seed(0)
    base = load_base(str(tiny_encoder), scheme, ngram_buckets=256)
    # A wide part with something to say.
    for parameter in base.model.wide.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1)
    base.model.save_pretrained(folder)
    base.tokenizer.save(str(folder / FILES.tokenizer))
    export_onnx(base.model, folder / FILES.onnx, 128)
    (folder / FILES.metrics).write_text("{}\n")
    seal(
        folder,
        scheme,
        name="tiny",
        version="0",
        base="tiny",
        created="2026-01-01",
        max_length_tokens=128,
        ngram_buckets=256,
        precision="fp32",
        review_below=0.5,
        set_from=0.2,
    )
    record_golden(OnnxTagger.open(folder, scheme))
    return folder


@pytest.fixture
def listing() -> str:
    """Two documents in the published listing format, the first with answers; all of it invented."""
    return """\
De sluiting van het loket in Veendam |
|
Anna de Wit (ABC), Bert Bos (DEF) |
|
Carla Smit (minister ) (GHI), Dirk Vos (JKL) |
|
![]() |
Bent u bekend met het bericht «Loket dicht, wie helpt ons nu?»1 over het loket in Veendam?
Ja.
Hoeveel inwoners hebben het loket in 2023 bezocht?2 Kunt u dit per maand uitsplitsen?
Ik beschik niet over cijfers per maand. Het loket ontving 1.250 mensen.
De gemeente houdt dit zelf bij.
Kunt u deze vragen vóór het debat van 3 juni 2025 beantwoorden?
De stank rond de fabriek in Weert |
|
Eva Mol (ABC) |
|
Frits Kat (minister ) (GHI) |
|
![]() |
Klopt het dat de uitstoot van CO2 en stof rond de fabriek in Weert toeneemt?
Zo ja, wat doet u daaraan?
"""
