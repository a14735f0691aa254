"""A secret is a header's value and nothing else."""

import base64
from typing import Any

import pytest

from hospes_node import Context, Failure, Secret, SecretMisused, http, log, node, secret
from hospes_node.testing import Host

URL = "https://a.example/"


def run(work: Any) -> Host:
    @node(name="n", version="1.0.0")
    def wrapped(context: Context) -> Any:
        return work(context.secrets["key"])

    host = Host(secrets=["key"]).answer("GET", URL).answer("POST", URL)
    host.run(wrapped)
    return host


def test_a_secrets_text_becomes_the_secret_with_the_prefix_before_it() -> None:
    for value, expected in [
        (lambda text: "Bearer " + text, Secret("key", "Bearer ")),
        (lambda text: text, Secret("key", "")),
        (lambda _: secret("key", prefix="Token "), Secret("key", "Token ")),
    ]:
        host = run(lambda text, value=value: http.get(URL, headers={"X": value(text)}).status)
        assert host.requests[0].header("x") == expected


@pytest.mark.parametrize(
    ("misuse", "where"),
    [
        (lambda key: http.get(URL + key), "a URL"),
        (lambda key: http.get(URL + key.upper()), "a URL"),
        (lambda key: http.post(URL, json={"k": key}), "a request's body"),
        (lambda key: http.get(URL, headers={key: "x"}), "a header's name"),
        (lambda key: http.get(URL, headers={"X": key + "x"}), "the middle of the header `X`"),
        (lambda key: http.get(URL, headers={"X": key + key}), "the prefix in the header `X`"),
        (
            lambda key: http.get(
                URL, headers={"X": "Basic " + base64.b64encode(f"u:{key}".encode()).decode()}
            ),
            "the Base64 of the header `X`",
        ),
        (lambda key: log.info(key), "a log record"),
        (lambda key: log.info("x", key=key), "a log record"),
        (lambda key: {"a": [key]}, "the result"),
    ],
)
def test_a_secrets_text_anywhere_else_is_an_error_that_names_the_secret(
    misuse: Any, where: str
) -> None:
    with pytest.raises(SecretMisused) as raised:
        run(misuse)
    assert raised.value.message.startswith(f"the secret `key` stands in {where};")


def test_a_secrets_text_in_a_failure_does_not_reach_the_caller() -> None:
    for details in (None, {"a": 1}):

        def fail(key: str, details: Any = details) -> None:
            message = key if details is None else "x"
            raise Failure("rejected", message, details=details and {"a": key})

        with pytest.raises(SecretMisused):
            run(fail)


def test_a_secrets_text_is_drawn_anew_for_each_execution() -> None:
    seen = []
    for _ in range(2):
        run(lambda key: seen.append(key))
    assert seen[0] != seen[1]
    # A payload that repeats an earlier one is a text like any other.
    assert (
        run(lambda _: http.get(URL, headers={"X": seen[0]}).status).requests[0].header("X")
        == (seen[0])
    )


def test_a_secret_that_is_not_granted_is_named_with_those_that_are() -> None:
    @node(name="n", version="1.0.0")
    def work(context: Context) -> str:
        return context.secrets["other"]

    with pytest.raises(KeyError, match="no secret `other` is granted to this node; granted: key"):
        Host(secrets=["key"]).run(work)
