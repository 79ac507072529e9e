"""Batch scoring with a tagger that a test has in hand."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.prediction import Tagger
from serving.batch.files import find
from serving.batch.local import local_engine
from serving.batch.report import Totals
from serving.batch.run import Engine, Job, errors_name, parts_name, score
from serving.schema import model_info


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores in small windows, so that few rows make several parts."""

    window_rows: int = 50

    def job(self, tagger: Tagger, sources: list[Path | str], target: Path | str, digest: str = "0") -> Job:
        name = str(target)
        return Job(
            files=tuple(find(map(str, sources), [name, parts_name(name), errors_name(name)])),
            target=name,
            model=model_info(tagger),
            model_sha256=digest,
            window_rows=self.window_rows,
        )

    def __call__(
        self,
        tagger: Tagger,
        source: Path | str | list[Path | str],
        target: Path | str,
        *,
        digest: str = "0",
        engine: Engine | None = None,
        report: Path | None = None,
        force: bool = False,
        watch: Callable[[Totals, bool], None] = lambda totals, kept: None,
    ) -> Totals:
        job = self.job(tagger, source if isinstance(source, list) else [source], target, digest)
        return score(job, engine or local_engine(tagger), tagger.scheme, report=report, force=force, watch=watch)


@pytest.fixture(scope="session")
def score_file() -> Scorer:
    return Scorer()
