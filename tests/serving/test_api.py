import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import docx
import pytest
from starlette.testclient import TestClient

from data.errors import Reason
from data.labels import LabelScheme
from models.artefact import FILES, SHIPPED, open_artefact
from models.prediction import Tagger
from serving.api import EXAMPLES
from serving.keys import new_key
from serving.problems import REASONS

Start = Callable[..., TestClient]

URL = "/v1/classificaties"
JSON = {"content-type": "application/json"}
EMPTY = "mag niet leeg zijn: ten minste één letter of cijfer verwacht"


def problem(response: Any, status: int) -> dict[str, Any]:
    """The body of an error after the checks that hold for every error."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["api-version"]
    body: dict[str, Any] = response.json()
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["status"] == status
    assert body["detail"]
    return body


def send(client: TestClient, **question: Any) -> Any:
    return client.post(URL, json={"vragen": [{"tekst": "Waarom?"} | question]})


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
        "vragen.0.tekst": EMPTY,
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
        pytest.param({"vragen": [{"tekst": ""}]}, {"vragen.0.tekst": EMPTY}, id="empty text"),
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
        pytest.param("1717200000", id="seconds in quotes"),
        pytest.param("2025-05-01T00:00:00", id="midnight"),
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


def test_a_model_that_fails_is_a_problem_too(start: Start) -> None:
    class BrokenTagger:
        def predict(self, questions):
            raise RuntimeError("out of memory")

    assert "out of memory" not in problem(send(start(BrokenTagger())), 500)["detail"]


def test_a_model_that_is_too_slow_is_given_up(start: Start, tagger: Tagger) -> None:
    class SlowTagger:
        def predict(self, questions):
            time.sleep(0.2)
            return tagger.predict(questions)

    response = send(start(SlowTagger(), request_seconds=0.05))

    assert problem(response, 503)["detail"] == "Het is nu te druk; probeer het later opnieuw."
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("question", [{"tekst": "Waarom?"}], ids=["one question"])
def test_explanations_are_for_a_few_questions(client: TestClient, question: dict[str, str]) -> None:
    found = messages(client.post(URL, json={"vragen": [question] * 11, "uitleg": True}))

    assert found == {"": "Met uitleg ten hoogste 10 vragen"}


def test_a_full_queue_is_a_problem_at_once(start: Start, tagger: Tagger) -> None:
    opened, taken = threading.Event(), threading.Event()

    class GatedTagger:
        name, version, scheme = tagger.name, tagger.version, tagger.scheme

        def predict(self, questions):
            taken.set()
            opened.wait(10)
            return tagger.predict(questions)

    client = start(GatedTagger(), batch_characters=1, max_queued_characters=40)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, URL, json={"vragen": [{"tekst": "Waarom?"}] * 3})
        assert taken.wait(10)
        response = send(client)
        opened.set()
        assert first.result(10).status_code == 200

    problem(response, 503)
    assert int(response.headers["retry-after"]) > 0


def test_a_request_has_no_more_text_than_can_be_answered(client: TestClient) -> None:
    questions = [{"tekst": "x" * 20_000}] * 20
    fields = client.get("/v1/openapi.json").json()["components"]["schemas"]["ClassificatieVerzoek"]["properties"]

    assert client.post(URL, json={"vragen": questions}).status_code == 200
    assert messages(client.post(URL, json={"vragen": [*questions, {"tekst": "x"}]})) == {
        "": "Te veel tekst: ten hoogste 400000 tekens in titel, context en tekst van alle vragen samen"
    }
    assert "400000 tekens" in fields["vragen"]["description"]


DOCUMENT = EXAMPLES["documenten"]["tekst"]["value"]["tekst"]


def check_document(response: Any) -> None:
    assert response.status_code == 200, response.text
    [document] = response.json()["documenten"]
    assert (document["titel"], document["datum"]) == ("de brug bij Weert", "2021-06-02")
    assert [each["nummer"] for each in document["vragen"]] == [1, 2]
    assert document["vragen"][1]["tekst"] == "Hoe komen vrachtwagens intussen over het kanaal?"
    assert [each["resultaat"]["domein"]["id"] for each in document["vragen"]] == ["bestuur", "bestuur"]
    assert document["resultaat"]["domein"]["id"] == "bestuur"
    assert response.json()["model"]["naam"] == "fake"


def test_a_document_comes_as_text(client: TestClient) -> None:
    check_document(client.post("/v1/documenten", json={"tekst": DOCUMENT}))


def test_a_document_comes_as_a_file(client: TestClient) -> None:
    check_document(client.post("/v1/documenten", files={"bestand": ("vragen.txt", DOCUMENT.encode())}))


def test_a_document_comes_as_a_word_file(client: TestClient, tmp_path: Path) -> None:
    document = docx.Document()
    for line in DOCUMENT.splitlines():
        document.add_paragraph(line)
    document.save(tmp_path / "vragen.docx")

    with (tmp_path / "vragen.docx").open("rb") as file:
        check_document(client.post("/v1/documenten", files={"bestand": file}))


def test_a_listing_holds_many_documents(client: TestClient, listing: str) -> None:
    documents = client.post("/v1/documenten", json={"tekst": listing}).json()["documenten"]

    assert [len(each["vragen"]) for each in documents] == [3, 2]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("a.docx", b"\x89PNG\r\n\x1a\n", "unreadable", id="picture"),
        pytest.param("a.txt", b"Er staat hier niets.", "no_questions", id="no questions"),
        pytest.param("a.csv", b"tekst;titel\nKlopt het?;A\n", "table", id="table"),
        pytest.param("a.txt", b"Vraag 1\n" + b"Waarom? " * 10_000, "too_long", id="long question"),
        pytest.param("a.pdf", b"", "unreadable", id="empty file"),
    ],
)
def test_a_file_without_questions_is_refused_in_dutch(
    client: TestClient, name: str, content: bytes, reason: Reason
) -> None:
    body = problem(client.post("/v1/documenten", files={"bestand": (name, content)}), 400)

    assert body["detail"] == REASONS[reason]
    assert body["errors"] == [{"in": "body", "veld": "", "melding": REASONS[reason]}]


def test_every_reason_has_a_dutch_text() -> None:
    assert REASONS.keys() == set(get_args(Reason))


def test_a_document_that_takes_too_long_is_refused_in_dutch(start: Start) -> None:
    body = problem(start(reading_seconds=0.01).post("/v1/documenten", json={"tekst": DOCUMENT}), 400)

    assert body["detail"] == "Het document is niet in 0.01 seconden te lezen; splits het."


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"files": {"file": ("a.txt", b"Waarom?")}}, id="other field"),
        pytest.param({"files": {"bestand": (None, "Waarom?")}}, id="text for file"),
        pytest.param({"files": [("bestand", ("a", b"a")), ("bestand", ("b", b"b"))]}, id="two files"),
        pytest.param(
            {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data"}}, id="no boundary"
        ),
        pytest.param(
            {
                "content": b'--x\r\nContent-Disposition: form-data; name="bestand"; filename="a"\r\n\r\na\r\n--x--',
                "headers": {"content-type": "multipart/form-data; boundary=x; charset=undefined"},
            },
            id="no character set",
        ),
        pytest.param({"json": {}}, id="no text"),
        pytest.param({"json": {"tekst": "?"}}, id="no letters"),
        pytest.param({"json": {"tekst": "a" * 1_000_001}}, id="too much text"),
        pytest.param({"content": b"{", "headers": JSON}, id="broken JSON"),
    ],
)
def test_a_request_without_a_document_is_refused(client: TestClient, sent: dict[str, Any]) -> None:
    problem(client.post("/v1/documenten", **sent), 400)


def test_a_document_with_too_many_questions_is_refused(start: Start) -> None:
    response = start(max_questions=1).post("/v1/documenten", json={"tekst": DOCUMENT})

    assert "te veel vragen: ten hoogste 1," in problem(response, 400)["errors"][0]["melding"]


def test_a_document_with_too_much_text_is_refused(start: Start) -> None:
    client = start(max_characters=100)
    response = client.post("/v1/documenten", json={"tekst": DOCUMENT})
    operation = client.get("/v1/openapi.json").json()["paths"]["/documenten"]["post"]

    assert "100 tekens" in operation["description"]
    assert "met 100 tekens in titel, context en tekst" in problem(response, 400)["errors"][0]["melding"]


def test_the_labels_are_those_of_the_artefact(start: Start, tiny_artefact: Path, scheme: LabelScheme) -> None:
    labels = start(artefact=tiny_artefact).get("/v1/labels").json()

    assert labels["labelschema"] == scheme.name
    assert [each["id"] for each in labels["domeinen"]] == list(scheme.domain_ids)
    assert [each["label"] for each in labels["urgenties"]] == [each.nl for each in scheme.urgencies]


def test_the_facts_of_the_model_are_those_of_the_artefact(start: Start) -> None:
    answer = start(artefact=SHIPPED / "tagger").get("/v1/model")

    assert answer.status_code == 200
    facts = answer.json()
    manifest = open_artefact(SHIPPED / "tagger").manifest
    assert (facts["basis"], facts["gemaakt"], facts["lengte"]) == (manifest.base, manifest.created, 256)
    assert facts["modelkaart"] == (SHIPPED / "tagger" / "README.md").read_text()
    [held_out] = [each for each in facts["metingen"] if each["verzameling"] == "heldout"]
    assert held_out["vragen"] == 460
    assert 0.5 < held_out["macroF1"] < 1


def test_the_facts_of_the_model_are_read_once(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "tagger"
    shutil.copytree(SHIPPED / "tagger", folder, copy_function=os.symlink)
    client = start(artefact=folder)
    first = client.get("/v1/model")
    (folder / FILES.metrics).unlink()

    assert first.status_code == 200
    assert client.get("/v1/model").json() == first.json()


def test_the_metrics_count_answers(client: TestClient) -> None:
    before = questions(client)
    client.post(URL, json={"vragen": [{"tekst": "Spoed in de economie?"}] * 3})

    assert questions(client) == before + 3


def questions(client: TestClient) -> float:
    text = client.get("/metrics").text
    found = re.search(r'^kamervraag_questions_total{domain="economie",urgency="hoog"} (\S+)$', text, re.MULTILINE)
    return float(found[1]) if found else 0


@pytest.mark.parametrize(
    ("path", "example"),
    [
        pytest.param(path, example["value"], id=f"{path} {name}")
        for path, examples in EXAMPLES.items()
        for name, example in examples.items()
    ],
)
def test_the_examples_of_the_specification_are_answered(client: TestClient, path: str, example: Any) -> None:
    specification = client.get("/v1/openapi.json").json()
    shown = specification["paths"][f"/{path}"]["post"]["requestBody"]["content"]["application/json"]["examples"]

    assert example in [each["value"] for each in shown.values()]
    assert client.post(f"/v1/{path}", json=example).status_code == 200


def test_the_specification_names_every_field(client: TestClient) -> None:
    schemas = client.get("/v1/openapi.json").json()["components"]["schemas"]
    answer = send(client).json()

    assert schemas["Vraag"]["properties"].keys() == {"id", "titel", "context", "tekst", "datum"}
    assert schemas["Vraag"]["required"] == ["tekst"]
    # An explanation comes only when it is asked for.
    assert schemas["Resultaat"]["properties"].keys() == {*answer["resultaten"][0], "uitleg"}
    assert schemas["Domein"]["properties"].keys() == answer["resultaten"][0]["domein"].keys()
    assert schemas["Urgentie"]["properties"].keys() == answer["resultaten"][0]["urgentie"].keys()


def test_the_specification_follows_the_design_rules(client: TestClient) -> None:
    """What a machine can check of the NLGov REST API Design Rules 2.2.0; `make api-lint` runs their own linter."""
    answer = client.get("/v1/openapi.json")
    specification = answer.json()

    assert answer.headers["access-control-allow-origin"] == "*"
    assert specification["openapi"].startswith("3.")
    assert re.fullmatch(r"\d+\.\d+\.\d+", specification["info"]["version"])
    assert answer.headers["api-version"] == specification["info"]["version"]
    assert specification["info"]["contact"].keys() == {"name", "email", "url"}
    assert all(re.search(r"/v1$", server["url"]) for server in specification["servers"])
    for path, item in specification["paths"].items():
        assert re.fullmatch(r"(/[a-z-]+)+", path)
        for method, operation in item.items():
            assert method == "get" or "400" in operation["responses"]
            for status, response in operation["responses"].items():
                assert "API-Version" in response["headers"]
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"]
    problem_schema = specification["components"]["schemas"]["Probleem"]
    assert {"status", "title", "detail"} <= problem_schema["properties"].keys()
    for schema in specification["components"]["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            if name in ("datum", "antwoordVoor"):
                assert field["format"] == "date"


def test_the_specification_asks_for_keys_where_they_are_needed(client: TestClient, start: Start) -> None:
    key, _ = new_key("post", "classify")
    without = client.get("/v1/openapi.json").json()
    needed = start(keys=(key,)).get("/v1/openapi.json").json()

    assert "security" not in without
    assert "401" not in without["paths"]["/labels"]["get"]["responses"]
    [scheme] = needed["security"]
    assert needed["components"]["securitySchemes"].keys() == scheme.keys()
    assert {"401", "403"} <= needed["paths"]["/labels"]["get"]["responses"].keys()
