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
from classifier.access.search import Dimension, Option
from classifier.access.snapshot import AccessPoint, State


def ways(state: State, finder: Finder, group: PrincipalClass) -> Iterator[tuple[Way, PrincipalClass]]:
    """Yield the access points of the bucket, each with the class as it comes through."""
    for point in state.access_points:
        label = f"restricted:vpc={point.vpc}" if point.vpc_origin and group.kind == "public" else group.label
        candidates = tuple(
            _through(finder.choices, point, c) for c in group.candidates if c.caller.kind == "aws"
        )
        if not candidates:
            continue
        kind = "narrow" if label != group.label else group.kind
        way = Way(
            (Door(point.policy, point.arn, f"{point.arn}/object/"), finder.bucket),
            {"kind": "access_point", "access_point": point.name},
        )
        yield way, replace(group, label=label, kind=kind, candidates=candidates)


def _through(choices: Choices, point: AccessPoint, candidate: Candidate) -> Candidate:
    origin = "VPC" if point.vpc_origin else "Internet"
    route = Dimension(ROUTE_KEYS, (Option(by_access_point(point.arn, point.account, origin)),))
    dimensions = [d for d in candidate.dimensions if d.keys != ROUTE_KEYS]
    if point.vpc_origin:
        dimensions = [d for d in dimensions if d.keys != NETWORK_KEYS]
        options = choices.through_vpc("aws:sourcevpc", (point.vpc,))
        dimensions.append(Dimension(NETWORK_KEYS, tuple(options)))
    return replace(candidate, dimensions=(*dimensions, route))
