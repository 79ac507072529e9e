"""The engine of many machines: the windows of a run through Ray Data, one model an actor."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from data.errors import ExtraError, InputError
from models.engine import OnnxTagger
from serving.batch.run import Engine, Facts, Job, answer, open_windows

_READER_CPUS = 0.1
_ACTOR_CPUS = 0.9
"""Together 1, so that the reader finds a place where there is an actor for each processor; else Ray waits forever."""
_OBJECT_STORE_BYTES = 200_000_000
"""On this machine; a few windows of some megabytes are all that it holds."""


class _Window:
    """A window on its way to an actor, in a class of our own so that Arrow leaves its rows as they are."""

    def __init__(self, window: Any) -> None:
        self.window = window


class _Scorer:
    """An actor: holds the model, answers windows and keeps them as parts."""

    def __init__(self, job: Job, model: Path) -> None:
        self._job = job
        self._tagger = OnnxTagger.open(model, threads=1)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        facts = [answer(self._tagger, self._job, each.window) for each in batch["window"]]
        return {"facts": [each.model_dump_json() for each in facts]}


def ray_engine(model: Path, address: str | None = None, workers: int | None = None) -> Engine:
    """Answer with a model in each of several processes, on one machine or many.

    Input, output and model must have the same path or address on every machine.

    Args:
        model: folder of the artefact.
        address: of Ray's cluster; if not given, Ray is started on this machine and stopped after the run.
        workers: number of models; one a processor if not given.

    Raises:
        ExtraError: Ray is not installed.
        InputError: no cluster answers.
    """
    # Read by Ray when it is imported: no statistics sent, no token file in the home folder.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "RAY_TQDM": "0"}
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ExtraError("ray", "ray") from error

    def answer_all(job: Job) -> Generator[Facts]:
        own = {} if address else {"num_cpus": workers, "object_store_memory": _OBJECT_STORE_BYTES}
        try:
            ray.init(address=address or "local", include_dashboard=None if address else False, log_to_driver=False, **own)
        except ConnectionError as error:
            raise InputError(f"{address}: expected a cluster of Ray ({error}); check the address") from error
        try:
            context = ray.data.DataContext.get_current()
            context.enable_progress_bars = False
            context.target_max_block_size = 1  # a block, so an actor's work, is one window
            size = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))

            def read(batch: Any) -> Iterator[dict[str, Any]]:
                for window in open_windows(job):
                    yield {"window": [_Window(window)]}

            answered = (
                ray.data.range(1, override_num_blocks=1)
                .map_batches(read, num_cpus=_READER_CPUS, batch_size=None)
                .map_batches(
                    _Scorer,
                    fn_constructor_args=(job, model),
                    compute=ray.data.ActorPoolStrategy(size=size),
                    num_cpus=_ACTOR_CPUS,
                    batch_size=1,
                )
            )
            for row in answered.iter_rows():
                yield Facts.model_validate_json(row["facts"])
        finally:
            ray.shutdown()

    return answer_all
