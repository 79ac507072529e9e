import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from data.question import Question
from models.prediction import Prediction, Tagger
from serving.batching import BatchingTagger, BusyError


class GatedTagger:
    """Waits for `open` before each batch; fails on "bom"."""

    name, version = "gated", "1"

    def __init__(self, inner: Tagger) -> None:
        self.scheme = inner.scheme
        self.inner = inner
        self.open = threading.Event()
        self.batches: list[list[str]] = []

    def predict(self, questions: list[Question]) -> list[Prediction]:
        self.batches.append([question.text for question in questions])
        assert self.open.wait(10)
        if any("bom" in question.text for question in questions):
            raise RuntimeError("broken question")
        return self.inner.predict(questions)


@pytest.fixture
def gated(tagger: Tagger) -> GatedTagger:
    return GatedTagger(tagger)


def texts(*words: str) -> list[Question]:
    return [Question(text=word) for word in words]


def wait_for_work(gated: GatedTagger) -> None:
    end = time.monotonic() + 10
    while not gated.batches:
        assert time.monotonic() < end
        time.sleep(0.001)


def wait_for_calls(batching: BatchingTagger, calls: int) -> None:
    end = time.monotonic() + 10
    while len(batching._jobs) < calls:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_answers_come_in_the_order_of_the_questions(tagger: Tagger) -> None:
    batching = BatchingTagger(tagger, 30, 1_000_000)
    words = ["Economie?", "Bestuur?", "Cultuur", "Economie"] * 5
    answers = batching.within(10).predict(texts(*words))
    batching.close()

    assert answers == tagger.predict(texts(*words))


def test_what_waits_is_answered_together_and_turns_are_taken(gated: GatedTagger) -> None:
    batching = BatchingTagger(gated, 160, 1_000_000)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batching.within(10).predict, texts("eerst"))
        wait_for_work(gated)
        calls = [pool.submit(batching.within(10).predict, texts(*words)) for words in ("abcdefghij", "XY")]
        wait_for_calls(batching, 2)
        gated.open.set()
        lengths = [len(call.result(10)) for call in (first, *calls)]
    batching.close()

    assert lengths == [1, 10, 2]
    assert gated.batches[0] == ["eerst"]
    # Four short questions a batch; the short call does not wait for the end of the long one.
    assert sorted(gated.batches[1]) == ["X", "Y", "a", "b"]
    assert [len(batch) for batch in gated.batches[1:]] == [4, 4, 4]


def test_a_bad_question_fails_alone(gated: GatedTagger) -> None:
    batching = BatchingTagger(gated, 1000, 1_000_000)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batching.within(10).predict, texts("eerst"))
        wait_for_work(gated)
        bad = pool.submit(batching.within(10).predict, texts("goed", "bom"))
        good = pool.submit(batching.within(10).predict, texts("goed"))
        wait_for_calls(batching, 2)
        gated.open.set()
        with pytest.raises(RuntimeError, match="broken question"):
            bad.result(10)
        assert len(good.result(10)) == len(first.result(10)) == 1
        # And the worker goes on.
        assert len(batching.within(10).predict(texts("later"))) == 1
    batching.close()


def test_a_tagger_that_breaks_its_word_is_an_error(tagger: Tagger) -> None:
    class Forgetful:
        def predict(self, questions):
            return tagger.predict(questions)[1:]

    batching = BatchingTagger(Forgetful(), 1000, 1_000_000)
    with pytest.raises(ValueError, match="expected 1 answers, the tagger gave 0"):
        batching.within(10).predict(texts("a", "b"))
    batching.close()


def test_a_caller_waits_no_longer_than_it_wants(gated: GatedTagger) -> None:
    batching = BatchingTagger(gated, 1000, 1_000_000)
    timed = batching.within(0.05)
    with pytest.raises(BusyError):
        timed.predict(texts("a"))
    with pytest.raises(BusyError):  # the seconds are for all calls together
        timed.predict(texts("b"))
    gated.open.set()
    batching.close()

    # The second call was given up before its turn came: no work is done for nobody.
    assert gated.batches == [["a"]]


def test_what_could_not_be_answered_in_time_is_refused_at_once(gated: GatedTagger) -> None:
    batching = BatchingTagger(gated, 40, 120)
    with ThreadPoolExecutor(4) as pool:
        # Nothing waits, so that a call of any size is taken: one question is in the model, five wait.
        large = pool.submit(batching.within(10).predict, texts(*"abcdef"))
        wait_for_work(gated)
        start = time.monotonic()
        with pytest.raises(BusyError, match="200 characters wait"):
            batching.within(10).predict(texts("g"))
        assert time.monotonic() - start < 1
        gated.open.set()
        assert len(large.result(10)) == 6
    batching.close()


def test_what_waits_may_be_up_to_the_limit(gated: GatedTagger) -> None:
    batching = BatchingTagger(gated, 40, 120)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(batching.within(10).predict, texts("eerst"))]
        wait_for_work(gated)
        for number, word in enumerate(("kort", "x" * 80), start=1):
            calls.append(pool.submit(batching.within(10).predict, texts(word)))
            wait_for_calls(batching, number)
        with pytest.raises(BusyError):
            batching.within(10).predict(texts("a"))
        gated.open.set()
        assert [len(call.result(10)) for call in calls] == [1, 1, 1]
    batching.close()


def test_what_was_given_up_waits_no_longer(gated: GatedTagger) -> None:
    batching = BatchingTagger(gated, 40, 120)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batching.within(10).predict, texts("eerst"))
        wait_for_work(gated)
        with pytest.raises(BusyError, match="no answer in time"):
            batching.within(0.05).predict(texts("a", "b", "c"))
        later = pool.submit(batching.within(10).predict, texts("d", "e", "f"))
        wait_for_calls(batching, 2)
        gated.open.set()
        assert (len(first.result(10)), len(later.result(10))) == (1, 3)
    batching.close()


def test_a_long_question_goes_alone(gated: GatedTagger) -> None:
    gated.open.set()
    batching = BatchingTagger(gated, 10, 1_000_000)
    batching.within(10).predict(texts("kort", "x" * 50, "kort"))
    batching.close()

    assert [sorted(batch) for batch in gated.batches] == [["kort"], ["x" * 50], ["kort"]]


def test_what_waits_is_answered_before_the_end(gated: GatedTagger) -> None:
    batching = BatchingTagger(gated, 1, 1_000_000)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(batching.within(10).predict, texts("a", "b", "c"))
        wait_for_work(gated)
        gated.open.set()
        batching.close()
        assert len(call.result(10)) == 3
    with pytest.raises(BusyError, match="stopping"):
        batching.within(10).predict(texts("d"))


def test_no_questions_have_no_answers(tagger: Tagger) -> None:
    batching = BatchingTagger(tagger, 10, 1_000_000)
    assert batching.within(10).predict([]) == []
    assert (batching.within(1).name, batching.within(1).version) == (tagger.name, tagger.version)
    batching.close()


def test_waiting_and_working_are_measured(tagger: Tagger) -> None:
    waited: list[float] = []
    worked: list[float] = []
    batching = BatchingTagger(tagger, 4, 1_000_000, waited.append, worked.append)
    batching.within(10).predict(texts("kort", "lang", "nog"))
    batching.close()

    assert len(waited) == 1
    assert len(worked) == 3
    assert min(waited + worked) >= 0
