"""The service that one would write in an hour: FastAPI and the transformers pipeline, one request at a time."""

from pathlib import Path
from typing import Any

import click
import torch
import uvicorn
from fastapi import FastAPI

from benchmarks.engines import open_pipeline
from data.question import Question


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--port", type=int, required=True)
@click.option("--threads", type=int, required=True)
def serve(folder: Path, port: int, threads: int) -> None:
    """Answer POST /v1/classificaties with the pipeline's own answers."""
    torch.set_num_threads(threads)
    classify = open_pipeline(folder)
    app = FastAPI()

    @app.get("/readyz")
    def ready() -> None:
        return None

    @app.post("/v1/classificaties")
    def answer(verzoek: dict[str, Any]) -> object:
        questions = [
            Question(text=each["tekst"], title=each["titel"], context=each["context"]) for each in verzoek["vragen"]
        ]
        return classify(questions)

    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    serve()
