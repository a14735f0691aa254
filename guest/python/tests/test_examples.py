"""The nodes in `examples`, natively."""

from pathlib import Path
from typing import Any

import pytest
from acme.nodes.welcome import Welcome
from enrich import enrich
from greet import greet

from hospes_node import Failure, Secret
from hospes_node.testing import Host, Record, check_case

BRAZE = "https://braze.example"
PARAMS = {"braze_url": BRAZE, "braze_user_track": "users/track"}
TRACK = BRAZE + "/users/track"


def test_greet_greets() -> None:
    host = Host()
    assert host.run(greet, {"name": "Ada"}) == {"greeting": "Hello, Ada."}
    assert host.logs == [Record("info", "greeting", {"attempt": "1"})]
    with pytest.raises(Failure, match="invalid-payload: the name is empty"):
        host.run(greet, {"name": ""})


def test_enrich_waits_for_three_systems_at_once_and_does_without_one() -> None:
    params = {
        "crm_url": "https://c.example",
        "shop_url": "https://s.example",
        "desk_url": "https://d.example",
    }
    host = Host(params=params, secrets=["crm_key"])
    host.answer("GET", "https://c.example/contacts/u-1", body={"name": "Ada"})
    host.fail("GET", "https://s.example/orders?user=u-1", "timeout")
    host.answer("GET", "https://d.example/tickets?user=u-1", status=404)
    assert host.run(enrich, {"user": "u-1"}) == {
        "contact": {"name": "Ada"},
        "orders": None,
        "tickets": None,
    }
    assert host.most_at_once == 3
    assert host.requests[0].header("authorization") == Secret("crm_key", "Bearer ")
    assert [record.message for record in host.logs] == ["no answer"]


def welcome(host: Host) -> Any:
    return host.run(Welcome, {"external_id": "ada"})


def test_a_class_in_the_templates_form_runs_as_it_is() -> None:
    host = Host(params=PARAMS, secrets=["braze_api_key"], env="sandbox")
    host.answer("POST", TRACK, status=201, body={"message": "success"})
    assert welcome(host) == {"success": "true"}
    (sent,) = host.requests
    assert sent.json() == {"attributes": [{"external_id": "ada"}], "partner": "acme"}
    assert sent.header("authorization") == Secret("braze_api_key", "Bearer ")


def test_its_error_is_a_failure_that_a_flow_can_follow() -> None:
    for faulty, said in [
        (lambda host: host.answer("POST", TRACK, status=401), "Braze answered 401"),
        (lambda host: host.fail("POST", TRACK, "timeout"), "Welcome failed: unknown: no answer"),
    ]:
        host = Host(params=PARAMS, secrets=["braze_api_key"], env="sandbox")
        faulty(host)
        with pytest.raises(Failure) as raised:
            welcome(host)
        assert raised.value.kind == "unknown"
        assert host.logs[0].message.startswith(said)


def test_a_setting_that_is_not_granted_is_named() -> None:
    host = Host(params=PARAMS, env="sandbox")
    with pytest.raises(Failure):
        welcome(host)
    assert "the setting `braze_api_key` is neither a param nor a secret" in host.logs[0].message


def case(**changes: Any) -> dict[str, Any]:
    return {
        "name": "tracks",
        "payload": {"external_id": "ada"},
        "exchanges": [
            {
                "method": "POST",
                "url": TRACK,
                "request": {"partner": "acme"},
                "status": 201,
                "response": {"message": "success"},
            }
        ],
        "expect": {"route": "success", "result": {"success": "true"}},
        **changes,
    }


def test_a_golden_case_holds_natively(tmp_path: Path) -> None:
    check_case(Welcome, case(), params=PARAMS, secrets=["braze_api_key"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"expect": {"route": "success", "result": {"success": "x"}}},
            "tracks: at /result/success",
        ),
        ({"expect": {"route": "failure"}}, "tracks: at /route"),
        ({"exchanges": []}, "tracks: at /route"),
        (
            {"exchanges": [*case()["exchanges"], {"method": "GET", "url": "https://x.example/"}]},
            "tracks: never sent: GET https://x.example/",
        ),
    ],
)
def test_a_golden_case_that_does_not_hold_says_where(changes: Any, message: str) -> None:
    with pytest.raises(AssertionError) as raised:
        check_case(Welcome, case(**changes), params=PARAMS, secrets=["braze_api_key"])
    assert str(raised.value).startswith(message)
