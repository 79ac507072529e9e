"""The engine of one machine: windows in threads, so that reading and writing overlap with the model."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor

from models.prediction import Tagger
from serving.batch.run import Engine, Facts, Job, answer, open_windows

THREADS = 2
"""Windows under way. One is read, checked or written while the model, which has threads of its own, runs another."""


def local_engine(tagger: Tagger) -> Engine:
    """Answer with one model in this process; holds at most `THREADS` + 2 windows in memory."""

    def answer_all(job: Job) -> Generator[Facts]:
        waiting: deque[Future[Facts]] = deque()
        pool = ThreadPoolExecutor(THREADS)
        try:
            for window in open_windows(job):
                waiting.append(pool.submit(answer, tagger, job, window))
                if len(waiting) > THREADS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    return answer_all
