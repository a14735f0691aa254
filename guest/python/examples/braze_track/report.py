"""What became of each object. In the end it is delivered, refused, unknown or undelivered."""

from dataclasses import dataclass
from typing import Any

from hospes_node import Failure, Kind, log

from .answer import ItemError, Stop, Taken
from .payload import ARRAYS, Object

MOST = 10_000
"""Entries of a list in the details."""


@dataclass
class Counts:
    attributes: int
    events: int
    purchases: int


@dataclass
class Delivered:
    success: str
    """Always `true`, as a text."""
    message: str
    requests: int
    processed: Counts
    queued: bool
    """Whether Braze has only queued some of it, as it does during maintenance."""


class Report:
    def __init__(self) -> None:
        self.requests = 0
        """Those that may have reached Braze."""
        self._delivered = dict.fromkeys(ARRAYS, 0)
        self._queued = False
        self._refused: list[dict[str, Any]] = []
        # One object can have several faults.
        self._refused_objects = 0
        self._unlisted = 0
        self._unknown: list[Object] = []
        self._undelivered: list[Object] = []

    def faults(self, faults: list[dict[str, Any]], objects: int, unlisted: int = 0) -> None:
        """Takes over what was found before sending, about that many objects."""
        self._refused += faults
        self._refused_objects += objects
        self._unlisted += unlisted

    def taken(self, sent: list[Object], answer: Taken) -> None:
        """Notes that Braze has taken a request, but for the objects it names."""
        self._queued |= answer.queued
        refused, doubtful = self._place(sent, answer.errors)
        ours = dict.fromkeys(ARRAYS, 0)
        for at, one in enumerate(sent):
            if at in doubtful:
                self._unknown.append(one)
            elif at not in refused:
                ours[one.array] += 1
        for array, count in ours.items():
            self._delivered[array] += count
            # Braze counts loosely: a difference is worth a look, and not a failure.
            theirs = answer.counts[array]
            if type(theirs) is int and theirs != count:
                log.warn("Braze counts other than we do", array=array, ours=count, theirs=theirs)

    def stopped(self, sent: list[Object], rest: list[Object], stop: Stop) -> Failure:
        """The failure of a delivery that ended at the request with `sent`, before `rest`."""
        anything = sum(self._delivered.values()) > 0 or bool(self._unknown)
        if stop.may_be_taken:
            self._unknown += sent
        else:
            refused, _ = self._place(sent, stop.errors)
            for at, one in enumerate(sent):
                if at in refused:
                    continue
                if stop.all_refused:
                    self._refused.append({**one.place(), "type": stop.text or ""})
                    self._refused_objects += 1
                else:
                    self._undelivered.append(one)
        self._undelivered += rest
        kind, message = stop.kind, stop.message
        if anything:
            kind, message = "partial", f"{self._tally()}. Stopped: {stop.message}"
        answer = None
        if stop.status is not None:
            answer = {"status": stop.status} | ({} if stop.text is None else {"text": stop.text})
        return self._failure(kind, message, answer, stop.retry_after)

    def invalid_payload(self, valid: list[Object]) -> Failure:
        """The failure of a payload of which nothing is sent, not even the objects in `valid`."""
        self._undelivered = list(valid)
        message = "refused before sending"
        if self._refused_objects:
            message += f": {self._refused_objects} of {_objects(self._total())}"
        if self._refused:
            pointer, reason = self._refused[0]["pointer"], self._refused[0]["type"]
            message += f". First fault at {pointer}: {reason}" if pointer else f": {reason}"
        return self._failure("invalid-payload", message)

    def finish(self) -> Delivered:
        """The result of a delivery that was not stopped, or the failure."""
        delivered = sum(self._delivered.values())
        if self._refused or self._unknown:
            kind: Kind = "partial" if delivered or self._unknown else "rejected"
            raise self._failure(kind, self._tally())
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        message = f"{_objects(delivered)} delivered in {requests}"
        return Delivered("true", message, self.requests, Counts(**self._delivered), self._queued)

    def _place(self, sent: list[Object], errors: list[ItemError]) -> tuple[set[int], set[int]]:
        """The objects of a request that Braze names, and those that it may mean.

        An entry that names an array but none of its objects may mean any of them, one that names
        nothing any of the request.
        """
        refused, doubtful = set[int](), set[int]()
        for error in errors:
            of_array = [at for at, one in enumerate(sent) if one.array == error.array]
            if error.index is not None and error.index < len(of_array):
                at = of_array[error.index]
                self._refused_objects += at not in refused
                refused.add(at)
                self._refused.append({**sent[at].place(), "type": error.reason})
                continue
            doubtful.update(of_array or range(len(sent)))
            array = error.array if of_array else None
            self._refused.append({"array": array, "index": None, "type": error.reason})
        return refused, doubtful - refused

    def _total(self) -> int:
        rest = len(self._unknown) + len(self._undelivered)
        return sum(self._delivered.values()) + self._refused_objects + rest

    def _tally(self) -> str:
        tally = f"{sum(self._delivered.values())} of {_objects(self._total())} delivered"
        for count, what in (
            (self._refused_objects, "refused"),
            (len(self._unknown), "perhaps delivered"),
            (len(self._undelivered), "not delivered"),
        ):
            tally += f", {count} {what}" if count else ""
        return tally

    def _failure(
        self,
        kind: Kind,
        message: str,
        answer: dict[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> Failure:
        lists = {
            "refused": self._refused,
            "unknown": [one.place() for one in self._unknown],
            "undelivered": [one.place() for one in self._undelivered],
        }
        omitted = {name: max(0, len(entries) - MOST) for name, entries in lists.items()}
        omitted["refused"] += self._unlisted
        details: dict[str, Any] = {"requests": self.requests, "delivered": self._delivered}
        details |= {name: entries[:MOST] for name, entries in lists.items()}
        if any(omitted.values()):
            details["omitted"] = omitted
        if answer is not None:
            details["answer"] = answer
        return Failure(kind, message, retry_after=retry_after, details=details)


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count} objects"
