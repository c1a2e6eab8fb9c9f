"""The four families of jobs: they run as often as the test steps them, and may fail on some phones."""

from dataclasses import dataclass, field
from typing import Any

from tests.webex.fake.ask import TR, TW, Ask, Problem, Reply, Route
from tests.webex.fake.world import LOCATION, ORG, PERSON

FAMILIES = ("applyLineKeyTemplate", "rebuildPhones", "callDeviceSettings", "dynamicDeviceSettings")
_PAGED = FAMILIES[2:]
_AT = "2026-11-22T01:00:00.000Z"


@dataclass
class Job:
    family: str
    id: str
    number: int
    body: Any
    percent: int = 0
    failing: bool = False

    @property
    def is_running(self) -> bool:
        return self.percent < 100

    def told(self) -> dict[str, Any]:
        status = "STARTED" if self.is_running else "COMPLETED"
        code = "UNKNOWN" if self.is_running else "COMPLETED_WITH_ERRORS" if self.failing else "COMPLETED"
        step = {
            "id": 1,
            "startTime": _AT,
            "lastUpdated": _AT,
            "statusMessage": status,
            "exitCode": code,
            "timeElapsed": "PT11.393S",
        }
        counts = {"updatedCount": 4, "advisoryCount": 1} if self.family == FAMILIES[0] else {"deviceCount": 5}
        if self.family == FAMILIES[3]:
            counts = {}
        return {
            "name": self.family.lower(),
            **({"jobType": self.family.lower()} if self.family == "callDeviceSettings" else {}),
            "id": self.id,
            "trackingId": f"FAKE_JOB_{self.number}",
            "sourceUserId": PERSON,
            "sourceCustomerId": ORG,
            "targetCustomerId": ORG,
            "instanceId": self.number,
            "jobExecutionStatus": [
                {**step, "createdTime": _AT, "stepExecutionStatuses": [{**step, "id": 2, "name": "prepareJob"}]}
            ],
            "latestExecutionStatus": status,
            "latestExecutionExitCode": code,
            **self._target(),
            "percentageComplete": self.percent,
            **counts,
        }

    def _target(self) -> dict[str, Any]:
        if self.family == FAMILIES[0]:
            return {}
        where = {name: self.body[name] for name in ("locationId",) if name in self.body}
        return {"target": "LOCATION" if where else "CUSTOMER", **where}


@dataclass
class Jobs:
    all: list[Job] = field(default_factory=list)
    bare_errors: bool = True
    """Whether a template job's errors are one bare object, as the OpenAPI file has it."""
    plain_error: bool = True
    """Whether its words stand in that object as the file's schema has it; else below `message`, as in its example."""
    error_type: bool = False
    """Whether error items have an `errorType`, which the OpenAPI file doesn't know."""

    def of(self, family: str) -> list[Job]:
        return [job for job in self.all if job.family == family]

    def step(self, percent: int = 50) -> None:
        for job in self.all:
            job.percent = min(100, job.percent + percent)


def _start(family: str) -> Any:
    def start(ask: Ask) -> Reply:
        if family == "rebuildPhones":
            ask.need("locationId")
        if family == "applyLineKeyTemplate":
            ask.need("action")
        if family == "dynamicDeviceSettings":
            ask.need("tags")
        jobs = ask.fake.jobs
        if any(job.is_running for job in jobs.of(family)):
            raise Problem(409, "Another job is running", in_calling_form=True)
        number = len(jobs.all) + 1
        job = Job(family, f"job-{number}", number, ask.body or {})
        jobs.all.append(job)
        return Reply(job.told(), status=200 if family == "callDeviceSettings" else 202)

    return start


def _listed(family: str) -> Any:
    def listed(ask: Ask) -> Reply:
        told = [job.told() for job in reversed(ask.fake.jobs.of(family))]
        return Reply({"items": told}, pages="items" if family in _PAGED else "")

    return listed


def _job(ask: Ask, family: str) -> Job:
    for job in ask.fake.jobs.of(family):
        if job.id == ask.places["id"]:
            return job
    raise Problem(404, "Job not found", in_calling_form=True)


def _errors(family: str) -> Any:
    def errors(ask: Ask) -> Reply:
        _job(ask, family)
        jobs = ask.fake.jobs
        items = [
            {
                "itemNumber": number,
                "trackingId": f"FAKE_ITEM_{number}",
                **({"errorType": "ERROR"} if jobs.error_type else {}),
                "error": {
                    "key": "400",
                    "message": [{"description": f"Phone {number} is offline", "code": "5004", "location": "HQ"}],
                },
            }
            for number in (1, 2)
        ]
        if family == "applyLineKeyTemplate" and jobs.bare_errors:
            plain = {"description": "Phone 1 is offline", "code": "5004", "locationId": LOCATION}
            return Reply({"trackingId": "FAKE_ITEM_1", "error": plain if jobs.plain_error else items[0]["error"]})
        return Reply({"items": items}, pages="items" if family in _PAGED else "")

    return errors


def _routes(family: str) -> tuple[Route, ...]:
    base = f"/telephony/config/jobs/devices/{family}"
    return (
        Route("POST", base, (TW,), _start(family)),
        Route("GET", base, (TR,), _listed(family)),
        Route("GET", f"{base}/{{id}}", (TR,), lambda ask: Reply(_job(ask, family).told())),
        Route("GET", f"{base}/{{id}}/errors", (TR,), _errors(family)),
    )


ROUTES = tuple(route for family in FAMILIES for route in _routes(family))
