from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models
from transformers import AutoTokenizer

from data.errors import ArtefactError
from data.question import Question
from models.artefact import FILES
from models.encode import QuestionEncoder


@pytest.fixture(scope="session")
def encoder(tiny_encoder: Path) -> QuestionEncoder:
    return QuestionEncoder.from_file(tiny_encoder / FILES.tokenizer, 128)


def test_segments_stand_between_separators(encoder: QuestionEncoder, tiny_encoder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_encoder)
    [encoded] = encoder.encode([Question(text="Hoeveel asielzoekers?", title="De IND", context="Waarom?")])

    assert tokenizer.decode(encoded.ids) == "<s> De IND</s></s> Waarom?</s></s> Hoeveel asielzoekers?</s>"
    assert encoded.tokens == len(encoded.ids)


def test_the_pair_is_encoded_as_roberta_does(encoder: QuestionEncoder, tiny_encoder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_encoder)
    [encoded] = encoder.encode([Question(text="Kunt u dit zeggen?", title="De trein")])
    pair = tokenizer("De trein", "Kunt u dit zeggen?")["input_ids"]

    # Ours has one more, empty, segment between the two.
    cut = pair.index(2) + 2
    assert encoded.ids == [*pair[:cut], 2, 2, *pair[cut:]]


def test_footnote_marks_make_no_difference(encoder: QuestionEncoder) -> None:
    with_marks, without = encoder.encode(
        [
            Question(text="Kent u het rapport?1", title="Het loket2"),
            Question(text="Kent u het rapport?", title="Het loket"),
        ]
    )

    assert with_marks == without


@pytest.mark.parametrize(
    ("title", "context", "text"),
    [
        pytest.param("", "", "trein " * 500, id="long text"),
        pytest.param("debat " * 200, "", "trein " * 500, id="long title and text"),
        pytest.param("debat " * 300, "", "Waarom?", id="long title"),
        pytest.param("debat", "bericht " * 500, "trein " * 50, id="long context"),
    ],
)
def test_long_input_is_cut_to_the_limit_and_counted_whole(
    encoder: QuestionEncoder, title: str, context: str, text: str
) -> None:
    [encoded] = encoder.encode([Question(text=text, title=title, context=context)])

    assert len(encoded.ids) == 128
    assert encoded.tokens > 128
    assert encoded.ids.count(2) == 5


def test_text_keeps_beginning_and_end_and_context_goes_first(encoder: QuestionEncoder, tiny_encoder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_encoder)
    text = "Hoeveel " + "trein " * 300 + "beantwoorden?"
    [encoded] = encoder.encode([Question(text=text, title="De IND", context="Waarom?")])
    decoded = tokenizer.decode(encoded.ids)

    assert decoded.startswith("<s> De IND</s></s></s></s> Hoeveel")
    assert decoded.endswith("beantwoorden?</s>")


def test_pad_fills_with_padding_and_masks_it(encoder: QuestionEncoder) -> None:
    short, long = encoder.encode([Question(text="Ja?"), Question(text="Kunt u dit vóór het debat zeggen?")])
    ids, mask = encoder.pad([short, long])

    assert ids.shape == mask.shape == (2, len(long.ids))
    assert mask.sum(axis=1).tolist() == [len(short.ids), len(long.ids)]
    assert (ids[mask == 0] == encoder.pad_id).all()
    assert ids.dtype == np.int64


def test_refuses_a_tokenizer_of_another_family() -> None:
    with pytest.raises(ArtefactError, match="expected a RoBERTa tokenizer with the token <s>"):
        QuestionEncoder(Tokenizer(models.BPE()), 128)


def test_refuses_a_broken_tokenizer_file(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{")

    with pytest.raises(ArtefactError, match="expected a tokenizer"):
        QuestionEncoder.from_file(tmp_path / "tokenizer.json", 128)
