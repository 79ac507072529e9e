"""Questions to token ids, the same for training and serving. The only caller of the tokenizer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from data.errors import ArtefactError
from data.question import Question
from data.text import strip_footnotes

Ints = npt.NDArray[np.int64]

SPECIALS = 6
"""Tokens around title, context and text."""
OVERLAP = 0.25
"""Share of a window that the next one repeats, so that no sentence is cut in all of them."""
TITLE_SHARE = 0.25
"""Most of the length that a title may take when the text needs it; titles have 14 tokens in the median."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One question as the model takes it."""

    ids: list[int]
    """`<s> title </s></s> context </s></s> text </s>`, at most the encoder's length."""
    tokens: int
    """Length before anything was left out."""


class QuestionEncoder:
    """Encodes title, context and text as separate segments, as RoBERTa separates a pair.

    Args:
        tokenizer: a RoBERTa-like tokenizer with `<s>`, `</s>` and `<pad>`.
        max_length_tokens: longest input; a longer one loses context first, then the middle of the text.

    Raises:
        ArtefactError: the tokenizer lacks one of these tokens.
    """

    def __init__(self, tokenizer: Tokenizer, max_length_tokens: int) -> None:
        self._tokenizer = tokenizer
        self.max_length_tokens = max_length_tokens
        self._start, self._end, self.pad_id = (self._special(token) for token in ("<s>", "</s>", "<pad>"))

    @classmethod
    def from_file(cls, path: Path, max_length_tokens: int) -> "QuestionEncoder":
        """Read a `tokenizer.json`."""
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception
            raise ArtefactError(f"{path}: expected a tokenizer ({error}); train or promote the model again") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(tokenizer, max_length_tokens)

    def _special(self, token: str) -> int:
        token_id = self._tokenizer.token_to_id(token)
        if token_id is None:
            raise ArtefactError(f"expected a RoBERTa tokenizer with the token {token}, found none; give another base")
        return int(token_id)

    def encode(self, questions: Sequence[Question]) -> list[Encoded]:
        """Encode each question as one input, footnote marks left out."""
        return [self._join(*parts) for parts in self._parts(questions)]

    def windows(self, questions: Sequence[Question]) -> list[list[Encoded]]:
        """Encode each question as one input, or a text that does not fit as several that overlap.

        Each window starts with the title. Nothing of the text is lost; of a context that does not fit the end is.
        """
        return [self._split(*parts) for parts in self._parts(questions)]

    def _parts(self, questions: Sequence[Question]) -> Iterator[list[list[int]]]:
        """Token ids of title, context and text."""
        parts = [
            strip_footnotes(part)
            for question in questions
            for part in (question.title, question.context, question.text)
        ]
        encodings = self._tokenizer.encode_batch_fast(parts, add_special_tokens=False)
        ids = [encoding.ids for encoding in encodings]
        for place in range(0, len(ids), 3):
            yield ids[place : place + 3]

    def _split(self, title: list[int], context: list[int], text: list[int]) -> list[Encoded]:
        whole = self._join(title, context, text)
        title = title[: int((self.max_length_tokens - SPECIALS) * TITLE_SHARE)]
        room = self.max_length_tokens - SPECIALS - len(title)
        if len(text) <= room:
            return [whole]
        count = 1 + -(-(len(text) - room) // int(room * (1 - OVERLAP)))
        # Evenly, so that the last window is as full as the others.
        starts = [round(place * (len(text) - room) / (count - 1)) for place in range(count)]
        return [replace(self._join(title, [], text[start : start + room]), tokens=whole.tokens) for start in starts]

    def _join(self, title: list[int], context: list[int], text: list[int]) -> Encoded:
        tokens = SPECIALS + len(title) + len(context) + len(text)
        room = self.max_length_tokens - SPECIALS
        title = title[: max(int(room * TITLE_SHARE), room - len(text))]
        text = _shorten(text, room - len(title))
        context = context[: room - len(title) - len(text)]
        between = [self._end, self._end]
        return Encoded([self._start, *title, *between, *context, *between, *text, self._end], tokens)

    def pad(self, batch: Sequence[Encoded]) -> tuple[Ints, Ints]:
        """Stack a batch. *Shape:* input ids and attention mask, both (questions, longest)."""
        longest = max(len(each.ids) for each in batch)
        ids = np.full((len(batch), longest), self.pad_id, dtype=np.int64)
        mask = np.zeros((len(batch), longest), dtype=np.int64)
        for row, each in enumerate(batch):
            ids[row, : len(each.ids)] = each.ids
            mask[row, : len(each.ids)] = 1
        return ids, mask


def _shorten(ids: list[int], room: int) -> list[int]:
    """Keep the beginning and the end: the subject stands first, the request often last."""
    if len(ids) <= room:
        return ids
    return [*ids[: room - room // 2], *ids[len(ids) - room // 2 :]]
