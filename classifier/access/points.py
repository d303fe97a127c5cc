"""The ways to a bucket other than its own name: access points of each kind.

A request through one has to pass the access point's policy and the bucket's, and is never anonymous. Source:
S3 User Guide, "Configuring IAM policies for using access points", "Restrictions and limitations" of access
points, of Multi-Region Access Points and of Object Lambda Access Points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from classifier.access.choices import NETWORK_KEYS, ROUTE_KEYS, Choices, by_access_point
from classifier.access.classes import Candidate, PrincipalClass
from classifier.access.grants import Door, Finder, Way
from classifier.access.policy import Policy
from classifier.access.search import Dimension, Option
from classifier.access.snapshot import AccessPoint, State

_CALLED = dict.fromkeys(
    ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"), ("s3-object-lambda.amazonaws.com",)
)


def ways(state: State, finder: Finder, group: PrincipalClass) -> Iterator[tuple[Way, PrincipalClass]]:
    """Yield the access points of the bucket, each with the class as it comes through."""
    for point in state.access_points:
        from_vpc = point.vpc_origin and group.kind == "public"
        label = f"restricted:vpc={point.vpc or 'unknown'}" if from_vpc else group.label
        candidates = tuple(
            _through(finder.choices, point, candidate)
            for candidate in group.candidates
            if candidate.caller.kind == "aws"
        )
        if candidates:
            way = Way(
                (*_doors(state, point), finder.bucket),
                {"kind": "access_point", "access_point": point.name},
                sure=not point.supporting,
            )
            kind = "narrow" if from_vpc else group.kind
            yield way, replace(group, label=label, kind=kind, candidates=candidates)


def _doors(state: State, point: AccessPoint) -> Iterator[Door]:
    """Yield the access point's own door and, for an Object Lambda Access Point, that of the one behind it.

    Who may invoke the function between them cannot be seen.
    """
    if not point.supporting:
        yield Door(point.policy, point.arn, f"{point.arn}/object/")
        return
    yield Door(point.policy, point.arn, f"{point.arn}/object/", "s3-object-lambda")
    behind = next((other for other in state.access_points if other.arn == point.supporting), None)
    unseen = Policy(readable=False)
    yield Door(behind.policy if behind else unseen, point.supporting, f"{point.supporting}/object/")


def _through(choices: Choices, point: AccessPoint, candidate: Candidate) -> Candidate:
    origin = "VPC" if point.vpc_origin else "Internet"
    route = Dimension(ROUTE_KEYS, (Option(by_access_point(point.arn, point.account, origin)),))
    dimensions = [d for d in candidate.dimensions if d.keys != ROUTE_KEYS]
    if point.vpc_origin:
        dimensions = [d for d in dimensions if d.keys != NETWORK_KEYS]
        options = choices.through_vpc("aws:sourcevpc", (point.vpc,))
        dimensions.append(Dimension(NETWORK_KEYS, tuple(options)))
    if point.supporting:
        dimensions = [d for d in dimensions if not d.keys & _CALLED.keys()]
        dimensions.append(Dimension(frozenset(_CALLED), (Option(_CALLED),)))
    return replace(candidate, dimensions=(*dimensions, route))
