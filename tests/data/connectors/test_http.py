import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from data.connectors.http import (
    Client,
    MissingError,
    Pace,
    PassingError,
    Patience,
    SourceError,
    WrongContentError,
    user_agent,
)
from data.errors import InputError


@pytest.fixture
def sleeps() -> list[float]:
    return []


@pytest.fixture
def client(official, sleeps):
    official.publish("ah-1")
    with Client(
        Pace(requests=1000, seconds=1),
        contact="data@example.nl",
        patience=Patience(timeout_s=2, attempts=4, backoff_s=3, max_bytes=5000),
        sleep=sleeps.append,
    ) as client:
        yield client


def _refuse_html(content: bytes) -> None:
    if b"<html" in content:
        raise WrongContentError("expected XML, found HTML")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_asked_again(official, client, sleeps, status: int) -> None:
    official.fail("/docs/ah-1.xml", status, times=3)
    assert client.get(f"{official.documents}/ah-1.xml").startswith(b"<?xml")
    assert sleeps == [3, 6, 12]


def test_retry_after_in_seconds_is_waited(official, client, sleeps) -> None:
    official.fail("/docs/ah-1.xml", 429, headers={"Retry-After": "70"})
    official.fail("/docs/ah-1.xml", 503, headers={"Retry-After": "1"})
    client.get(f"{official.documents}/ah-1.xml")
    assert sleeps == [70, 6]  # the second is shorter than the own wait


def test_retry_after_as_a_date_is_waited(official, client, sleeps) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    official.fail("/docs/ah-1.xml", 503, headers={"Retry-After": moment})
    client.get(f"{official.documents}/ah-1.xml")
    assert sleeps == [pytest.approx(99, abs=2)]


def test_a_broken_retry_after_is_no_reason_to_fail(official, client, sleeps) -> None:
    official.fail("/docs/ah-1.xml", 503, headers={"Retry-After": "soon"})
    client.get(f"{official.documents}/ah-1.xml")
    assert sleeps == [3]


def test_a_source_that_asks_for_hours_ends_the_run(official, client, sleeps) -> None:
    official.fail("/docs/ah-1.xml", 503, headers={"Retry-After": "7200"})
    with pytest.raises(SourceError, match=r"found status 503 and asks to wait 7200 s; start again later"):
        client.get(f"{official.documents}/ah-1.xml")
    assert sleeps == []


def test_a_connection_that_breaks_in_the_body_is_asked_again(official, client, sleeps) -> None:
    official.fail("/docs/ah-1.xml", body=b"<?xml half", broken=True)
    assert client.get(f"{official.documents}/ah-1.xml").endswith(b"</officiele-publicatie>")
    assert sleeps == [3]


def test_a_source_that_keeps_failing_is_one_error(official, client, sleeps) -> None:
    official.fail("/docs/ah-1.xml", 500, times=9)
    with pytest.raises(PassingError, match=r"ah-1\.xml: expected an answer, found status 500; start again later"):
        client.get(f"{official.documents}/ah-1.xml")
    assert len(official.requests) == 4
    assert len(sleeps) == 3


def test_a_host_that_does_not_answer_is_one_error(client, sleeps) -> None:
    with pytest.raises(PassingError, match="the connection failed"):
        client.get("http://127.0.0.1:1/x")
    assert len(sleeps) == 3


@pytest.mark.parametrize("status", [404, 410])
def test_a_missing_document_is_not_asked_again(official, client, status: int) -> None:
    official.fail("/docs/ah-1.xml", status)
    with pytest.raises(MissingError, match=f"found none .status {status}"):
        client.get(f"{official.documents}/ah-1.xml")
    assert len(official.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_is_not_asked_again(official, client, status: int) -> None:
    official.fail("/docs/ah-1.xml", status)
    with pytest.raises(SourceError, match=f"found status {status}; check the address") as error:
        client.get(f"{official.documents}/ah-1.xml")
    assert not isinstance(error.value, MissingError)
    assert len(official.requests) == 1


def test_another_body_is_asked_for_once_more(official, client) -> None:
    official.fail("/docs/ah-1.xml", body=official.error_page)
    assert client.get(f"{official.documents}/ah-1.xml", check=_refuse_html).startswith(b"<?xml")


def test_another_body_that_stays_is_an_error(official, client) -> None:
    with pytest.raises(WrongContentError, match=r"/docs/ah-2\.xml: expected XML, found HTML"):
        client.get(f"{official.documents}/ah-2.xml", check=_refuse_html)
    assert len(official.requests) == 2


def test_a_body_may_not_be_larger_than_the_limit(official, client) -> None:
    official.fail("/docs/ah-1.xml", body=b"x" * 5001)
    with pytest.raises(MissingError, match="expected at most 5000 bytes, found more"):
        client.get(f"{official.documents}/ah-1.xml")
    official.fail("/docs/ah-1.xml", body=b"x" * 5000)
    assert len(client.get(f"{official.documents}/ah-1.xml")) == 5000


def test_a_request_says_who_asks(official, client) -> None:
    client.get(f"{official.documents}/ah-1.xml", {"a": "1 + 1"})
    _, query, headers = official.requests[0]
    assert headers["User-Agent"] == user_agent("data@example.nl")
    assert headers["User-Agent"].startswith("kamervraag/0.")
    assert headers["User-Agent"].endswith(" (+data@example.nl)")
    assert query == {"a": "1 + 1"}


@pytest.mark.parametrize("contact", ["a\nb: c", "zoë"])
def test_a_contact_must_fit_in_a_header(contact: str) -> None:
    with pytest.raises(InputError, match="expected a contact of plain ASCII"):
        Client(Pace(requests=1, seconds=1), contact=contact)


def test_the_pace_holds_for_repeated_attempts_too(official) -> None:
    official.publish("ah-1")
    official.fail("/docs/ah-1.xml", 500, times=4)
    began = time.monotonic()
    with Client(Pace(requests=2, seconds=0.2), patience=Patience(), sleep=lambda seconds: None) as client:
        client.get(f"{official.documents}/ah-1.xml")
    assert 0.4 <= time.monotonic() - began < 2
