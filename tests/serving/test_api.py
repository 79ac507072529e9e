import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from data.labels import LabelScheme
from models.prediction import Tagger
from serving.api import MAX_BODY_BYTES, create_app

URL = "/v1/classificaties"
JSON = {"content-type": "application/json"}


@pytest.fixture
def client(tagger: Tagger) -> TestClient:
    """Answers as a server does: an exception of the app is a 500."""
    app = create_app()
    app.state.tagger = tagger
    return TestClient(app, raise_server_exceptions=False)


def send(client: TestClient, **question: Any) -> Any:
    return client.post(URL, json={"vragen": [{"tekst": "Waarom?"} | question]})


def problem(response: Any, status: int) -> dict[str, Any]:
    """The body of an error after the checks that hold for every error."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["status"] == status
    assert body["detail"]
    return body


def messages(response: Any) -> dict[str, str]:
    errors = problem(response, 400)["errors"]
    assert {error["in"] for error in errors} == {"body"}
    return {error["veld"]: error["melding"] for error in errors}


def test_an_answer_has_the_documented_shape(client: TestClient, scheme: LabelScheme) -> None:
    question = {
        "id": "2025Z1",
        "titel": "Spoed in de economie",
        "tekst": "Kunt u deze vragen vóór 3 juni beantwoorden?",
        "datum": "2025-05-01",
    }
    response = client.post(URL, json={"vragen": [question]})
    bestuur, cultuur, economie, digitalisering = scheme.domains[:4]

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "model": {"naam": "fake", "versie": "1", "labelschema": "kamervragen@1.0.0"},
        "resultaten": [
            {
                "id": "2025Z1",
                "domein": {
                    "id": "economie",
                    "label": economie.nl,
                    "kans": 0.8,
                    "alternatieven": [
                        {"id": each.id, "label": each.nl, "kans": round(0.2 / (len(scheme.domains) - 1), 4)}
                        for each in (bestuur, cultuur, digitalisering)
                    ],
                    "mogelijk": ["economie"],
                },
                "urgentie": {
                    "niveau": "hoog",
                    "kansen": {"laag": 0.1, "middel": 0.2, "hoog": 0.7},
                    "score": 0.8,
                },
                "antwoordVoor": "2025-06-03",
                "beoordelen": False,
                "aantalTokens": 12,
            }
        ],
    }


def test_answers_come_in_the_order_of_the_questions(client: TestClient) -> None:
    texts = ["Economie?", "Digitalisering", "Bestuur?"]
    response = client.post(URL, json={"vragen": [{"tekst": text} for text in texts]})
    results = response.json()["resultaten"]

    assert [result["id"] for result in results] == ["1", "2", "3"]
    assert [result["domein"]["id"] for result in results] == ["economie", "digitalisering", "bestuur"]
    assert [result["beoordelen"] for result in results] == [False, True, False]
    assert [result["antwoordVoor"] for result in results] == [None, None, None]


def test_the_text_alone_is_enough_and_null_stands_for_no_id_and_no_date(client: TestClient) -> None:
    assert send(client, id=None, datum=None).json() == send(client).json()


def test_a_byte_order_mark_is_taken(client: TestClient) -> None:
    body = json.dumps({"vragen": [{"tekst": "Waarom?"}]}).encode("utf-8-sig")

    assert client.post(URL, content=body, headers=JSON).status_code == 200


def test_a_hundred_questions_are_answered(client: TestClient) -> None:
    response = client.post(URL, json={"vragen": [{"tekst": "Waarom?"}] * 100})

    assert [result["id"] for result in response.json()["resultaten"]] == [str(number) for number in range(1, 101)]


def test_all_mistakes_are_named_at_once_in_dutch(client: TestClient) -> None:
    body = {
        "vragen": [
            {"tekst": " \n"},
            {"tekst": 5, "onderwerp": "trein"},
            {"titel": "a" * 2001, "datum": "juni"},
            "Waarom?",
            {"tekst": "Waarom?", "id": "a" * 201, "context": None, "datum": True},
        ],
        "taal": "nl",
    }

    assert messages(client.post(URL, json=body)) == {
        "vragen.0.tekst": "mag niet leeg zijn",
        "vragen.1.tekst": "tekst verwacht",
        "vragen.1.onderwerp": "onbekend veld",
        "vragen.2.titel": "ten hoogste 2000 tekens",
        "vragen.2.tekst": "verplicht veld ontbreekt",
        "vragen.2.datum": "datum verwacht als 2025-06-30",
        "vragen.3": "object verwacht",
        "vragen.4.id": "ten hoogste 200 tekens",
        "vragen.4.context": "tekst verwacht",
        "vragen.4.datum": "datum verwacht als 2025-06-30",
        "taal": "onbekend veld",
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"vragen": []}, {"vragen": "ten minste 1 verwacht"}, id="empty list"),
        pytest.param(
            {"vragen": [{"tekst": "Waarom?"}] * 101}, {"vragen": "ten hoogste 100 toegestaan"}, id="101 questions"
        ),
        pytest.param({"vragen": {"tekst": "Waarom?"}}, {"vragen": "lijst verwacht"}, id="object for list"),
        pytest.param({}, {"vragen": "verplicht veld ontbreekt"}, id="empty object"),
        pytest.param([{"tekst": "Waarom?"}], {"": "object verwacht"}, id="list for object"),
        pytest.param(None, {"": "object verwacht"}, id="null"),
        pytest.param({"vragen": [{"tekst": ""}]}, {"vragen.0.tekst": "mag niet leeg zijn"}, id="empty text"),
        pytest.param(
            {"vragen": [{"tekst": "a" * 1_000_000}]}, {"vragen.0.tekst": "ten hoogste 20000 tekens"}, id="1 MB of text"
        ),
        pytest.param(
            {"vragen": [{"tekst": "a", "{0}": 1}]}, {"vragen.0.{0}": "onbekend veld"}, id="unknown field with braces"
        ),
    ],
)
def test_a_body_that_does_not_fit_is_refused(client: TestClient, body: Any, expected: dict[str, str]) -> None:
    headers = {"content-type": "application/json"}

    assert messages(client.post(URL, content=json.dumps(body), headers=headers)) == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("30-06-2025", id="Dutch order"),
        pytest.param("2025-02-30", id="no such day"),
        pytest.param("", id="empty"),
        pytest.param([], id="list"),
        pytest.param(1e300, id="huge number"),
    ],
)
def test_a_date_that_is_none_is_refused(client: TestClient, value: Any) -> None:
    assert messages(send(client, datum=value)) == {"vragen.0.datum": "datum verwacht als 2025-06-30"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"vragen": [', id="broken JSON"),
        pytest.param(b"", id="no body"),
        pytest.param(b'{"vragen": [{"tekst": "\xe9\xe9n?"}]}', id="Latin-1"),
        pytest.param(b'{"vragen": [{"tekst": "a", "datum": ' + b"9" * 5000 + b"}]}", id="number of 5,000 digits"),
        pytest.param(b'{"vragen": [{"tekst": "a", "datum": NaN}]}', id="NaN"),
        pytest.param(b'{"vragen": [{"tekst": "a", "\\ud800": 1}]}', id="surrogate in a name"),
        pytest.param(b'{"vragen": [{"tekst": "\\ud800"}]}', id="surrogate in a text"),
        pytest.param(b"[" * 100_000, id="100,000 brackets"),
    ],
)
def test_an_unreadable_body_is_refused(client: TestClient, body: bytes) -> None:
    problem(client.post(URL, content=body, headers=JSON), 400)


def test_a_body_that_is_not_sent_as_json_is_refused(client: TestClient) -> None:
    body = b'{"vragen": [{"tekst": "Waarom?"}]}'

    problem(client.post(URL, content=body, headers={"content-type": "text/plain"}), 400)


def test_nul_bytes_count_as_white_space(client: TestClient) -> None:
    results = send(client, tekst="Wat\x00kost\x00economie?").json()["resultaten"]

    assert (results[0]["domein"]["id"], results[0]["aantalTokens"]) == ("economie", 3)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(
            {"tekst": "\x00"},
            id="only a NUL byte",
        ),
        pytest.param(
            {"tekst": "\u200b"},
            id="only an invisible character",
        ),
        pytest.param(
            {"tekst": "\u0958" * 20_000},
            id="text that grows when composed",
        ),
        pytest.param(
            {"titel": "\u0958" * 2_000},
            id="title that grows when composed",
        ),
    ],
)
def test_text_that_cleaning_makes_unfit_is_refused(client: TestClient, question: dict[str, str]) -> None:
    problem(send(client, **question), 400)


def test_the_last_day_of_the_calendar_is_a_date(client: TestClient) -> None:
    text = "Kunt u deze vragen vóór dinsdag beantwoorden?"

    assert send(client, tekst=text, datum="9999-12-31").status_code in (200, 400)


def test_a_number_is_no_date(client: TestClient) -> None:
    assert messages(send(client, datum=0)) == {"vragen.0.datum": "datum verwacht als 2025-06-30"}


@pytest.mark.parametrize(
    ("question", "field"),
    [
        pytest.param({"datum": "2025-05-01T10:00:00"}, "vragen.0.datum", id="time of day"),
        pytest.param({"id": "\ud800"}, "vragen.0.id", id="surrogate"),
    ],
)
def test_every_message_is_dutch(client: TestClient, question: dict[str, str], field: str) -> None:
    body = json.dumps({"vragen": [{"tekst": "Waarom?"} | question]})
    found = messages(client.post(URL, content=body, headers=JSON))

    assert found.keys() == {field}
    assert "verwacht" in found[field]


def test_broken_json_is_the_fault_of_no_field(client: TestClient) -> None:
    assert messages(client.post(URL, content=b'{"vragen": [', headers=JSON)) == {"": "geen geldige JSON"}


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    body = b" " * (MAX_BODY_BYTES + 1)

    assert str(MAX_BODY_BYTES) in problem(client.post(URL, content=body, headers=JSON), 413)["detail"]


def test_a_length_over_the_limit_is_refused_before_the_body_is_read() -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("the body is read although its length is too large")

    assert _status([(b"content-length", str(MAX_BODY_BYTES + 1).encode())], receive) == 413


def test_a_body_at_the_limit_is_read(client: TestClient) -> None:
    body = json.dumps({"vragen": [{"tekst": "Waarom?"}]}).encode().ljust(MAX_BODY_BYTES)

    assert client.post(URL, content=body, headers=JSON).status_code == 200


def test_a_body_in_chunks_over_the_limit_is_refused(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(6):
            yield b" " * 1_000_000

    response = client.post(URL, content=chunks(), headers=JSON)

    assert "content-length" not in response.request.headers
    problem(response, 413)


def test_a_body_in_chunks_is_answered(client: TestClient) -> None:
    response = client.post(URL, content=iter([b'{"vragen": [{"te', b'kst": "Economie?"}]}']), headers=JSON)

    assert response.json()["resultaten"][0]["domein"]["id"] == "economie"


def test_an_endless_body_is_not_read_to_its_end() -> None:
    chunk = b" " * 1_000_000
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += len(chunk)
        assert read <= 2 * MAX_BODY_BYTES, "the body is read on although it is too large"
        return {"type": "http.request", "body": chunk, "more_body": True}

    assert _status([(b"transfer-encoding", b"chunked")], receive) == 413


def _status(headers: list[tuple[bytes, bytes]], receive: Callable[[], Awaitable[dict[str, Any]]]) -> int:
    """The status of a POST whose body comes from `receive`, which a client library would send whole."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": URL, "raw_path": URL.encode(), "query_string": b""}
    asyncio.run(create_app()(scope | {"headers": headers}, receive, send))
    return sent[0]["status"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_refused(client: TestClient, method: str) -> None:
    response = client.request(method, URL)

    assert problem(response, 405)["detail"] == "Deze methode wordt hier niet ondersteund."
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/classificaties", "/docs"])
def test_another_address_is_not_found(client: TestClient, path: str) -> None:
    assert problem(client.get(path), 404)["detail"] == "Dit adres bestaat niet."


def test_a_model_that_fails_is_a_problem_too(client: TestClient) -> None:
    class BrokenTagger:
        def predict(self, questions):
            raise RuntimeError("out of memory")

    client.app.state.tagger = BrokenTagger()

    assert "out of memory" not in problem(send(client), 500)["detail"]


def test_the_specification_names_every_field(client: TestClient) -> None:
    specification = client.get("/v1/openapi.json").json()
    operation = specification["paths"][URL]["post"]
    schemas = specification["components"]["schemas"]
    answer = send(client).json()

    assert schemas["Vraag"]["properties"].keys() == {"id", "titel", "context", "tekst", "datum"}
    assert schemas["Vraag"]["required"] == ["tekst"]
    # An explanation comes only when it is asked for.
    assert schemas["Resultaat"]["properties"].keys() == {*answer["resultaten"][0], "uitleg"}
    assert schemas["Domein"]["properties"].keys() == answer["resultaten"][0]["domein"].keys()
    assert schemas["Urgentie"]["properties"].keys() == answer["resultaten"][0]["urgentie"].keys()
    for status in ("400", "413"):
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]


def test_the_specification_promises_no_other_errors(client: TestClient) -> None:
    operation = client.get("/v1/openapi.json").json()["paths"][URL]["post"]

    assert operation["responses"].keys() == {"200", "400", "413", "500"}
