import pytest
from greet import greet

from hospes_node import Failure
from hospes_node.testing import Host


def test_greet() -> None:
    host = Host()
    assert host.run(greet, {"name": "Ada"}) == {"greeting": "Hello, Ada."}
    assert host.logs[0].message == "greeting"
    with pytest.raises(Failure, match="the name is empty"):
        host.run(greet, {"name": ""})
