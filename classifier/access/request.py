"""One concrete request → allowed, explicitDeny, implicitDeny or unknown.

Order of decision: explicit Deny of any policy, then Block Public Access, then what only some callers may do
at all, then Allow. Sources: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation";
S3 User Guide, "How Amazon S3 authorizes a request", "Blocking public access", "Using Requester Pays buckets".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache

from classifier.access import actions, callers, policy
from classifier.access.acl import AclGrant
from classifier.access.callers import Caller
from classifier.access.conditions import Context
from classifier.access.patterns import FILLER
from classifier.access.policy import Hit, Policy, Statement
from classifier.access.snapshot import AccessPoint, SampledObject, State
from classifier.model import JSON, Decision

# An identity policy of somebody who may do everything, as far as its own account goes.
ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


class Maybe(IntEnum):
    """An answer of three values, ordered so that `max` is or and `min` is and."""

    NO = 0
    PERHAPS = 1
    YES = 2

    @classmethod
    def of(cls, value: bool | None) -> Maybe:
        return cls.PERHAPS if value is None else cls.YES if value else cls.NO

    @property
    def negated(self) -> Maybe:
        return Maybe(Maybe.YES - self)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as policies see it: `action` lower-case, `identity` the caller's own policies."""

    caller: Caller
    action: str
    resource: str
    context: Context
    identity: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one policy says: whether it denies, allows the caller itself, or allows it through its account."""

    deny: Maybe
    allow: Maybe
    delegate: Maybe


def decide(state: State, given: JSON) -> tuple[Decision, tuple[str, ...]]:
    """Return the decision on the snapshot's "Request" and what was wrong with it."""
    request, problems = read(state, given)
    return ("unknown" if request is None else judge(state, request)), problems


def read(state: State, given: JSON) -> tuple[Request | None, tuple[str, ...]]:
    """Return the request that {"Principal","Action","Resource","Context","IdentityPolicies"} describes."""
    if not isinstance(given, Mapping):
        return None, ("Request: not an object",)
    caller = caller_of(state, given.get("Principal"))
    action, resource = given.get("Action"), given.get("Resource")
    if caller is None:
        return None, (f"Request: Principal: {policy.show(given.get('Principal'))} is no caller",)
    if not isinstance(action, str) or not isinstance(resource, str):
        return None, ("Request: Action and Resource must be texts",)
    documents = given.get("IdentityPolicies")
    documents = documents if isinstance(documents, list) else [] if documents is None else [documents]
    identity = tuple(
        _everything()
        if document == ALLOW_ALL
        else policy.parse(document, f"identity policy {index}", identity=True)
        for index, document in enumerate(documents)
    )
    context: dict[str, tuple[str, ...]] = dict(caller.keys)
    block = given.get("Context")
    for key, value in block.items() if isinstance(block, Mapping) else ():
        if value is None:
            context.pop(str(key).lower(), None)
        else:
            context[str(key).lower()] = tuple(map(_text, value if isinstance(value, list) else (value,)))
    problems = tuple(problem for document in identity for problem in document.problems)
    return Request(caller, action.lower(), resource, context, identity), problems


@lru_cache(maxsize=1)
def _everything() -> Policy:
    return policy.parse(ALLOW_ALL, "identity policy", identity=True)


def _text(value: JSON) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def caller_of(state: State, principal: JSON) -> Caller | None:
    """Return the caller called `principal`: anonymous, any_aws, owner, an ARN or a service principal."""
    if not isinstance(principal, str):
        return None
    if principal == "anonymous":
        return callers.ANONYMOUS
    if principal == "any_aws":
        return callers.from_arn(f"arn:aws:iam::{state.stranger}:user/{FILLER}", agreed=True)
    if principal == "owner":
        account = state.account or min(state.own, default="owner")
        owner = callers.from_arn(f"arn:aws:iam::{account}:root")
        return replace(owner, canonical=state.acl.owner) if owner else None
    if principal.startswith("arn:"):
        return callers.from_arn(principal)
    if principal.startswith("canonical:"):
        stranger = callers.from_arn(f"arn:aws:iam::{state.stranger}:root")
        return replace(stranger, canonical=principal.removeprefix("canonical:")) if stranger else None
    return callers.service(principal)


def judge(state: State, request: Request) -> Decision:
    """Return what S3 decides, "unknown" only where what is unknown would change the answer."""
    own = owns(state, request.caller)
    if own is None:
        either = {_judge(state, request, True), _judge(state, request, False)}
        return either.pop() if len(either) == 1 else "unknown"
    return _judge(state, request, own)


def owns(state: State, caller: Caller) -> bool | None:
    """Whether the caller is of the bucket's own account; None when that account is unknown."""
    if caller.kind != "aws":
        return False
    if caller.account in state.own or (caller.canonical and caller.canonical in state.own):
        return True
    if not caller.account and any(arn.endswith(f":user/{name}") for name in state.own for arn in caller.arns):
        return True  # a server whose users are accounts: arn:aws:iam:::user/NAME
    known = state.account or caller.account in ("cloudfront", state.stranger) or not caller.account.isdigit()
    return False if known else None


def _judge(state: State, request: Request, own: bool) -> Decision:
    caller = request.caller
    if own and not caller.canonical:
        caller = replace(caller, canonical=state.acl.owner)
    point, key, of_bucket = _route(state, request.resource)
    sampled = state.objects.get(key) if key else None
    asked, action = request, _as_s3(request.action)
    if (of_bucket, action) != (request.resource, request.action):
        request = replace(request, resource=of_bucket, action=action)
    said = assess(state.policy, request)
    identity = _identity(asked)
    deny, allow = max(said.deny, identity.deny), said.allow

    # To replace or delete an object is up to the bucket's owner; all else to the object's, and its ACL.
    policies_count = Maybe.YES
    if sampled is not None and request.action not in _ON_BUCKET_OWNERS_BEHALF:
        policies_count = Maybe.of(state.foreign(sampled)).negated
    allow = min(allow, policies_count)
    allow = max(allow, acl_allows(state, caller, request.action, sampled))
    if asked.resource != of_bucket:
        allow, deny = _through(state, point, asked, allow, deny)
    if own:
        if caller.root and request.action in _OWNER_ONLY:
            return "allowed"
        allow = max(allow, min(identity.allow, policies_count))
    elif caller.kind == "aws":
        allow = min(max(allow, said.delegate), identity.allow)
    allow = min(allow, _passes(state, request, own, point, sampled))

    restricted = Maybe.NO if own else _restricted(state, point, caller)
    if Maybe.YES in (deny, restricted):
        return "explicitDeny"
    if allow is Maybe.NO:
        return "implicitDeny"
    return "allowed" if (deny, restricted, allow) == (Maybe.NO, Maybe.NO, Maybe.YES) else "unknown"


def assess(document: Policy, request: Request) -> Outcome:
    """Return what one policy says of the request."""
    if not document.readable:
        return Outcome(Maybe.PERHAPS, Maybe.PERHAPS, Maybe.PERHAPS)
    deny = allow = delegate = Maybe.NO
    for statement, hit in document.about(request.caller, request.action):
        if not _applies(statement, request):
            continue
        weight = Maybe.PERHAPS if statement.uncertain or hit is Hit.MAYBE else Maybe.YES
        if not statement.allow:
            deny = max(deny, weight)
        elif hit is Hit.ACCOUNT:
            delegate = max(delegate, weight)
        else:
            allow = max(allow, weight)
    return Outcome(deny, allow, delegate)


def _applies(statement: Statement, request: Request) -> bool:
    return statement.covers_resource(request.resource, request.context) and all(
        test.holds(request.context) for test in statement.tests
    )


def acl_allows(state: State, caller: Caller, action: str, sampled: SampledObject | None) -> Maybe:
    """Return whether an ACL, in force under the bucket's ownership setting, allows the action."""
    known = actions.BY_NAME.get(action)
    if state.acls_live is False or known is None or caller.kind == "service":
        return Maybe.NO
    if known.level == "bucket" or known.capability == "write":
        listed, readable = state.acl.grants, state.acl.readable
    elif sampled is not None:
        own = () if state.foreign(sampled) is False else sampled.acl.own
        listed, readable = (*sampled.acl.grants, *own), sampled.acl.readable
    else:
        listed, readable = (), state.objects_readable
    live = Maybe.of(state.acls_live)
    ignored = Maybe.of(state.ignore.on)
    answer = Maybe.NO
    for grant in listed:
        counts = _counts(state, grant, caller)
        names = (name.lower() for names in grant.actions().values() for name in names)
        if counts is not Maybe.NO and action in names:
            answer = max(answer, min(counts, ignored.negated) if grant.public else counts)
    if not readable:
        answer = max(answer, Maybe.NO if caller.kind == "anonymous" and state.ignore.on else Maybe.PERHAPS)
    return min(answer, live)


def _counts(state: State, grant: AclGrant, caller: Caller) -> Maybe:
    if grant.names(caller):
        return Maybe.YES
    nameless = caller.kind == "aws" and not caller.canonical and caller.account != state.stranger
    return Maybe.PERHAPS if nameless and not grant.public else Maybe.NO


def _identity(request: Request) -> Outcome:
    """Return what the caller's own policies say; root, services and OAIs need none."""
    said = [assess(document, request) for document in request.identity]
    deny = max((outcome.deny for outcome in said), default=Maybe.NO)
    allow = max((outcome.allow for outcome in said), default=Maybe.NO)
    if request.caller.root or request.caller.agreed:
        allow = Maybe.YES
    return Outcome(deny, allow, Maybe.NO)


def _route(state: State, resource: str) -> tuple[AccessPoint | None, str, str]:
    """Return the access point of a resource (None: unknown or none), its key and its ARN in the bucket."""
    parts = resource.split(":", 5)
    if len(parts) == 6 and parts[5].startswith("accesspoint/"):
        name, _, key = parts[5].removeprefix("accesspoint/").partition("/object/")
        point = next(
            (p for p in state.access_points if p.arn == ":".join((*parts[:5], f"accesspoint/{name}"))), None
        )
        return point, key, f"{state.arn}/{key}" if key else state.arn
    return (
        None,
        resource.rpartition(":")[2].partition("/")[2] if len(parts) < 6 else parts[5].partition("/")[2],
        resource,
    )


def _through(
    state: State, point: AccessPoint | None, request: Request, allow: Maybe, deny: Maybe
) -> tuple[Maybe, Maybe]:
    """Return allow and deny once the access point's policy, and that of one behind it, had their say."""
    if point is None:
        return min(allow, Maybe.PERHAPS), max(deny, Maybe.PERHAPS)
    said = assess(point.policy, request)
    allow, deny = min(allow, max(said.allow, said.delegate)), max(deny, said.deny)
    if not point.supporting:
        return allow, deny
    # Whether the caller may invoke the function of an Object Lambda Access Point cannot be seen.
    behind = next((p for p in state.access_points if p.arn == point.supporting), None)
    resource = point.supporting + request.resource.removeprefix(point.arn)
    inner = replace(request, resource=resource, action=_as_s3(request.action))
    return _through(state, behind, inner, min(allow, Maybe.PERHAPS), deny)


def _as_s3(action: str) -> str:
    """Return the action of S3 that one of S3 Object Lambda comes down to; another as it stands."""
    return action.replace("s3-object-lambda:", "s3:", 1)


def _passes(
    state: State, request: Request, own: bool, point: AccessPoint | None, sampled: SampledObject | None
) -> Maybe:
    """Return whether the request passes what only some callers may do at all."""
    caller = request.caller
    if not own and request.action in _OWNER_ONLY:
        return Maybe.NO
    passes = Maybe.YES
    if caller.kind == "anonymous":
        if point is not None:
            return Maybe.NO
        passes = Maybe.of(state.requester_pays).negated
    if not own and request.action in _READS:
        encryption = state.encryption_of(sampled)
        if encryption.by_kms is not False:
            decrypts = Maybe.NO
            if not encryption.managed:
                decrypts = _decrypts(state, request, sampled.kms if sampled else None)
            passes = min(passes, max(Maybe.of(encryption.by_kms).negated, decrypts))
    return passes


def _decrypts(state: State, request: Request, key_policy: Policy | None) -> Maybe:
    """Return whether the caller may decrypt with the object's KMS key; nobody does so unsigned."""
    if request.caller.kind == "anonymous":
        return Maybe.NO
    if key_policy is None:
        return Maybe.PERHAPS
    context = dict(request.context) | {
        "kms:viaservice": (f"s3.{state.region or 'us-east-1'}.amazonaws.com",),
        "kms:calleraccount": (request.caller.account,),
    }
    said = assess(key_policy, replace(request, action="kms:decrypt", resource="*", context=context))
    return min(max(said.allow, said.delegate), said.deny.negated)


def _restricted(state: State, point: AccessPoint | None, caller: Caller) -> Maybe:
    """Return whether RestrictPublicBuckets refuses the caller, who is not of the bucket's account."""
    if caller.kind == "service":
        return Maybe.NO
    restrict = Maybe.of(state.restrict.on)
    answer = min(restrict, Maybe.of(state.public_policy))
    if point is not None:
        answer = max(answer, min(max(restrict, Maybe.of(point.restrict.on)), Maybe.of(point.public)))
    return answer


_OWNER_ONLY = frozenset(action.name for action in actions.ACTIONS if action.capability == "policy")
_ON_BUCKET_OWNERS_BEHALF = frozenset(
    action.name for action in actions.ACTIONS if action.capability in ("write", "delete")
)
_READS = frozenset(action.name for action in actions.ACTIONS if action.capability in ("read", "read_version"))
