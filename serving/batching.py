"""Answer the questions of many requests together.

The web framework's threads hand in their questions; one worker takes what is waiting, a bounded amount at a time, and
answers it in one go. Nothing waits for company: while the model works, the next batch gathers by itself. What could not
be answered in time is refused when it comes: a queue without bound answers nobody.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from data.labels import LabelScheme
from data.question import Question
from models.prediction import Prediction, Tagger

_LEAST = 40
Observe = Callable[[float], None]


class BusyError(Exception):
    """The answers were not there in time, or would not be."""


def _cost(question: Question) -> int:
    # Each question costs as much as some words, however short it is.
    return max(_LEAST, question.characters)


@dataclass(slots=True)
class _Job:
    """The questions of one call, answered in parts."""

    questions: Sequence[Question]
    costs: Sequence[int]
    """Characters of each question."""
    arrived: float
    future: "Future[list[Prediction]]" = field(default_factory=Future)
    answers: dict[int, Prediction] = field(default_factory=dict)
    taken: int = 0
    abandoned: bool = False

    def waiting(self) -> int:
        """Characters that the model must still take."""
        return 0 if self.abandoned else sum(self.costs[self.taken :])

    def settle(self, place: int, outcome: Prediction | Exception) -> None:
        """Note the answer to a question; the last one, or an error, ends the job."""
        if self.future.done():
            return
        if isinstance(outcome, Exception):
            self.abandoned = True
            self.future.set_exception(outcome)
            return
        self.answers[place] = outcome
        if len(self.answers) == len(self.questions):
            self.future.set_result([self.answers[each] for each in range(len(self.questions))])


class BatchingTagger:
    """A tagger that many threads may call at once.

    Calls take turns by question, so that a short request does not wait for all of a long one. A question that the model
    cannot answer fails its own call alone.

    Args:
        tagger: gives the answers; called by one thread only.
        batch_characters: text that it is given at a time; one longer question goes alone.
        max_queued_characters: text that may wait, a new call's own included; any call is taken where nothing waits.
        waited: told the seconds that each call stood in the queue.
        worked: told the seconds of each batch.
    """

    def __init__(
        self,
        tagger: Tagger,
        batch_characters: int,
        max_queued_characters: int,
        waited: Observe = lambda seconds: None,
        worked: Observe = lambda seconds: None,
    ) -> None:
        self.tagger = tagger
        self._batch_characters, self._max_queued_characters = batch_characters, max_queued_characters
        self._waited, self._worked = waited, worked
        self._jobs: deque[_Job] = deque()
        self._closed = False
        self._changed = threading.Condition()
        self._worker = threading.Thread(target=self._work, name="tagger", daemon=True)
        self._worker.start()

    def within(self, seconds: float) -> "TimedTagger":
        """This tagger for one request, which has so many seconds for all its calls."""
        return TimedTagger(self, time.monotonic() + seconds)

    def answer(self, questions: Sequence[Question], until: float) -> list[Prediction]:
        """Answer questions, in their order.

        Args:
            questions: any number.
            until: moment of the monotonic clock at which the caller gives up.

        Raises:
            BusyError: too much waits, the answers were not there in time, or the tagger was closed.
        """
        if not questions:
            return []
        job = _Job(questions, [_cost(question) for question in questions], time.monotonic())
        with self._changed:
            if self._closed:
                raise BusyError("the service is stopping")
            queued = sum(each.waiting() for each in self._jobs)
            if queued and queued + job.waiting() > self._max_queued_characters:
                raise BusyError(f"{queued} characters wait")
            self._jobs.append(job)
            self._changed.notify()
        try:
            return job.future.result(max(0.0, until - time.monotonic()))
        except TimeoutError as error:
            job.abandoned = True
            raise BusyError("no answer in time") from error

    def close(self) -> None:
        """Answer what is waiting, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._worker.join()

    def _work(self) -> None:
        while batch := self._take():
            start = time.monotonic()
            for (job, place), outcome in zip(batch, self._outcomes(batch), strict=True):
                job.settle(place, outcome)
            self._worked(time.monotonic() - start)

    def _take(self) -> list[tuple[_Job, int]]:
        """One question of each call in turn, until the batch is full; empty when there is nothing more to come."""
        batch: list[tuple[_Job, int]] = []
        room = self._batch_characters
        with self._changed:
            while not batch:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                if not self._jobs:
                    return []
                while self._jobs and room > 0:
                    job = self._jobs.popleft()
                    if job.abandoned:
                        continue
                    cost = job.costs[job.taken]
                    if batch and cost > room:
                        self._jobs.appendleft(job)
                        break
                    if not job.taken:
                        self._waited(time.monotonic() - job.arrived)
                    batch.append((job, job.taken))
                    room -= cost
                    job.taken += 1
                    if job.taken < len(job.questions):
                        self._jobs.append(job)
        return batch

    def _outcomes(self, batch: Sequence[tuple[_Job, int]]) -> Sequence[Prediction | Exception]:
        questions = [job.questions[place] for job, place in batch]
        outcome = self._try(questions)
        if not isinstance(outcome, Exception):
            return outcome
        if len(questions) == 1:
            return [outcome]
        return [
            alone if isinstance(alone, Exception) else alone[0]
            for alone in map(self._try, ([each] for each in questions))
        ]

    def _try(self, questions: Sequence[Question]) -> Sequence[Prediction] | Exception:
        try:
            predictions = self.tagger.predict(questions)
            if len(predictions) != len(questions):
                raise ValueError(f"expected {len(questions)} answers, the tagger gave {len(predictions)}")
            return predictions
        except BaseException as error:  # noqa: BLE001 - handed to the caller whose question it is; the worker must go on
            # A panic of a library in Rust is no Exception.
            return error if isinstance(error, Exception) else RuntimeError(repr(error))


@dataclass(frozen=True, slots=True)
class TimedTagger:
    """A tagger that is given up at a moment; see `BatchingTagger.within`."""

    _batching: BatchingTagger
    _until: float

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._batching.tagger.name

    @property
    def version(self) -> str:
        """Version of the model."""
        return self._batching.tagger.version

    @property
    def scheme(self) -> LabelScheme:
        """The labels that it answers with."""
        return self._batching.tagger.scheme

    def predict(self, questions: Sequence[Question]) -> list[Prediction]:
        """Answer questions, in their order; raises BusyError."""
        return self._batching.answer(questions, self._until)
