"""A bucket snapshot → typed state: every part known, absent or unreadable.

The snapshot has the AWS API's own shapes; a part of the wrong shape is a problem and counts as unreadable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from classifier.access import acl, blocks, encryption, patterns, policy, status
from classifier.access.acl import Acl, AclGrant
from classifier.access.blocks import Block
from classifier.access.encryption import Encryption
from classifier.access.policy import Policy, show
from classifier.model import JSON

# Errors of a server that does not have the feature at all; it then does not act on it either.
_NO_SUCH_FEATURE = frozenset({"MissingKey", "NotImplemented", "MethodNotAllowed"})
_POINT_LISTS = ("ListAccessPoints", "ListMultiRegionAccessPoints", "ListAccessPointsForObjectLambda")
_STRANGER = 738291465027  # an account id to begin the search with for one that nothing mentions


@dataclass(frozen=True, slots=True)
class SampledObject:
    """One object of the sample. `kms` is its key's policy where the object is encrypted with SSE-KMS."""

    key: str
    acl: Acl
    encryption: Encryption
    kms: Policy | None


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """An access point of the bucket, of any kind; `public` is S3's own view of its policy.

    `supporting` is the ARN of the access point behind an Object Lambda Access Point, "" for the other kinds.
    """

    name: str
    arn: str
    account: str
    vpc_origin: bool
    vpc: str
    policy: Policy
    public: bool | None
    restrict: Block
    supporting: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Everything the evaluation reads. None means unknown."""

    bucket: str
    arn: str  # of the bucket that the policy speaks of
    account: str  # "" when unknown
    own: frozenset[str]  # the ids under which the owner appears: account, canonical id
    region: str
    organization: str
    members: frozenset[str]
    policy: Policy
    public_policy: bool | None
    acl: Acl
    acls_live: bool | None
    writers_own: bool  # the bucket's ownership setting says so
    restrict: Block
    ignore: Block
    requester_pays: bool | None
    encryption: Encryption  # the default of new objects
    objects: Mapping[str, SampledObject]
    objects_readable: bool
    access_points: tuple[AccessPoint, ...]
    access_points_readable: bool
    stranger: str  # an account id that nothing in the snapshot mentions
    problems: tuple[str, ...]

    def without_blocks(self) -> State:
        """Return the state with Block Public Access off: itself where it is off."""
        blocks = (self.restrict, self.ignore, *(point.restrict for point in self.access_points))
        if all(block.on is False for block in blocks):
            return self
        points = tuple(replace(point, restrict=Block()) for point in self.access_points)
        return replace(self, restrict=Block(), ignore=Block(), access_points=points)

    def foreign(self, sampled: SampledObject) -> bool | None:
        """Whether another account owns the object.

        A snapshot without the bucket's ACL has no owner to compare with: whoever says in it that the bucket
        leaves objects to their writers, and who owns this one, speaks of a writer. Else the usual is assumed.
        """
        if self.acls_live is False:
            return False
        owner = sampled.acl.owner
        if not self.acl.readable:
            return None
        if not self.acl.owner:
            return bool(owner) and self.writers_own
        if not owner or owner == self.acl.owner:
            return False
        return True if self.acls_live else None

    def grants_of(self, sampled: SampledObject) -> tuple[AclGrant, ...]:
        """Return the grants of an object's ACL to others than the bucket's owner."""
        own = () if self.foreign(sampled) is False else sampled.acl.own
        return (*sampled.acl.grants, *own)

    def encryption_of(self, sampled: SampledObject | None) -> Encryption:
        """Return how an object is encrypted; one that was not seen may be older than the bucket's default."""
        if sampled is not None and sampled.encryption.by_kms is not None:
            return sampled.encryption
        return Encryption(False if self.encryption.by_kms is False else None)

    def is_own(self, account: str) -> bool:
        return bool(account) and account in self.own


def read(snapshot: JSON) -> State:
    """Return the state that the snapshot tells."""
    return _Reader(snapshot if isinstance(snapshot, Mapping) else {}, isinstance(snapshot, Mapping)).state()


class _Reader:
    def __init__(self, snapshot: Mapping[str, JSON], usable: bool) -> None:
        self.snapshot = snapshot
        self.problems: list[str] = [] if usable else ["the snapshot is not an object"]
        self.usable = usable
        listed = snapshot.get("Unreadable")
        errors = snapshot.get("UnreadableErrors")
        self.errors: Mapping[str, JSON] = errors if isinstance(errors, Mapping) else {}
        self.unreadable = {str(name) for name in listed} if isinstance(listed, list) else set()
        if listed is not None and not isinstance(listed, list):
            self.problems.append("Unreadable is not a list")

    def failed(self, *operations: str) -> bool:
        """Whether an operation failed so that the part it reads is unknown."""
        return not self.usable or any(name in self.unreadable for name in operations)

    def failed_feature(self, *operations: str) -> bool:
        """The same for a feature that a server may not have at all."""
        return not self.usable or any(
            name in self.unreadable and self.errors.get(name) not in _NO_SUCH_FEATURE for name in operations
        )

    def text(self, name: str) -> str:
        value = self.snapshot.get(name)
        if value is not None and not isinstance(value, str):
            self.problems.append(f"{name} is not a text")
        return value if isinstance(value, str) else ""

    def state(self) -> State:
        bucket, account, region = self.text("Bucket"), self.text("AccountId"), self.text("Region")
        parsed = self.policy()
        listed = self.acl()
        organization, members = self.organization()
        arn = self.arn(bucket, region, parsed)
        public, unclear = status.is_public(parsed)
        self.problems.extend(unclear)
        points = (*self.access_points(account, region), *self.other_points(account, region))
        encrypted, unclear = encryption.default(
            self.snapshot.get("Encryption"), unreadable=self.failed_feature("GetBucketEncryption")
        )
        self.problems.extend(unclear)
        own = {account, listed.owner, listed.owner.split("$")[0]} - {""}
        sampled = {item.key: item for item in self.objects()}
        return State(
            bucket=bucket,
            arn=arn,
            account=account,
            own=frozenset(own),
            region=region,
            organization=organization,
            members=members,
            policy=parsed,
            public_policy=public,
            acl=listed,
            acls_live=self.acls_live(),
            writers_own=self.snapshot.get("ObjectOwnership") in ("BucketOwnerPreferred", "ObjectWriter"),
            restrict=self.block("RestrictPublicBuckets"),
            ignore=self.block("IgnorePublicAcls"),
            requester_pays=self.requester_pays(),
            encryption=encrypted,
            objects=sampled,
            objects_readable=not self.failed("GetObjectAcl")
            and all(item.acl.readable for item in sampled.values())
            and self.sample_is_whole(),
            access_points=points,
            access_points_readable=not self.failed_feature(*_POINT_LISTS),
            stranger=self.stranger(parsed, account, members, points),
            problems=tuple(dict.fromkeys(self.problems)),
        )

    def policy(self) -> Policy:
        document = self.snapshot.get("Policy")
        if document is None:
            return Policy(readable=not self.failed("GetBucketPolicy"))
        parsed = policy.parse(document, "policy")
        self.problems.extend(parsed.problems)
        return parsed

    def acl(self) -> Acl:
        document = self.snapshot.get("Acl")
        if document is None:
            return Acl(readable=not self.failed("GetBucketAcl"))
        parsed = acl.parse(document, "acl", "Acl")
        self.problems.extend(parsed.problems)
        return parsed

    def organization(self) -> tuple[str, frozenset[str]]:
        value = self.snapshot.get("Organization")
        if not isinstance(value, Mapping):
            return "", frozenset()
        identifier, accounts = value.get("Id"), value.get("Accounts")
        members = (
            item.get("Id") if isinstance(item, Mapping) else item
            for item in (accounts if isinstance(accounts, list) else ())
        )
        return (
            identifier if isinstance(identifier, str) else "",
            frozenset(item for item in members if isinstance(item, str)),
        )

    def arn(self, bucket: str, region: str, parsed: Policy) -> str:
        """Return the ARN of the bucket that the policy speaks of.

        S3 stores no policy for another bucket: one that names only others was renamed on its way here.
        """
        partition = "aws-us-gov" if region.startswith("us-gov-") else "aws"
        partition = "aws-cn" if region.startswith("cn-") else partition
        partitions: set[str] = set()
        others: set[str] = set()
        anything = not parsed.statements
        for resource in (resource for statement in parsed.statements for resource in statement.resources):
            parts = resource.split(":", 5)
            name = parts[5].partition("/")[0] if len(parts) == 6 else "*"
            if not patterns.fixed(name) or name == bucket:
                anything = True
                partitions.update(parts[1:2] if len(parts) == 6 and patterns.fixed(parts[1]) else ())
            else:
                others.add(":".join((*parts[:5], name)))
        if anything or not others:
            chosen = partition if partition in partitions or not partitions else min(partitions)
            return f"arn:{chosen}:s3:::{bucket}"
        other = min(others)
        self.problems.append(f"policy: names no resource of this bucket; read as that of {show(other)}")
        return other

    def acls_live(self) -> bool | None:
        ownership = self.snapshot.get("ObjectOwnership")
        if ownership is None:
            return None if self.failed_feature("GetBucketOwnershipControls") else True
        if ownership not in ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"):
            self.problems.append("ObjectOwnership has no known value")
            return None
        return bool(ownership != "BucketOwnerEnforced")

    def block(self, setting: blocks.Setting) -> Block:
        levels = self.snapshot.get("PublicAccessBlock")
        given: Mapping[str, JSON] = levels if isinstance(levels, Mapping) else {}
        operations = {
            "Organization": ("GetOrganizationPublicAccessBlock",),
            "Account": ("GetAccountPublicAccessBlock",),
            "Bucket": ("GetBucketPublicAccessBlock", "GetPublicAccessBlock"),
        }
        found, problems = blocks.effective(
            setting,
            (
                (name, given.get(name), given.get(name) is None and self.failed_feature(*names))
                for name, names in operations.items()
            ),
        )
        if levels is not None and not isinstance(levels, Mapping):
            problems.append("PublicAccessBlock is not an object")
            found = Block(None)
        self.problems.extend(problems)
        return found

    def requester_pays(self) -> bool | None:
        payer = self.snapshot.get("RequestPayer")
        if payer is None:
            return None if self.failed_feature("GetBucketRequestPayment") else False
        if payer not in ("BucketOwner", "Requester"):
            self.problems.append("RequestPayer has no known value")
            return None
        return bool(payer == "Requester")

    def sample_is_whole(self) -> bool:
        """Whether every object's ACL is in the snapshot, as far as it says: an ACL not seen is unknown."""
        sampled = self.snapshot.get("ObjectAclsSampled")
        if not isinstance(sampled, Mapping) or sampled.get("all") is not False:
            return True
        self.problems.append("ObjectAcls: not every object's ACL was read (object_acl_sample)")
        return False

    def objects(self) -> Iterator[SampledObject]:
        listed = self.snapshot.get("ObjectAcls")
        for index, item in enumerate(listed if isinstance(listed, list) else ()):
            key = item.get("Key") if isinstance(item, Mapping) else None
            if not isinstance(key, str):
                self.problems.append(f"ObjectAcls {index}: no Key")
                continue
            parsed = acl.parse(item, "object_acl", f"ObjectAcls {index}")
            self.problems.extend(parsed.problems)
            encrypted = encryption.of_object(item.get("ServerSideEncryption"), item.get("SSEKMSKeyId"))
            document = item.get("KmsKeyPolicy")
            kms = None if document is None else policy.parse(document, f"KMS key policy of object {index}")
            self.problems.extend(kms.problems if kms else ())
            yield SampledObject(key, parsed, encrypted, kms)

    def access_points(self, account: str, region: str) -> Iterator[AccessPoint]:
        for name, item in self.named("AccessPoints"):
            owner = _text_of(item, "AccountId") or account
            yield self.access_point(
                item,
                f"access point {show(name)}",
                name=name,
                arn=f"arn:aws:s3:{region or 'us-east-1'}:{owner}:accesspoint/{name}",
                owner=owner,
                unseen=owner != account or self.policy_failed(item, "GetAccessPointPolicy"),
            )

    def other_points(self, account: str, region: str) -> Iterator[AccessPoint]:
        """Yield the Multi-Region and the Object Lambda Access Points."""
        for name, item in self.named("MultiRegionAccessPoints"):
            owner, alias = _text_of(item, "AccountId") or account, _text_of(item, "Alias") or name
            yield self.access_point(
                item,
                f"Multi-Region Access Point {show(name)}",
                name=name,
                arn=f"arn:aws:s3::{owner}:accesspoint/{alias}",
                owner=owner,
                unseen=owner != account or self.policy_failed(item, "GetMultiRegionAccessPointPolicy"),
            )
        for name, item in self.named("ObjectLambdaAccessPoints"):
            owner = _text_of(item, "AccountId") or account
            point = self.access_point(
                item,
                f"Object Lambda Access Point {show(name)}",
                name=name,
                arn=f"arn:aws:s3-object-lambda:{region or 'us-east-1'}:{owner}:accesspoint/{name}",
                owner=owner,
                unseen=owner != account or self.policy_failed(item, "GetAccessPointPolicyForObjectLambda"),
            )
            yield replace(point, supporting=_text_of(item, "SupportingAccessPoint") or "unknown")

    def named(self, part: str) -> Iterator[tuple[str, Mapping[str, JSON]]]:
        listed = self.snapshot.get(part)
        for index, item in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(item, Mapping) and isinstance(item.get("Name"), str):
                yield item["Name"], item
            else:
                self.problems.append(f"{part} {index}: no Name")

    def policy_failed(self, item: Mapping[str, JSON], operation: str) -> bool:
        return item.get("Policy") is None and self.failed(operation)

    def access_point(
        self, item: Mapping[str, JSON], place: str, *, name: str, arn: str, owner: str, unseen: bool
    ) -> AccessPoint:
        """Return the access point; `unseen` says that without a policy here it may well have one."""
        document = item.get("Policy")
        parsed = policy.NOTHING if document is None else policy.parse(document, place)
        if document is None and unseen:
            parsed = Policy(problems=(f"{place}: its policy could not be read",), readable=False)
        self.problems.extend(parsed.problems)
        origin, vpc = str(item.get("NetworkOrigin") or ""), item.get("VpcId")
        public, unclear = status.is_public_access_point(parsed, origin)
        self.problems.extend(f"{place}: {line}" for line in unclear)
        restrict, problems = blocks.effective(
            "RestrictPublicBuckets", (("access point", item.get("PublicAccessBlock"), False),)
        )
        self.problems.extend(problems)
        return AccessPoint(
            name=name,
            arn=arn,
            account=owner,
            vpc_origin=origin.lower() == "vpc",
            vpc=vpc if isinstance(vpc, str) else "",
            policy=parsed,
            public=public,
            restrict=restrict,
        )

    def stranger(
        self, parsed: Policy, account: str, members: frozenset[str], points: tuple[AccessPoint, ...]
    ) -> str:
        said = {account, *members, *(point.account for point in points)}
        for document in (parsed, *(point.policy for point in points)):
            for statement in document.statements:
                said.update(entry.value for entry in statement.principals)
                said.update(value for test in statement.tests for value in test.values)
        everything = "\n".join(said)
        number = _STRANGER
        while str(number) in everything:
            number += 1
        return str(number)


def _text_of(item: Mapping[str, JSON], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
