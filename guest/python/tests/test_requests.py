"""The real `requests`, over the host."""

from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from hospes_node import Context, Secret, SecretMisused, http, node
from hospes_node.testing import Host

URL = "https://a.example/things"
EARLY = requests.Session()


def run(host: Host, work: Any) -> Any:
    @node(name="n", version="1.0.0")
    def wrapped(context: Context) -> Any:
        return work(context.secrets)

    return host.run(wrapped)


@pytest.mark.parametrize("sender", [requests, requests.Session(), EARLY])
def test_requests_and_sessions_send_through_the_host(sender: Any) -> None:
    host = Host(secrets=["key"]).answer(
        "POST",
        URL + "?q=1",
        status=201,
        body={"made": True},
        headers=[("Set-Cookie", "a=1"), ("X-Id", "7")],
    )

    def work(secrets: Any) -> list[Any]:
        response = sender.post(
            URL,
            params={"q": 1},
            json={"a": 1},
            headers={"Authorization": "Bearer " + secrets["key"]},
            timeout=(1, 2),
        )
        return [
            response.status_code,
            response.json(),
            response.headers["x-id"],
            response.cookies["a"],
            response.reason,
            response.ok,
        ]

    assert run(host, work) == [201, {"made": True}, "7", "1", "Created", True]
    (sent,) = host.requests
    assert (sent.method, sent.timeout, sent.json()) == ("POST", 3, {"a": 1})
    assert sent.header("authorization") == Secret("key", "Bearer ")


def test_framing_headers_are_taken_away() -> None:
    host = Host().answer("POST", URL)
    run(host, lambda _: requests.post(URL, data=iter([b"a", b"b"])).status_code)
    (sent,) = host.requests
    assert sent.body == b"ab"
    names = {name.lower() for name, _ in sent.headers}
    assert not names & {"content-length", "transfer-encoding", "connection", "accept-encoding"}


@pytest.mark.parametrize(
    ("fault", "raised", "ours"),
    [
        ("timeout", requests.exceptions.ReadTimeout, http.Timeout),
        ("unreachable", requests.exceptions.ConnectionError, http.Unreachable),
        ("interrupted", requests.exceptions.ConnectionError, http.Interrupted),
        ("denied", requests.exceptions.RequestException, http.Denied),
        ("exhausted", requests.exceptions.RequestException, http.Exhausted),
        ("too-large", requests.exceptions.RequestException, http.TooLarge),
    ],
)
def test_a_fault_is_an_exception_of_requests_and_of_ours(
    fault: Any, raised: Any, ours: Any
) -> None:
    def work(_: Any) -> str:
        with pytest.raises(raised) as caught:
            requests.get(URL)
        assert isinstance(caught.value, ours)
        return str(caught.value.why)

    assert run(Host().fail("GET", URL, fault, "no-rule"), work) == "no-rule"
    # Left alone, it ends the execution with the failure that is true.
    with pytest.raises(ours):
        run(Host().fail("GET", URL, fault), lambda _: requests.get(URL))


def test_redirects_are_followed_one_request_at_a_time() -> None:
    host = Host().answer("GET", URL, status=302, headers={"location": "/other"})
    host.answer("GET", "https://a.example/other", body="there")
    assert run(host, lambda _: requests.get(URL).text) == "there"
    assert len(host.requests) == 2


@pytest.mark.parametrize(
    "misuse",
    [
        lambda secrets: requests.get(URL, params={"key": secrets["key"]}),
        lambda secrets: requests.post(URL, data={"key": secrets["key"]}),
        lambda secrets: requests.get(URL, auth=("user", secrets["key"])),
    ],
)
def test_a_secret_outside_of_a_headers_value_is_refused(misuse: Any) -> None:
    with pytest.raises(SecretMisused, match="the secret `key` stands in"):
        run(Host(secrets=["key"]), misuse)


@pytest.mark.parametrize(
    ("options", "message"), [({"cert": "x.pem"}, "cert: a node has no certificates")]
)
def test_what_a_node_cannot_have_is_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(Host(), lambda _: requests.get(URL, **options))


def test_retries_are_the_operators() -> None:
    def work(_: Any) -> None:
        session = requests.Session()
        session.mount("https://", HTTPAdapter(max_retries=3))
        session.get(URL)

    with pytest.raises(ValueError, match="max_retries: the host repeats executions"):
        run(Host(), work)


def test_outside_of_a_run_the_package_is_itself() -> None:
    send = HTTPAdapter.send
    run(Host(), lambda _: None)
    assert HTTPAdapter.send is send
