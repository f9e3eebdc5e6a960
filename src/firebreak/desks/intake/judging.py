"""From what the engine saw to an outcome: names, policy, and what settings say where nothing could be found out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from firebreak.desks.intake.references import named
from firebreak.engine.findings import Finding, Scan, Segment, Thresholds
from firebreak.engine.matching.evidence import MATCH_RADIUS
from firebreak.records.common.settings import settings
from firebreak.records.content.outcome import Found, Outcome, Prints
from firebreak.records.policies.decisions import NOTHING, SEVERITY, Evidence
from firebreak.records.policies.queries import decision

ONLY_EXACT: Final = "sound is compared by the hash of the whole file only"


def judge(scan: Scan, surface: str, media: Mapping[str, Any] | None = None) -> Outcome:
    """Return how a scan ends, by the policy as it stands. Raises DatabaseError where there are findings to name."""
    outcome = Outcome(
        verdict="allow",
        confidence=scan.confidence,
        error=_plain(scan.error or ""),
        media={**(media or {}), **facts(scan)},
        ms=scan.ms,
        prints=Prints.of(scan.seen) if scan.seen and settings().fingerprint_days else None,
    )
    if scan.verdict is None:
        return unreadable(outcome, surface)
    if not scan.findings:
        return outcome
    found = name(scan.findings)
    decided = decision([_evidence(each) for each in found])
    sure = max((each.confidence for each in found), default=0.0)
    return replace(outcome, verdict=decided.verdict, confidence=sure, decision=decided.told(), findings=found)


def unreadable(outcome: Outcome, surface: str) -> Outcome:
    """Return what a file that cannot be read is answered."""
    verdict = by_surface(settings().when_unreadable, surface)
    told = {**NOTHING.told(), "verdict": verdict, "because": "the file cannot be read, and a setting says what follows"}
    return replace(outcome, verdict=verdict, decision=told)


def broken(surface: str, why: str, *, error: str = "", failed: bool = False) -> Outcome:
    """Return what is answered where Firebreak cannot find out."""
    verdict = by_surface(settings().when_broken, surface)
    because = f"{why}: the verdict is what FIREBREAK_WHEN_BROKEN says"
    told = {**NOTHING.told(), "verdict": verdict, "because": because}
    return Outcome(verdict=verdict, degraded=why, error=error, decision=told, failed=failed)


def without_policy(scan: Scan, surface: str, why: str) -> Outcome:
    """Return what is answered where policy cannot be asked: the graver of a setting's verdict and the engine's own."""
    if not scan.findings:
        return broken(surface, why)
    own = Thresholds().verdict(scan.confidence)
    return _at_least(
        own, broken(surface, why), f"{why}: the verdict is what the engine says of the confidence by itself"
    )


def unnamed(surface: str, why: str) -> Outcome:
    """Return what is answered where something known was hit and cannot be named: the setting, at least `hold`."""
    return _at_least("hold", broken(surface, why), f"{why}: something known was hit, and nobody can say what")


def _at_least(verdict: str, outcome: Outcome, because: str) -> Outcome:
    if SEVERITY[verdict] <= SEVERITY[outcome.verdict]:
        return outcome
    return replace(outcome, verdict=verdict, decision={**outcome.decision, "verdict": verdict, "because": because})


def by_surface(table: Mapping[str, str], surface: str) -> str:
    """Return what a setting says of a surface."""
    return table.get(surface) or table["default"]


def name(findings: Sequence[Finding]) -> tuple[Found, ...]:
    """Return findings with the names their references have today; without those that were removed meanwhile."""
    known = named({finding.key for finding in findings})
    return tuple(
        Found(
            reference=finding.key,
            reference_id=known[finding.key].id,
            reference_name=known[finding.key].name,
            bank=known[finding.key].bank,
            label=known[finding.key].label,
            confidence=finding.confidence,
            kinds=finding.kinds,
            segments=[_segment(segment) for segment in finding.segments],
            distance=finding.distance,
            radius=MATCH_RADIUS,
        )
        for finding in findings
        if finding.key in known
    )


def facts(scan: Scan) -> dict[str, Any]:
    """Return what is kept about the file."""
    info = scan.seen.info if scan.seen else None
    told: dict[str, Any] = {}
    if info:
        told = {"kind": info.kind, "container": info.container, "duration": info.duration}
        if info.kind != "audio":
            told |= {"width": info.width, "height": info.height, "pictures": len(scan.seen.times) if scan.seen else 0}
    warnings = [*scan.warnings, *([ONLY_EXACT] if info and info.kind == "audio" else [])]
    if warnings:
        told["warnings"] = [_plain(warning) for warning in warnings[:10]]
    return told


def _plain(text: str) -> str:
    """Return what a decoder said, fit to be stored: it may quote the file."""
    return "".join(character if character.isprintable() else "?" for character in text[:500])


def _segment(segment: Segment) -> dict[str, Any]:
    return {**segment.told(), "distance": segment.distance, "pictures": segment.pictures}


def _evidence(found: Found) -> Evidence:
    return Evidence(found.bank, found.reference_name, found.confidence, found.kinds)
