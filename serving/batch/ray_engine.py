"""The engine of many machines: the windows of a run through Ray Data, one model an actor."""

import logging
import os
import re
from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from data.errors import ExtraError, InputError
from models.engine import OnnxTagger
from serving.batch.parts import Facts, Job
from serving.batch.run import Engine, answer, open_windows
from serving.batch.windows import Window

_READER_CPUS = 0.1
_ACTOR_CPUS = 0.9
"""Together 1, so that the reader finds a place where there is an actor for each processor; else Ray waits forever."""
_OBJECT_STORE_BYTES = 200_000_000
"""On this machine; a few windows of some megabytes are all that it holds."""


class _Window:
    """A window on its way to an actor. Arrow leaves an object alone; of rows it would change the types."""

    def __init__(self, window: Window) -> None:
        self.window = window


class _Scorer:
    """An actor: holds the model, answers windows and keeps them as parts."""

    def __init__(self, job: Job, model: Path) -> None:
        self._job = job
        self._model = model

    @cached_property
    def _tagger(self) -> OnnxTagger:
        # Opened with the first window: of a constructor that fails Ray prints tracebacks and tries again.
        return OnnxTagger.open(self._model, threads=1)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"facts": [answer(self._tagger, self._job, each.window).model_dump_json() for each in batch["window"]]}


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
    # Read by Ray when it is imported or started: no statistics sent, no token file in the home folder.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    try:
        import ray
        import ray.data
        from ray.exceptions import RayError
    except ImportError as error:
        raise ExtraError("ray", "ray") from error

    def answer_all(job: Job) -> Generator[Facts]:
        own = {"num_cpus": workers, "include_dashboard": False, "object_store_memory": _OBJECT_STORE_BYTES}
        try:
            ray.init(address or "local", logging_level="ERROR", log_to_driver=False, **({} if address else own))
        except (ConnectionError, ValueError) as error:
            raise InputError(f"{address}: expected a cluster of Ray ({error}); check the address") from error
        logging.getLogger("ray.data").setLevel("CRITICAL")  # its errors are raised as well
        try:
            for row in _answered(job, model, workers or max(1, int(ray.cluster_resources().get("CPU", 1)))).iter_rows():
                yield Facts.model_validate_json(row["facts"])
        except RayError as error:
            said = str(error)
            reasons = re.findall(r"^[\w.]*(?:Error|Exception): .+", said, re.MULTILINE) or said.splitlines()
            raise InputError(f"a worker of Ray failed ({reasons[0]}); give the same command again to go on") from error
        finally:
            ray.shutdown()

    return answer_all


def _answered(job: Job, model: Path, workers: int) -> Any:
    """A dataset of the facts of each part, in the order in which they are done."""
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.target_max_block_size = 1  # each window is a block of its own, for the next actor that is free

    def read(_: Any) -> Iterator[dict[str, Any]]:
        for window in open_windows(job):
            yield {"window": [_Window(window)]}

    return (
        ray.data.from_items([0])
        .map_batches(read, num_cpus=_READER_CPUS)
        .map_batches(
            _Scorer,
            fn_constructor_args=(job, model),
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=_ACTOR_CPUS,
            batch_size=1,
        )
    )
