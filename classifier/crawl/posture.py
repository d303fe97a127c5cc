"""One bucket's posture: every configuration that decides who can reach it, as the API returns it.

Nothing here raises for what a server answers: what cannot be read is in `Posture.unreadable` under the
operation's name, with the error code, and its place in the snapshot is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.calls import CALLS, ROOT_EVENTS, Unreadable, note_root, plain
from classifier.crawl.failures import of_boto
from classifier.crawl.listing import first_page
from classifier.crawl.observed import observe
from classifier.crawl.points import LISTS, Points
from classifier.crawl.related import destination_owners, encryption_key
from classifier.crawl.sessions import NO_ACCOUNTS, Connection, region_of_location
from classifier.errors import AccessFailure, TargetError
from classifier.model import JSON, Posture

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_THREADS = 8
_REFUSED = (BotoCoreError, ClientError, AccessFailure)
_ACCOUNT_BLOCK = "GetAccountPublicAccessBlock"


def read_posture(connection: Connection, bucket: str) -> Posture:
    """Return the bucket's posture; only Get, List and Head requests are sent."""
    return _Reader(connection, bucket).read()


class _Reader:
    def __init__(self, connection: Connection, bucket: str) -> None:
        self._connection = connection
        self._bucket = bucket
        self._unreadable: dict[str, str] = {}
        self._region: str | None = None

    def read(self) -> Posture:
        try:
            self._region = self._connection.bucket_region(self._bucket)
        except TargetError as error:
            self._unreadable["HeadBucket"] = error.code
        client = self._connection.client("s3", self._region)
        for event in ROOT_EVENTS:
            client.meta.events.register_first(event, note_root, unique_id=f"s3-classifier-{event}")
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="posture") as pool:
            reads = {call: pool.submit(call.read, client, self._bucket) for call in CALLS}
            location = pool.submit(self._location, client)
            account = pool.submit(self._account, client)
            snapshot: dict[str, JSON] = {"Bucket": self._bucket}
            found = {call.field: self._value(call.operation, read) for call, read in reads.items()}
            owner, why = account.result()
            snapshot["AccountId"] = owner
            snapshot["Region"] = self._value("GetBucketLocation", location) or self._region
            key = pool.submit(
                encryption_key, self._connection, snapshot["Region"] or self._region, found["Encryption"]
            )
            owners = pool.submit(destination_owners, client, owner, found["Replication"])
            account_block = pool.submit(self._account_block, owner, why)
            points = {
                part: (operation, pool.submit(self._points, owner, why, part))
                for part, operation in LISTS.items()
            }
            snapshot |= found
            snapshot["PublicAccessBlock"] = {
                "Organization": None,  # part of the account's effective setting, as the API gives it
                "Account": self._value(_ACCOUNT_BLOCK, account_block),
                "Bucket": found["PublicAccessBlock"],
            }
            snapshot |= {part: self._value(*asked) or [] for part, asked in points.items()}
            snapshot["KmsKey"] = self._value("DescribeKey", key)
            snapshot["DestinationOwners"] = owners.result()
            snapshot |= self._object_acls(client, snapshot, pool)
        if self._connection.settings.no_sign_request:
            snapshot["Observed"] = observe(self._connection, self._bucket, self._region)
        return Posture(
            self._bucket, owner, snapshot["Region"], snapshot, dict(sorted(self._unreadable.items()))
        )

    def _value(self, operation: str, read: Future[JSON]) -> JSON:
        try:
            return read.result()
        except Unreadable as error:
            self._unreadable[operation] = error.code
            return None

    def _location(self, client: S3Client) -> JSON:
        try:
            location = client.get_bucket_location(Bucket=self._bucket).get("LocationConstraint")
        except _REFUSED as error:
            raise Unreadable(of_boto(error).code) from None
        # Other servers answer with a zone's name, which is no region to sign for.
        return self._region if self._connection.is_custom else region_of_location(location)

    def _account(self, client: S3Client) -> tuple[str | None, str]:
        """Return the account that owns the bucket, or None and why it is not known.

        It is the caller's, if the server agrees that it owns the bucket (ExpectedBucketOwner); the settings
        of the caller's account say nothing of somebody else's bucket.
        """
        account, code = self._connection.account_id()
        if account is None:
            return None, code
        try:
            client.head_bucket(Bucket=self._bucket, ExpectedBucketOwner=account)
        except _REFUSED as error:
            code = of_boto(error).code
            return None, "NotBucketOwner" if code == "HTTP 403" else code  # HEAD has no body, hence no code
        return account, ""

    def _account_block(self, account: str | None, why: str) -> JSON:
        if account is None:
            return self._without_account(why)
        try:
            control = self._connection.client("s3control", self._region)
            answer = control.get_public_access_block(AccountId=account)
        except _REFUSED as error:
            code = of_boto(error).code
            if code == "NoSuchPublicAccessBlockConfiguration":
                return None
            raise Unreadable(code) from None
        if "PublicAccessBlockConfiguration" not in answer:
            raise Unreadable("MissingKey")
        return plain(answer["PublicAccessBlockConfiguration"])

    def _without_account(self, why: str) -> None:
        """A server without AWS accounts has no account settings; on any other they are unknown."""
        if why != NO_ACCOUNTS:
            raise Unreadable(why)

    def _points(self, account: str | None, why: str, part: str) -> JSON:
        if account is None:
            return self._without_account(why)
        try:
            points = Points(self._connection, account, self._bucket, self._region, self._unreadable)
            return points.read(part)
        except _REFUSED as error:
            code = of_boto(error).code
            unknown = self._connection.is_custom and code == "HTTP 404"  # a server without that path
            raise Unreadable("NotImplemented" if unknown else code) from None
        except KeyError:
            raise Unreadable("MissingKey") from None

    def _object_acls(
        self, client: S3Client, snapshot: dict[str, JSON], pool: ThreadPoolExecutor
    ) -> dict[str, JSON]:
        """Return the ACLs of a sample of the objects, where ACLs count at all.

        They do where public ACLs are ignored: for grants to single accounts, and objects of other accounts.
        """
        if snapshot["ObjectOwnership"] == "BucketOwnerEnforced":
            return {"ObjectAcls": [], "ObjectAclsSampled": None}
        wanted = self._connection.settings.object_acl_sample
        if not wanted:
            return {"ObjectAcls": [], "ObjectAclsSampled": {"read": 0, "listed": 0, "all": False}}
        try:
            objects, whole = first_page(self._connection, self._bucket, self._region)
        except TargetError as error:
            self._unreadable["ListObjectsV2"] = error.code
            return {"ObjectAcls": [], "ObjectAclsSampled": {"read": 0, "listed": 0, "all": False}}
        keys = spread([obj.key for obj in objects], wanted)
        acls = [acl for acl in pool.map(lambda key: self._object_acl(client, key), keys) if acl]
        sampled = {"read": len(acls), "listed": len(objects), "all": whole and len(acls) == len(objects)}
        return {"ObjectAcls": acls, "ObjectAclsSampled": sampled}

    def _object_acl(self, client: S3Client, key: str) -> JSON:
        try:
            answer = client.get_object_acl(Bucket=self._bucket, Key=key)
        except _REFUSED as error:
            code = of_boto(error).code
            if code != "NoSuchKey":  # deleted since it was listed
                self._unreadable["GetObjectAcl"] = code
            return None
        if not answer.get("Owner"):
            self._unreadable["GetObjectAcl"] = "MissingKey"
            return None
        return {"Key": key, "Owner": plain(answer["Owner"]), "Grants": plain(answer.get("Grants", []))}


def spread(keys: Sequence[str], wanted: int) -> list[str]:
    """Return `wanted` of the keys, evenly spread from the first to the last; all if there are no more."""
    if len(keys) <= wanted:
        return list(keys)
    if wanted == 1:
        return [keys[0]]
    return [keys[index * (len(keys) - 1) // (wanted - 1)] for index in range(wanted)]
