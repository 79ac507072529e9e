"""The console script: one front door to the commands of the packages."""

import signal
from typing import Any

import click

import data.cli
import data.connectors.cli
import serving.cli
import training.cli
from data.errors import KamervraagError


class Commands(click.Group):
    """A group whose commands answer a user's mistake with one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, and translate the errors that a user can mend."""
        try:
            return super().invoke(ctx)
        except KamervraagError as error:
            raise click.ClickException(" ".join(str(error).split())) from error
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe has gone
        except KeyboardInterrupt:
            click.echo("Interrupted", err=True)
            ctx.exit(128 + signal.SIGINT)
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'file'}: {error.strerror or error}") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kamervraag")
def main() -> None:
    """Tag written questions of the Dutch parliament with a policy domain and an urgency."""


for command in (
    serving.cli.tag,
    serving.cli.document,
    serving.cli.score,
    serving.cli.serve,
    serving.cli.key,
    data.cli.read,
    data.cli.data,
    data.connectors.cli.ingest,
    training.cli.train,
    training.cli.evaluate,
    training.cli.teach,
    training.cli.baseline,
    training.cli.promote,
    training.cli.pretrain,
    training.cli.probe,
    training.cli.curve,
):
    main.add_command(command)
