import hashlib

import pytest

from data.errors import InputError
from serving.keys import ROLES, find_key, new_key


def test_a_key_is_known_by_its_hash_alone() -> None:
    key, secret = new_key("postkamer", "classify")

    assert key.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in key.model_dump_json()
    assert len(secret) >= 43  # 256 bits in base 64


def test_the_right_key_is_found() -> None:
    keys, secrets = zip(*(new_key(f"k{number}", "classify") for number in range(3)), strict=True)

    assert [find_key(keys, secret) for secret in secrets] == list(keys)
    assert find_key(keys, "iets anders") is None
    assert find_key((), secrets[0]) is None


def test_each_role_may_what_those_before_it_may() -> None:
    keys = [new_key("a", role)[0] for role in ROLES]

    assert [[key.may(role) for role in ROLES] for key in keys] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


@pytest.mark.parametrize("name", ["", "twee woorden", "a" * 101, "a\nb"])
def test_a_name_that_would_spoil_the_log_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="expected a name of at most 100 letters"):
        new_key(name, "classify")
