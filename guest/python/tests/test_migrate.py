"""A template's settings become a solution file, and its keys stay outside."""

import json
import tomllib
from pathlib import Path
from typing import Any

from conftest import EXAMPLES

from hospes_node.__main__ import main

APP = """import os
NAME = 'shop'
BOTS = ['one']
PATH = os.path.dirname(__file__)
OTHER = 1
PARAMS = {
    'sandbox': {
        'shop_url': 'https://shop.example:8443/api',
        'mail_url': 'https://mail.example',
        'shop_api_key': 'value-of-a-key',
        'mail_token': os.environ["MAIL"],
        'limit': 3,
        'languages': ['en', "d\\"e"],
        'computed': 1 + len('x'),
        'nothing': None,
        'dsn': 'https://user:value-of-a-key@db.example',
    },
    'the prod': {},
    'prod': {'url': '{ URL }', 'pay_secret': 'value-of-a-key'},
}
"""


def migrate(folder: Path, source: str, capsys: Any, code: int = 0) -> tuple[str, str, str]:
    file, output = folder / "app.py", folder / "hospes.toml"
    file.write_text(source)
    assert main(["migrate", str(file), "--output", str(output)]) == code
    said = capsys.readouterr()
    return output.read_text() if output.exists() else "", said.out, said.err


def test_settings_become_params_and_keys_environment_variables(tmp_path: Path, capsys: Any) -> None:
    solution, out, said = migrate(tmp_path, APP, capsys)
    assert tomllib.loads(solution) == {
        "name": "shop",
        "bots": ["one"],
        "env": {
            "sandbox": {
                "shop_url": "https://shop.example:8443/api",
                "mail_url": "https://mail.example",
                "limit": 3,
                "languages": ["en", 'd"e'],
                "secrets": {
                    "shop_api_key": {
                        "from": "env:SHOP_API_KEY_SANDBOX",
                        "to": ["https://shop.example:8443"],
                    },
                    "mail_token": {"from": "env:MAIL", "to": ["https://mail.example"]},
                },
            },
            "prod": {"url": "{ URL }"},
        },
    }
    assert "value-of-a-key" not in solution + out + said
    found = [line.removeprefix(f"{tmp_path}/app.py:") for line in said.splitlines()]
    assert found == [
        "1: could not: no node uses the settings yet; name its file with --node, or write "
        "[node.NAME]",
        "5: could not: `OTHER` is outside of PARAMS; give it to the nodes as a param",
        "10: `shop_api_key` of `sandbox` is a secret now: set SHOP_API_KEY_SANDBOX to its value",
        "14: could not: `computed` of `sandbox`: it is not a literal; write its value",
        "15: could not: `nothing` of `sandbox`: TOML can't express this NoneType; leave it out or "
        "write another value",
        "16: could not: `dsn` of `sandbox`: the URL has a password in it; move that to a secret",
        "18: could not: the environment `the prod`: rename it, to letters, digits, - and _",
        "19: `pay_secret` of `prod` is a secret now: set PAY_SECRET_PROD to its value",
        "19: could not: `pay_secret` of `prod`: no URL beside it says where it may go; "
        "write its `to`",
    ]
    assert json.loads(out) == {
        "solution": str(tmp_path / "hospes.toml"),
        "moved": 2,
        "left": 7,
    }


def test_nothing_is_run_and_nothing_is_replaced(tmp_path: Path, capsys: Any) -> None:
    source = f"open({str(tmp_path / 'ran')!r}, 'w')\nPARAMS = {{}}\n"
    solution, _, said = migrate(tmp_path, source, capsys)
    assert not (tmp_path / "ran").exists()
    assert ":1: could not: a solution file holds no code; move it to a node" in said
    again, out, said = migrate(tmp_path, source, capsys, code=2)
    assert (again, out) == (solution, "")
    assert said.endswith("hospes.toml: exists already; choose another file with --output\n")


def test_a_file_without_settings_or_with_a_missing_comma_says_so(
    tmp_path: Path, capsys: Any
) -> None:
    _, _, said = migrate(tmp_path, "NAME = 'a'\n", capsys, code=2)
    assert said.endswith(
        "app.py: there is no `PARAMS = {...}` in it, which the settings would be in\n"
    )
    source = "PARAMS = {\n    'a': {'b': 1}\n    'c': {},\n}\n"
    _, _, said = migrate(tmp_path, source, capsys, code=2)
    assert "app.py:2: a comma is missing" in said


def test_a_node_is_granted_what_its_file_quotes(tmp_path: Path, capsys: Any) -> None:
    output = tmp_path / "hospes.toml"
    node = EXAMPLES / "acme/nodes/welcome.py"
    arguments = ["migrate", str(EXAMPLES / "acme/app.py"), "--node", str(node)]
    assert main([*arguments, "--output", str(output)]) == 0
    assert json.loads(capsys.readouterr().out)["left"] == 1
    assert tomllib.loads(output.read_text())["node"] == {
        "welcome": {
            "component": "welcome.wasm",
            "params": ["braze_url", "braze_user_track"],
            "secrets": ["braze_api_key"],
            "allow": [],
        }
    }
