"""What to change so that a bucket's grants end, least disruptive first.

Every step is tried out before it is proposed: the changed snapshot is evaluated, what the step closes is what
is no longer there then, and a step that would let anybody in anew is not proposed. Steps build on each other
where they change the same thing, so that to take them in order undoes none. Sources of what each stops: S3
User Guide, "Blocking public access to your Amazon S3 storage" and "Controlling ownership of objects and
disabling ACLs for your bucket".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial

from classifier.access import acl
from classifier.access.commands import SETTINGS, Words
from classifier.access.edits import Draft, Owner, element, for_services, narrowings, without
from classifier.access.snapshot import State, read
from classifier.access.verdict import evaluate
from classifier.model import JSON, Grant, Verdict

PUBLIC = ("anonymous", "any_aws")
_ALL_ON = dict.fromkeys(SETTINGS, True)
_FULL_CONTROL = "FULL_CONTROL"
_OF_THE_PRESENT = ("Request", "Observed")  # not to be expected again of a changed bucket
# Steps that end what earlier ones do, for good and for more: told in full, not as what is left to them.
_ALTERNATIVES = ("ownership", "block_bucket", "block_account")


@dataclass(frozen=True, slots=True)
class Remedy:
    """One step. It was tried on the bucket as it is, by itself; and where something else gives the same that
    a step before it ends, after those before it.

    `closes` are the grants that it ends, with the actions that it ends (what another grant gives as well
    is for the step that ends that one), and `closes_latent` those that only Block Public Access holds back
    now; `deputies` says how many confused deputies it ends. `breaks` says what else stops or must be looked
    at first. `commands` are lines for a POSIX shell with the AWS CLI, `terraform` blocks of the same effect.
    `change` are the snapshot's keys as they will be. An `optional` step ends what may be intended.
    """

    kind: str
    title: str
    closes: tuple[Grant, ...]
    closes_latent: tuple[Grant, ...]
    deputies: int
    breaks: tuple[str, ...]
    commands: str
    terraform: str
    change: Mapping[str, JSON]
    optional: bool = False


def remedies(
    snapshot: Mapping[str, JSON], verdict: Verdict, *, now: datetime | None = None
) -> tuple[Remedy, ...]:
    """Return the steps that end what `verdict`, the evaluation of `snapshot`, found."""
    return tuple(_Planner(snapshot, verdict, now or datetime.now(UTC)).steps())


def reaches(grants: Iterable[Grant], wanted: Grant, action: str) -> bool:
    """Whether any of the grants lets the principal of `wanted` do `action` anywhere that `wanted` covers.

    Who is let in as one of the public is let in.
    """
    return any(
        _amounts(grant.principal, wanted.principal) and action in _spelled(grant) and _overlap(grant, wanted)
        for grant in grants
    )


def opened(before: Verdict, after: Verdict, own: Collection[str] = ()) -> list[Grant]:
    """Return the grants of `after` that nothing in `before` amounts to, certain or not.

    What the bucket's owner may do, whose ids are `own`, is not counted.
    """
    return [
        grant
        for grant in after.grants
        if grant.principal.partition(":")[2] not in own
        for action in grant.actions
        if not any(
            _amounts(known.principal, grant.principal)
            and action in _spelled(known)
            and _contains(known, grant)
            for known in before.grants
        )
    ]


def _beyond(ended: Iterable[Grant], already: Iterable[Grant]) -> Iterator[Grant]:
    """Yield what is ended and was not before, action by action."""
    known = list(already)
    for grant in ended:
        left = tuple(
            action
            for action in grant.actions
            if not any(
                replace(other, actions=grant.actions) == grant and action in other.actions for other in known
            )
        )
        if left:
            yield replace(grant, actions=left)


def _spelled(grant: Grant) -> set[str]:
    return {*grant.actions, "list_versions"} if "list" in grant.actions else set(grant.actions)


def _amounts(wide: str, narrow: str) -> bool:
    """Whether whatever class `wide` may do is open to class `narrow` too."""
    if wide == "anonymous" or wide == narrow:
        return True
    if wide == "cloudfront:*":  # any distribution
        return narrow.startswith("cloudfront:")
    return wide == "any_aws" and narrow != "anonymous"


def _overlap(one: Grant, other: Grant) -> bool:
    """Whether some key may be within both."""
    first, second = sorted((one, other), key=lambda grant: len(grant.prefix))
    return second.prefix == first.prefix or (second.prefix.startswith(first.prefix) and not first.exact_key)


def _contains(wide: Grant, narrow: Grant) -> bool:
    """Whether every key of `narrow` is surely within `wide`."""
    if wide.exact_key or narrow.exact_key:
        return (narrow.exact_key or not wide.exact_key) and wide.covers(narrow.prefix)
    if not narrow.prefix.startswith(wide.prefix) or wide.pattern not in (None, narrow.pattern):
        return False
    taken_out = [
        glob.partition("*")[0].partition("?")[0] for glob in wide.excluded if glob not in narrow.excluded
    ]
    return not any(start.startswith(narrow.prefix) or narrow.prefix.startswith(start) for start in taken_out)


def _line(grant: Grant) -> tuple[object, ...]:
    """Return what makes two grants the same before a step and after it; a statement's index may change."""
    where = (grant.prefix, grant.exact_key, grant.pattern, grant.excluded)
    return (grant.because.get("kind"), grant.principal, grant.actions, *where)


@dataclass(slots=True)
class _Step:
    """A step before it is tried. `remarks` go first among what to look at."""

    kind: str
    title: str
    change: Mapping[str, JSON]
    commands: str
    terraform: str
    remarks: tuple[str, ...] = ()
    optional: bool = False
    draft: Draft | None = None


@dataclass
class _Planner:
    snapshot: Mapping[str, JSON]
    verdict: Verdict
    now: datetime
    current: dict[str, JSON] = field(default_factory=dict)  # the snapshot with the steps so far
    draft: Draft | None = None

    def __post_init__(self) -> None:
        self.current = {key: value for key, value in self.snapshot.items() if key != "Request"}
        self.draft = Draft.of(self.snapshot.get("Policy"))

    @cached_property
    def state(self) -> State:
        return read(self.snapshot)

    @cached_property
    def words(self) -> Words:
        return Words.of(self.state.bucket, self.state.account, self.state.region)

    @cached_property
    def owner(self) -> Owner:
        return Owner(self.state.account, self.state.organization, self.state.arn.split(":")[1])

    def steps(self) -> Iterator[Remedy]:
        yield from self.tried(self.points)
        yield from self.tried(self.public_statements)
        yield from self.tried(self.deputies)
        yield from self.tried(self.bucket_acl)
        yield from self.tried(self.object_acls)
        yield from self.tried(self.ownership)
        yield from self.tried(self.bucket_block)
        for principal in self.external:
            yield from self.tried(partial(self.external_statements, principal))
        yield from self.tried(self.account_block)

    def tried(self, make: Callable[[], _Step | None]) -> Iterator[Remedy]:
        """Yield the step as a remedy and keep its change, if it ends something and opens nothing."""
        step = make()
        if step is None:
            return
        before, after = self.verdict, self.judge(self.snapshot, step.change)
        alone = step.kind in _ALTERNATIVES
        earlier = {
            key: value
            for key, value in self.current.items()
            if key in step.change and value is not self.snapshot.get(key) and not alone
        }
        base = self.judge(self.snapshot, earlier) if earlier else before
        ended = _beyond(self.ended(before.grants, after.grants), self.ended(before.grants, base.grants))
        # What was seen to be answered, whatever the rules are, ends only where nothing is left open.
        shut = after.public == "not_public"
        closes = tuple(grant for grant in ended if shut or grant.because.get("kind") != "observed")
        latent = tuple(
            _beyond(
                self.ended(before.latent, (*after.grants, *after.latent)),
                self.ended(before.latent, (*base.grants, *base.latent)),
            )
        )
        deputies = len(base.confused_deputy) - len(after.confused_deputy)
        settles = before.public == "unknown" != after.public
        if not (
            closes or latent or deputies or settles
        ):  # alone; what an earlier step ends it may give as well
            left, rest = self.judge(self.current, {}), self.judge(self.current, step.change)
            closes = tuple(self.ended(left.grants, rest.grants))
            latent = tuple(self.ended(left.latent, (*rest.grants, *rest.latent)))
            settles = left.public == "unknown" != rest.public
        if (
            opened(before, after, self.state.own)
            or deputies < 0
            or not (closes or latent or deputies or settles)
        ):
            return
        yield Remedy(
            kind=step.kind,
            title=step.title,
            closes=closes,
            closes_latent=latent,
            deputies=deputies,
            breaks=(*step.remarks, *self.side_effects(step, closes)),
            commands=step.commands,
            terraform=step.terraform,
            change=step.change,
            optional=step.optional,
        )
        self.current |= step.change
        self.draft = step.draft or self.draft

    def judge(self, snapshot: Mapping[str, JSON], change: Mapping[str, JSON]) -> Verdict:
        changed = {key: value for key, value in snapshot.items() if key not in _OF_THE_PRESENT} | dict(change)
        return evaluate(changed, now=self.now)

    def ended(self, before: Iterable[Grant], after: Iterable[Grant]) -> Iterator[Grant]:
        """Yield the grants that are gone, and that nothing new gives instead."""
        before, left = list(before), list(after)
        others = set(map(_line, before))
        for grant in before:
            own = _line(grant)
            standing = [other for other in left if _line(other) == own or _line(other) not in others]
            gone = tuple(action for action in grant.actions if not reaches(standing, grant, action))
            if gone:
                yield replace(grant, actions=gone)

    def side_effects(self, step: _Step, closes: tuple[Grant, ...]) -> Iterator[str]:
        """Tell what stops that is not the public's."""
        website = self.snapshot.get("Website")
        anonymous = any(grant.principal == "anonymous" and "read" in grant.actions for grant in closes)
        if website and anonymous:
            yield (
                "the static website of the bucket stops working; put CloudFront with an origin access"
                " control before it to keep it"
            )
        if step.kind not in ("block_bucket", "block_account", "ownership"):
            return
        why = (
            ""
            if step.kind == "ownership"
            else " because RestrictPublicBuckets refuses it while the policy is public: narrow the policy"
            " first to keep it"
        )
        of_the_public = [grant.because for grant in self.verdict.grants if grant.principal in PUBLIC]
        lost = [
            f"access of {grant.principal} through {_through(grant)} stops{why}"
            for grant in closes
            if grant.principal not in PUBLIC and grant.because not in of_the_public
        ]
        yield from dict.fromkeys(lost)

    # ---- policies

    def public_statements(self) -> _Step | None:
        """Narrow or remove the statements that let the public in, now or once nothing holds them back."""
        if self.draft is None:
            return None
        draft = self.draft.copy()
        document = {"Policy": draft.now()}
        for index in self.open_statements(draft, self.judge(self.current, document)):
            statements, told = self.narrowed(draft.slots[index])
            draft.put(index, statements, told)
        # What the narrowed statements still allow together with others, and what they hid, goes as well.
        released: list[Grant] = []
        for _ in draft.slots:
            after = self.judge(self.current, {"Policy": draft.now()})
            more = self.open_statements(draft, after)
            if not more:
                new = [
                    grant
                    for grant in opened(self.verdict, after, self.state.own)
                    if grant.because.get("kind") == "policy"
                ]
                released += new
                more = sorted({draft.index(grant.because["statement"]) for grant in new})
            if not more:
                break
            for index in more:
                draft.put(index, [], "removed")
        if not draft.told or draft.told == self.draft.told:
            return None
        kept_back = [grant.principal for grant in released]
        remarks = list(self.told(draft))
        if kept_back:
            remarks.append(
                f"{_names(kept_back)} would get in, since S3 would no longer call"
                " the policy public and RestrictPublicBuckets would let them: what allows them is left out,"
                " put it back if it is intended"
            )
        return self.policy_step("policy", "Take the public out of the bucket policy", draft, remarks)

    def narrowed(self, slot: list[Mapping[str, JSON]]) -> tuple[list[Mapping[str, JSON]], str]:
        """Return the first narrowing that lets nobody of the public in by itself; else nothing at all."""
        for statement in slot[:1]:
            for statements, told in narrowings(statement, self.owner):
                alone = {
                    "Bucket": self.state.bucket,
                    "AccountId": self.state.account,
                    "Region": self.state.region,
                    "Organization": self.snapshot.get("Organization"),
                    "Policy": {"Version": self.version, "Statement": [dict(item) for item in statements]},
                    "ObjectOwnership": "BucketOwnerEnforced",
                }
                answer = evaluate(alone, now=self.now)
                if answer.public == "not_public" and not answer.confused_deputy:
                    return statements, told
        return [], "removed"

    @property
    def version(self) -> JSON:
        return element(self.draft.document, "Version") if self.draft else None

    def open_statements(self, draft: Draft, answer: Verdict) -> list[int]:
        """Return the statements, by their first index, that let the public in or would."""
        found = {
            draft.index(grant.because["statement"])
            for grant in (*answer.grants, *answer.latent)
            if grant.principal in PUBLIC and grant.because.get("kind") in ("policy", "access_point")
        }
        return sorted(found)

    def told(self, draft: Draft) -> Iterator[str]:
        known = self.draft.told if self.draft else {}
        for index, what in sorted(draft.told.items()):
            if known.get(index) != what:
                statement = self.draft.slots[index] if self.draft else []
                sid = element(statement[0], "Sid") if statement else None
                name = f'statement {index} ("{sid}")' if isinstance(sid, str) else f"statement {index}"
                yield f"{name}: {what}"

    def policy_step(
        self, kind: str, title: str, draft: Draft, remarks: Iterable[str], *, optional: bool = False
    ) -> _Step:
        document = draft.now()
        return _Step(
            kind,
            title,
            {"Policy": document},
            self.words.put_policy(document),
            self.words.policy_block(document),
            tuple(remarks),
            optional,
            draft,
        )

    def deputies(self) -> _Step | None:
        """Bind services to work for the bucket's own account."""
        if self.draft is None:
            return None
        draft = self.draft.copy()
        answer = self.judge(self.current, {"Policy": draft.now()})
        found = sorted({draft.index(item["statement"]) for item in answer.confused_deputy})
        for index in found:
            bound: list[Mapping[str, JSON]] = []
            for statement in draft.slots[index]:
                made = for_services(statement, self.owner)
                bound.extend(made[0] if made else [statement])
            if bound != draft.slots[index]:
                draft.put(index, bound, f"{_SERVICE_BOUND} {self.owner.account}")
        if draft.told == self.draft.told:
            return None
        title = "Let services act for your own account only"
        remarks = [*self.told(draft), "the service stops where it works on behalf of another account"]
        return self.policy_step("deputy", title, draft, remarks)

    @cached_property
    def external(self) -> list[str]:
        """The accounts and organizations outside that the policy lets in."""
        own = {*self.state.own, *self.state.members}
        found = {
            grant.principal
            for grant in self.verdict.grants
            if grant.because.get("kind") == "policy"
            and grant.principal.partition(":")[0] in ("account", "org")
            and grant.principal.partition(":")[2] not in {*own, self.state.organization}
        }
        return sorted(found)

    def external_statements(self, principal: str) -> _Step | None:
        """Take one outside account or organization out of the policy."""
        if self.draft is None:
            return None
        kind, _, name = principal.partition(":")
        draft = self.draft.copy()
        for _ in draft.slots:
            answer = self.judge(self.current, {"Policy": draft.now()})
            found = {
                draft.index(grant.because["statement"])
                for grant in answer.grants
                if grant.principal == principal and grant.because.get("kind") == "policy"
            }
            if not found:
                break
            for index in found:
                rest = [without(item, name) for item in draft.slots[index]] if kind == "account" else []
                kept = [item for item in rest if item is not None]
                same = kept == draft.slots[index]
                draft.put(
                    index, [] if same else kept, f"{principal} taken out" if kept and not same else "removed"
                )
        if draft.told == self.draft.told:
            return None
        remarks = [
            *self.told(draft),
            f"only if this is not meant: {principal} then has no access by the policy",
        ]
        title = f"Take {principal} out of the bucket policy, if it is not meant to be there"
        return self.policy_step(f"external:{name}", title, draft, remarks, optional=True)

    def points(self) -> _Step | None:
        """Narrow the policies of the bucket's own access points that let the public in."""
        named = {
            grant.because.get("access_point")
            for grant in (*self.verdict.grants, *self.verdict.latent)
            if grant.principal in PUBLIC and grant.because.get("kind") == "access_point"
        }
        listed = self.snapshot.get("AccessPoints")
        points = (
            [dict(item) for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
        )
        commands: list[str] = []
        blocks: list[str] = []
        for point in points:
            account = str(point.get("AccountId") or self.state.account)
            draft = Draft.of(point.get("Policy"))
            if point.get("Name") not in named or draft is None or account != self.state.account:
                continue
            for index, slot in enumerate(draft.slots):
                if slot and element(slot[0], "Effect") == "Allow":
                    statements, told = self.narrowed_point(slot[0])
                    draft.put(index, statements, told)
            point["Policy"] = draft.now()
            commands.append(self.words.put_point_policy(account, str(point["Name"]), point["Policy"]))
            blocks.append(self.words.point_block(str(point["Name"]), point["Policy"]))
        if not commands:
            return None
        return _Step(
            "access_point",
            "Take the public out of the access points' policies",
            {"AccessPoints": points},
            "\n".join(commands),
            "\n".join(blocks),
            ("whoever comes through these access points and is not of the bucket's own account is refused",),
        )

    def narrowed_point(self, statement: Mapping[str, JSON]) -> tuple[list[Mapping[str, JSON]], str]:
        """Return an access point's statement for the bucket's own account instead of everybody."""
        everybody = [element(statement, "Principal")]
        if isinstance(everybody[0], Mapping):
            everybody = [
                item
                for value in everybody[0].values()
                for item in (value if isinstance(value, list) else [value])
            ]
        if element(statement, "NotPrincipal") is None and "*" not in everybody:
            return [statement], "kept"
        return next(
            ((made, told) for made, told in narrowings(statement, self.owner) if "principal" in told),
            ([], "removed"),
        )

    # ---- access control lists

    def bucket_acl(self) -> _Step | None:
        """Take the public's grants out of the bucket's ACL and leave the others."""
        if not self.given_by("acl"):
            return None
        document = self.without_groups(self.snapshot.get("Acl"))
        alone = document is None or not self.grants_to_others(document)
        return _Step(
            "bucket_acl",
            "Take the public out of the bucket's ACL",
            {"Acl": document},
            self.words.put_acl(None if alone else document),
            self.words.acl_block(None if alone else document),
        )

    def object_acls(self) -> _Step | None:
        """Give the objects that their ACLs open an ACL of the owner's alone."""
        keys = [grant.prefix for grant in self.given_by("object_acl")]
        if not keys:
            return None
        chosen = frozenset(keys)
        changed = [
            self.only_owner(item) if item.get("Key") in chosen else item
            for item in self.snapshot["ObjectAcls"]
            if isinstance(item, Mapping)
        ]
        listed = sorted(chosen)
        remarks = (
            [] if self.state.objects_readable else ["objects whose ACL was not read may be open as well"]
        )
        return _Step(
            "object_acl",
            f"Make {len(listed):,} object{'' if len(listed) == 1 else 's'} private that the ACL opens",
            {"ObjectAcls": changed},
            self.words.put_object_acls(listed),
            "# there is no resource for this: aws_s3_bucket_ownership_controls turns ACLs off",
            (*remarks, "other grants of these objects' ACLs end, too"),
        )

    def ownership(self) -> _Step | None:
        """Turn ACLs off."""
        if self.state.acls_live is False:
            return None
        listed = (*self.given_by("acl", public=False), *self.given_by("object_acl", public=False))
        if not listed and self.state.acl.readable and self.state.objects_readable:
            return None
        remarks = [
            "ask first whether anybody relies on ACLs: writers that send an ACL other than"
            " bucket-owner-full-control get AccessControlListNotSupported, and objects that other accounts"
            " wrote become yours",
        ]
        if self.logs_by_acl():
            remarks.append(
                "server access logs come in through the ACL's LogDelivery grant: allow"
                " logging.s3.amazonaws.com in the bucket policy first"
            )
        return _Step(
            "ownership",
            "Turn ACLs off (bucket owner enforced)",
            {"ObjectOwnership": "BucketOwnerEnforced", "Acl": self.only_owner(self.current.get("Acl"))},
            self.words.put_ownership(),
            self.words.ownership_block(),
            tuple(remarks),
        )

    def given_by(self, kind: str, *, public: bool = True) -> list[Grant]:
        return [
            grant
            for grant in (*self.verdict.grants, *self.verdict.latent)
            if grant.because.get("kind") == kind and (grant.principal in PUBLIC or not public)
        ]

    def without_groups(self, document: JSON) -> JSON:
        if not isinstance(document, Mapping) or not isinstance(document.get("Grants"), list):
            return None
        kept = [item for item in document["Grants"] if not _to_a_group(item)]
        return {**document, "Grants": kept}

    def only_owner(self, document: JSON) -> JSON:
        """Return the ACL with its owner's grants alone; None where there is no ACL."""
        if not isinstance(document, Mapping):
            return None
        owner = document.get("Owner")
        mine = [
            {"Grantee": {"Type": "CanonicalUser", "ID": acl.identifier(owner)}, "Permission": _FULL_CONTROL}
        ]
        return {**document, "Grants": mine if acl.identifier(owner) else []}

    def grants_to_others(self, document: Mapping[str, JSON]) -> bool:
        owner = acl.identifier(document.get("Owner"))
        grants = [item for item in document["Grants"] if isinstance(item, Mapping)]
        return any(acl.identifier(item.get("Grantee")) != owner or not owner for item in grants)

    def logs_by_acl(self) -> bool:
        document = self.snapshot.get("Acl")
        grants = document.get("Grants") if isinstance(document, Mapping) else None
        uris = [
            item["Grantee"].get("URI")
            for item in (grants if isinstance(grants, list) else ())
            if isinstance(item, Mapping) and isinstance(item.get("Grantee"), Mapping)
        ]
        return any(isinstance(uri, str) and uri.endswith("/LogDelivery") for uri in uris)

    # ---- Block Public Access

    def bucket_block(self) -> _Step | None:
        """Turn all four settings on for the bucket."""
        return _Step(
            "block_bucket",
            "Turn Block Public Access on for the bucket, all four settings",
            {"PublicAccessBlock": self.levels() | {"Bucket": _ALL_ON}},
            self.words.put_block(),
            self.words.public_access_block(),
        )

    def account_block(self) -> _Step | None:
        """The same for every bucket of the account."""
        if not self.state.account:
            return None
        return _Step(
            "block_account",
            "Turn Block Public Access on for the whole account",
            {"PublicAccessBlock": self.levels() | {"Account": _ALL_ON}},
            self.words.put_account_block(),
            self.words.account_block(),
            ("it holds for every bucket of the account: look for those that are meant to be public first",),
        )

    def levels(self) -> dict[str, JSON]:
        levels = self.current.get("PublicAccessBlock")
        return dict(levels) if isinstance(levels, Mapping) else {}


_SERVICE_BOUND = "its service bound to work for account"


def _names(principals: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(principals))


def _to_a_group(item: JSON) -> bool:
    grantee = item.get("Grantee") if isinstance(item, Mapping) else None
    return isinstance(grantee, Mapping) and grantee.get("URI") in (acl.ALL_USERS, acl.AUTHENTICATED_USERS)


def _through(grant: Grant) -> str:
    because = grant.because
    if because.get("kind") == "policy":
        return f"statement {because.get('statement')}"
    return {"acl": "the bucket's ACL", "object_acl": "an object's ACL"}.get(
        str(because.get("kind")), "an access point"
    )
