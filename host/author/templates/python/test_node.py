import pytest
from hospes_node import Failure
from hospes_node.testing import Host

from node import greet


def test_greets_by_name() -> None:
    host = Host()
    assert host.run(greet, {"name": "Ada"}) == {"greeting": "Hello, Ada."}
    assert host.logs[0].message == "greeting"


def test_refuses_an_empty_name() -> None:
    with pytest.raises(Failure, match="the name is empty"):
        Host().run(greet, {"name": ""})
