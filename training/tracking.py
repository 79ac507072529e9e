"""Experiment tracking. The only importer of mlflow."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import ExtraError, InputError
from models.artefact import home

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient

EXPERIMENT = "kamervraag"
CHAMPION = "champion"
ARTEFACT_PATH = "artefact"


class Tracker:
    """One run in MLflow: what goes in, what comes out."""

    def __init__(self, run_id: str, client: "MlflowClient") -> None:
        self.run_id = run_id
        self._client = client

    def params(self, values: Mapping[str, Any]) -> None:
        """Log settings."""
        for key, value in values.items():
            self._client.log_param(self.run_id, key, value)

    def metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Log numbers; `step` counts training steps."""
        for key, value in values.items():
            # MLflow takes no other characters in a name, and the names of files have them.
            self._client.log_metric(self.run_id, re.sub(r"[^\w./ -]", "_", key), value, step=step)

    def text(self, text: str, name: str) -> None:
        """Store a text file."""
        self._client.log_text(self.run_id, text, name)

    def figure(self, figure: "Figure", name: str) -> None:
        """Store a picture."""
        self._client.log_figure(self.run_id, figure, name)

    def folder(self, folder: Path, name: str) -> None:
        """Store a folder."""
        self._client.log_artifacts(self.run_id, str(folder), name)

    def register(self, model: str, version: str) -> str:
        """Register the stored artefact as a version of a model.

        Returns:
            The registry's version number.
        """
        from mlflow.exceptions import MlflowException

        try:
            self._client.create_registered_model(model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        uri = f"{self._client.get_run(self.run_id).info.artifact_uri}/{ARTEFACT_PATH}"
        made = self._client.create_model_version(model, uri, self.run_id, tags={"artefact_version": version})
        return str(made.version)


def tracking_client() -> "MlflowClient":
    """A client of `$MLFLOW_TRACKING_URI`, else of a SQLite file in the home folder.

    Raises:
        ExtraError: mlflow is not installed.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise ExtraError("mlflow", "train") from error
    home().mkdir(parents=True, exist_ok=True)
    return MlflowClient(os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home().resolve()}/mlflow.db")


@contextmanager
def track(run_name: str) -> Iterator[Tracker]:
    """Open a run; it ends as failed if the block raises."""
    client = tracking_client()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        local = not os.environ.get("MLFLOW_TRACKING_URI")
        artifacts = (home() / "mlartifacts").resolve().as_uri() if local else None
        experiment_id = client.create_experiment(EXPERIMENT, artifact_location=artifacts)
    else:
        experiment_id = experiment.experiment_id
    run = client.create_run(experiment_id, run_name=run_name)
    try:
        yield Tracker(run.info.run_id, client)
    except BaseException:
        client.set_terminated(run.info.run_id, status="FAILED")
        raise
    client.set_terminated(run.info.run_id)


def fetch_version(model: str, version: str, to: Path) -> Path:
    """Download the artefact of a registered version.

    Raises:
        InputError: there is no such model or version.
    """
    from mlflow.exceptions import MlflowException

    client = tracking_client()
    try:
        run_id = client.get_model_version(model, version).run_id or ""
    except MlflowException as error:
        known = ", ".join(str(each.version) for each in client.search_model_versions(f"name='{model}'")) or "none"
        raise InputError(
            f"expected a registered version of {model!r} ({known}), found no {version!r}; train one"
        ) from error
    return Path(client.download_artifacts(run_id, ARTEFACT_PATH, str(to)))


def set_champion(model: str, version: str, tags: Mapping[str, str]) -> None:
    """Give a registered version tags, and the alias that serving goes by."""
    client = tracking_client()
    for key, value in tags.items():
        client.set_model_version_tag(model, version, key, value)
    client.set_registered_model_alias(model, CHAMPION, version)
