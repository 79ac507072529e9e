import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from data.question import Question
from models.ngrams import SIZES, ngrams, pad_ngrams

BUCKETS = 1 << 20
"""So many that few n-grams share one."""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Kunt u de trein naar Zwolle noemen, en de trein terug?", id="sentence"),
        pytest.param("één café  met\ttabs\nen regels", id="accents and white space"),
        pytest.param("Coördinatie van zorg 🏥 in 2024", id="beyond the basic plane"),
    ],
)
def test_counts_what_scikit_learn_counts(text: str) -> None:
    reference = CountVectorizer(analyzer="char_wb", ngram_range=(min(SIZES), max(SIZES)))
    counts = reference.fit_transform([text])
    # It also takes a word of fewer characters than n whole, once for each n; here it is counted where it fits.
    names = reference.get_feature_names_out()
    right = sorted(count for name, count in zip(names, counts.toarray()[0], strict=True) if len(name) >= min(SIZES))

    found = ngrams(Question(text=text), BUCKETS)

    mine = sorted(np.rint(np.exp(found.weights - 1)).astype(int))
    assert abs(len(mine) - len(right)) <= 1
    assert len(found.ids) == len(set(found.ids.tolist()))


def test_like_words_share_most_ngrams() -> None:
    one, like, other = (
        set(ngrams(Question(text=text), BUCKETS).ids) for text in ("ziekenhuis", "Ziekenhuizen", "trein")
    )
    assert len(one & like) > len(one) / 2
    assert not one & other


def test_title_and_context_count_too() -> None:
    whole = ngrams(Question(text="Waarom?", title="De trein", context="Hoe laat?"), BUCKETS)
    parts = [ngrams(Question(text=text), BUCKETS) for text in ("Waarom?", "De trein", "Hoe laat?")]
    assert set(whole.ids) == set().union(*(set(part.ids) for part in parts))


@given(st.text(min_size=1).filter(str.strip))
def test_any_text_has_ngrams_within_the_buckets(text: str) -> None:
    found = ngrams(Question(text=text), 64)
    assert found.ids.min() >= 0
    assert found.ids.max() < 64
    assert found.weights.min() >= 1


def test_padding_weighs_nothing() -> None:
    short, long = (ngrams(Question(text=text), 64) for text in ("Ja?", "Waarom rijdt de trein niet?"))
    ids, weights = pad_ngrams([short, long])
    assert ids.shape == weights.shape == (2, len(long.ids))
    assert weights[0, len(short.ids) :].sum() == 0
    assert ids[1].tolist() == long.ids.tolist()
