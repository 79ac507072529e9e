import pytest

from data.connectors.http import WrongContentError
from data.connectors.xml import attribute, first_text, parse_xml, texts


def test_elements_are_found_by_local_name() -> None:
    root = parse_xml(b'<a xmlns="u"><p:b xmlns:p="v">x <c>y</c>\n z</p:b><b>q</b><b> </b></a>', "a")
    assert texts(root, "b") == ("x y z", "q")
    assert first_text(root, "c") == "y"
    assert first_text(root, "none") == ""


def test_attributes_are_found_by_local_name() -> None:
    root = parse_xml(b'<a xmlns:p="v" p:scheme=" x "/>', "a")
    assert (attribute(root, "scheme"), attribute(root, "other")) == ("x", "")


def test_entities_are_refused() -> None:
    content = b'<!DOCTYPE a [<!ENTITY i "inner"><!ENTITY o SYSTEM "file:///etc/passwd">]><a><b>&i;&o;</b></a>'
    with pytest.raises(WrongContentError, match="without entities"):
        parse_xml(content, "a")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "expected XML", id="empty"),
        pytest.param(b"<a><b></a>", "expected XML, found a broken file", id="not well formed"),
        pytest.param(b"<a", "expected XML", id="cut off"),
        pytest.param(b"<html/>", "expected XML with the root a, found html", id="another root"),
        pytest.param(b"\xff\xfe\x00", "expected XML", id="bytes"),
    ],
)
def test_what_is_not_as_expected_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(WrongContentError, match=message):
        parse_xml(content, "a")
