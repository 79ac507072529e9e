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


@pytest.mark.parametrize("words", [125, 130, 200, 333, 1000])
def test_windows_cover_a_long_text_and_overlap(encoder: QuestionEncoder, words: int) -> None:
    # Words of one token each, the first of two bytes of the vocabulary's alphabet in turn.
    question = Question(text=" ".join("abcdefg"[place % 7] for place in range(words)), title="De IND")
    [windows] = encoder.windows([question])
    [whole] = QuestionEncoder(encoder._tokenizer, 10_000).encode([question])
    title_end = whole.ids.index(2)
    bodies = [each.ids[title_end + 4 : -1] for each in windows]

    assert len(windows) > 1
    assert all(len(each.ids) <= 128 and each.tokens == whole.tokens for each in windows)
    assert all(each.ids[:title_end] == whole.ids[:title_end] for each in windows)
    text = whole.ids[title_end + 4 : -1]
    assert bodies[0] == text[: len(bodies[0])]
    assert bodies[-1] == text[-len(bodies[-1]) :]
    assert sum(map(len, bodies)) >= len(text) + (len(bodies) - 1) * 0.2 * len(bodies[0])


def test_what_fits_is_one_window(encoder: QuestionEncoder) -> None:
    questions = [Question(text="trein " * 90, title="debat " * 300), Question(text="Waarom?", context="bericht " * 500)]
    assert encoder.windows(questions) == [[each] for each in encoder.encode(questions)]


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
