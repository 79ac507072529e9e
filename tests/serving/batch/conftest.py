import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known where this folder is named on the command line, as `make bench-batch` does."""
    parser.addoption("--kills", type=int, default=5)
    parser.addoption("--rows", type=int, default=2000)
