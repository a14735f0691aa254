"""The Braze node, natively: the cases of `guest/nodes/braze-track/golden`."""

from pathlib import Path

import pytest
from braze_track.node import braze_track
from braze_track.times import is_attribute_time, is_date, is_time

from hospes_node.testing import check_case

GOLDEN = Path(__file__).parents[2] / "nodes/braze-track/golden"
PARAMS = {"braze_url": "https://rest.iad-01.braze.com"}


@pytest.mark.parametrize("case", sorted(GOLDEN.glob("*.json")), ids=lambda case: case.stem)
def test_the_shared_cases(case: Path) -> None:
    check_case(braze_track, case, params=PARAMS, secrets=["braze_api_key"])


@pytest.mark.parametrize(
    ("text", "of_event", "of_attribute"),
    [
        ("2026-03-01", True, True),
        ("20260301T093000Z", True, True),
        ("2024-02-29", True, True),
        ("2026-03-01 09:30:00", True, True),
        ("2026-03-01T09:30:00:250+0100", True, True),
        ("2013-07-16T19:20:30+1:00", True, True),
        ("2026-03-01T23:59:60-05", True, True),
        ("03/01/2026", False, True),
        ("Sun 03 01 09:30:00.UTC 2026", False, True),
        ("1772357400", False, False),
        ("2026-02-29", False, False),
        ("2026-3-1", False, False),
        ("2026-03-01T", False, False),
        ("2026-03-01T25:00:00Z", False, False),
        ("2026-03-01T09:30:00Zulu", False, False),
        ("2026-03-01T09:30:00+", False, False),
        ("\u0662\u0660\u0662\u0666-03-01", False, False),
    ],
)
def test_times_are_told_from_other_texts(text: str, of_event: bool, of_attribute: bool) -> None:
    assert (is_time(text), is_attribute_time(text)) == (of_event, of_attribute)
    assert is_date(text) == (text in ("2026-03-01", "2024-02-29"))
