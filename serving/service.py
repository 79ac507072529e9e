"""The BentoML service: loads the artefact and mounts the API."""

import logging
import sys

import bentoml

from data.errors import KamervraagError
from data.question import Question
from models.artefact import default_folder
from models.engine import OnnxTagger
from serving.api import create_app

app = create_app()


@bentoml.service(name="kamervraag", traffic={"timeout": 60})
@bentoml.asgi_app(app, path="/")
class Kamervraag:
    """Answers with the model that `models.artefact.default_folder` finds."""

    def __init__(self) -> None:
        try:
            app.state.tagger = OnnxTagger.open(default_folder())
            # The first answer loads the date library and fills the runtime's memory: 0.4 s that no caller should wait.
            app.state.tagger.predict([Question(text="Kunt u dit vóór 2 juni 2025 toelichten?")])
        except KamervraagError as error:
            logging.getLogger("bentoml").error("%s", error)
            sys.exit(1)
