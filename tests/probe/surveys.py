"""Surveys made by hand: what a phone might have answered, with anything planted anywhere."""

from datetime import UTC, datetime
from typing import Any

from phonetui.probe.bundle import bundle, text
from phonetui.probe.plan import CertificateSummary, Question, Survey, SurveyExchange, TlsSummary

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOT = 'product="Cisco IP Phone" version="PHONEOS.3-6-1-0001" apiVersion="4"'


def answered(
    target: str, body: str, *headers: tuple[str, str], status: int = 200, topic: str = "document"
) -> SurveyExchange:
    question = Question(topic, "GET", target)
    kept = headers or (("content-type", "text/xml"),)
    return SurveyExchange(
        question, status=status, reason="OK", headers=kept, body=body.encode("utf-8", "surrogatepass")
    )


def status(inside: str) -> SurveyExchange:
    return answered("/status.xml", f'<?xml version="1.0"?>\n<Status {ROOT}>{inside}</Status>')


def survey(*exchanges: SurveyExchange, **known: Any) -> Survey:
    fields: dict[str, Any] = {
        "at": AT, "scheme": "https", "host": "192.0.2.21", "username": "xapi", "password": "", "tls": None,
        "exchanges": exchanges, "timing_s": (0.01,),
    }  # fmt: skip
    return Survey(**(fields | known))


def tls(*subject: tuple[str, str], issuer: tuple[tuple[str, str], ...] = ()) -> TlsSummary:
    return TlsSummary(
        "TLSv1.3", "TLS_AES_256_GCM_SHA384", CertificateSummary(subject, issuer, AT, AT, "RSA 2048", "sha256", 1)
    )


def written(made: Survey) -> str:
    return text(bundle(made, "phonetui 0"))


def strings(value: Any) -> str:
    """All texts of a bundle, none of its numbers."""
    match value:
        case dict():
            return "\n".join(strings(each) for each in value.values())
        case list():
            return "\n".join(strings(each) for each in value)
        case str():
            return value
    return ""
