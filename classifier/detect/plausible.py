"""Whether a value that is assigned to a telling name is a secret: by name, operator, value and line.

A generic assignment proves nothing by its format. What is judged: does the name mean a secret (and not its
length, label or address), is the value written out (and not looked up, a placeholder, a sentence), and does
it look random or chosen as a password is. What passes all is strong; what passes half is weak, and has a
detector of its own that ranks low.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import IntEnum
from functools import cache, lru_cache
from types import MappingProxyType

from classifier.detect.detector import Claim, Judge
from classifier.detect.labelled import LABEL_JUDGES
from classifier.detect.vendors import vendor_of
from classifier.shipped import shipped


class Grade(IntEnum):
    """How sure it is that a value is a secret."""

    NONE = 0
    WEAK = 1
    STRONG = 2


_LETTERS = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SHORTEST_WORD = 3
_WORDLIKE_BITS = 4.3  # a letter; English has about 3.6, random letters 6.5
_HEX = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
_IDENTIFIER = re.compile(rb"(?:(?i:[_.\- ](?:u|gu)?ids?)|[a-z](?:Uu|Gu)?Ids?|ID)$")  # names a secret, is none
_UUID = re.compile(rb"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SYMBOLS = re.compile(rb"[!@#$%^&*?~+=|]")

_TEMPLATE = re.compile(
    rb"\$\{[^{}]{0,80}\}?$|\$\{[\w.:-]+\}|\{\{[-\s\w.$|\"'():]*\}\}|<[%?]|%[({][\w.]+[)}]|%[sdr](?![0-9A-Za-z])|\$\([^)]*\)?"
    rb"|^\$+[A-Za-z_{]\w*$|^%\w+%?$|^\{[\w.:!\[\]-]*\}$|#\{|^<[^<>]*>?$|^\[[\w .-]*\]?$|^@\w+@?$|^!\w+|^\\[nrt]|^`|^\$[A-Za-z_]+[./;]"  # noqa: E501
    rb"|^&(?:amp|lt|gt|quot|#\d+);?|\{[A-Za-z_][\w.]*\}|__[A-Za-z_]+__|^#\w+#?$|\$\w+\$|=>|^\*\w+$|^&\w+$|\\u[0-9a-fA-F]{4}\\u"
)
_FILLER = re.compile(
    rb"(?i)^(?:[x*.#_?0-]+|(.)\1{3,}|.{0,3}(.)\2{5,}.{0,4})$|x{5,}|\*{3,}|\.{3}|_{4,}|-{4,}|\xe2\x80\xa6|\xe2\x80\xa2|\xe2\x97\x8f"
)
_ABSENT = re.compile(
    rb"(?i)(?:none|null|nil|nan|undefined|true|false|yes|no|on|off|string|str|bytes?|text|int|integer|long|number|bool"
    rb"|boolean|object|array|list|any|char|varchar|uuid|optional|required|hidden|masked|empty|default|unknown|disabled"
    rb"|enabled|redacted|removed|omitted|filtered|encrypted|prompt|ask|interactive|keyring|vault|env|type|self|this|auto"
    rb"|random|generated|plain|plaintext|basic|bearer|const|async|await|function|lambda|return|import|static|public"
    rb"|passwort|kennwort|contrase(?:\xc3\xb1|n)a|senha|wachtwoord|lozinka|parola|geheimnis|schl(?:\xc3\xbc|ue)ssel|clave|jeton|chiave"
    rb"|private|protected|readonly|binary|base64|hex|utf-?8|ascii|json|yaml|xml)[?!;]?"
)
_PLACEHOLDER = re.compile(
    rb"(?i)^(?:your|my-own|enter|insert|replace|put|add|paste|provide|specify|set|choose|todo|fixme|tbd|fill)(?:[-_. ]|(?=[A-Z]{3}))"  # noqa: E501
    rb"|your[-_ ]?(?:own|api|access|secret|auth|client|password|token|key|private|user|real|actual|app)|placeholder|redacted"  # noqa: E501
    rb"|[-_ ](?:goes[-_ ])?here$|replace[-_ ]?(?:me|this|with)|not[-_ ]?(?:set|used|needed|available)|^<|\bsnip\b|ellipsis"  # noqa: E501
)
_DUMMY = re.compile(
    rb"(?i)example|sample|dummy|fake|(?<![a-z])(?:test|mock|demo|foo|bar|baz|temp)|changeme|change[-_]?(?:me|this)|invalid|wrong"
    rb"|0123456789|123456789|abcdefgh|deadbeef|(?:abcd|1234){3}|lorem|documentation|(?<![a-z])secret(?![a-z])|hunter2|password|passw0rd|p4ssw"
)
_REFERENCE = re.compile(
    rb"^[A-Za-z_$@][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)+(?:[(\[].*)?$|^[\w.:$>-]+[(\[].*[)\]]?;?$|[\w)]\(\)|^\w+\[|^(?:self|this|os|process|env|var|local|data|module|config|settings|secrets|params|each|ssm|kms|vault|op|arn|file|ref|aws-sm|doppler|gcp-sm)[.:(\[/]"
    rb"|^[a-z][a-z0-9+.-]{1,15}://|^(?:\.{0,2}|~|[A-Za-z]:)[/\\](?:[\w.@-]+[/\\]){1,}[\w.@-]*$|^/[a-z]+(?:[./-][a-z]+)*$"
    rb"|\.(?:pem|key|crt|cer|txt|json|ya?ml|py|js|ts|php|html?|xml|conf|cfg|ini|env|jks|p12|pfx|gpg|pub|sh|md|log|java|go|rb|css|svg|png|properties)$"
    rb"|^[a-z]+:[a-z][\w:-]*$|^\d{4}-\d\d-\d\d|^\d{1,3}(?:\.\d{1,3}){1,3}(?::\d+)?$|^v?\d+(?:\.\d+)+|^[~^><=]+\s?\d|^(?:19|20)\d\d[-/]"
    rb"|^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$|^(?:sha\d+|md5)[-:=]"
)
_CODE = re.compile(rb"[(){}\[\];]|=>|==|&&|\|\||^[=!<>:&|,]|\\[wdsb]|\^\[|^\(\?|\$$")
_OPERATORS = re.compile(rb"[+|?\s]")
# What follows the telling word and makes the name mean something about the secret.
_ABOUT = frozenset(
    b"field fields label labels hint placeholder title message messages msg error errors help helptext url urls uri path "  # noqa: E501
    b"file filename dir folder name names type types policy policies length len min max size count regex regexp pattern "  # noqa: E501
    b"format prefix suffix expires expiry expiration expire age ttl timeout validator validators validation encoder hasher "  # noqa: E501
    b"hashers form forms view views input button page link reset change changed id ids column columns param params parameter "  # noqa: E501
    b"arg args header headers method mode algorithm alg class css icon required enabled disabled strength rule rules manager "  # noqa: E501
    b"provider store storage callback ref arn version status state scope scopes endpoint description desc info code codes "  # noqa: E501
    b"index idx pos position offset limit usage used list table model schema template text visible show hide toggle set "  # noqa: E501
    b"generator gen factory handler listener event events action actions checker check match matches matched mismatch "  # noqa: E501
    b"verified valid invalid last first created updated date time at by on is has can should with without from to for of and or "  # noqa: E501
    b"test tests spec source src kind group selector xpath locator element el node ctx context cache map dict obj object "  # noqa: E501
    b"startswith endswith contains icontains istartswith exact iexact in isnull regex iregex format interface impl util utils helper config settings options opts press down up code frame board words word "  # noqa: E501
    b"pair pairs space spaces length bits usage stroke binding bindings sort order hash hashed digest checksum fingerprint "  # noqa: E501
    b"thumbprint sha1 sha256 md5 pub public".split()
)
_NOT_SECRET = re.compile(
    rb"(?i)public|(?:next|page|paging|pagination|continu\w*|sync|scroll|upload|marker|authenticity|verification|resume|cancel\w*|csrf|xsrf|request\w*|idempotency|cache"
    rb"|primary|foreign|partition|sort|object|index|lookup|group|order|row|s3|bucket|redis|dedup\w*|routing|translation|i18n|message|hot|short\w*"
    rb"|unique|natural|composite|surrogate|map|dict|hash|range|shard|record|item|entity|event|host|ssh[_-]?host|known|locale|lang"
    rb"|feature|config|setting|preference|metric|trace|span|correlation|job|queue|topic|message|registry|issue|project|jira|ticket)[_.-]?(?:key|token|auth)"
    rb"|tokeni[sz]|tokens$|keys$|author(?!i[sz])|authority|monkey|turkey|donkey|keyboard|keyword(?!\w*secret)|whiskey|hockey|jockey|keyof|keyframe|passport|passenger|compass|bypass|passive|passing"
)
_HASHED = re.compile(
    rb"(?i)(?:sha-?\d*|md5|checksum|commit|etag|integrity|digest|fingerprint|revision|hash|blob|tree|public|thumbprint)[\w \"':=.-]{0,12}$"  # noqa: E501
)
_TELLING = re.compile(
    rb"(?i)secret|token|api[_. -]?key|apikey|access[_. -]?key|auth(?:entication|orization)?[_. -]?key|priv(?:ate)?[_. -]?key|sign(?:ing|ature)?[_. -]?key|encrypt(?:ion)?[_. -]?key"  # noqa: E501
    rb"|master[_. -]?key|account[_. -]?key|shared[_. -]?key|license[_. -]?key|licence[_. -]?key|app(?:lication)?[_. -]?key|consumer[_. -]?key|client[_. -]?key|subscription[_. -]?key"  # noqa: E501
    rb"|service[_. -]?key|server[_. -]?key|integration[_. -]?key|webhook[_. -]?key|write[_. -]?key|admin[_. -]?key|secur(?:e|ity)[_. -]?key|session[_. -]?key|ssh[_. -]?key|rsa[_. -]?key|aes[_. -]?key|jwt|credential"  # noqa: E501
)
_NAMED_KEY = re.compile(rb"(?i)[\w.\-](?:secret|token|key)$|^(?:secret|token)$")
_CODED = re.compile(rb"[0-9]|[A-Za-z]{16}")
_OPAQUE = 16  # bytes of a value that is perhaps a key
_UI_WORDS = re.compile(
    rb"(?i)\b(?:enter|your|must|please|passwor\w*|invalid|required|reset|forgot\w*|confirm|the|incorrect|wrong|new|current|choose|characters|field|cannot|should|for|token|key|secret|is|not|to|of|or)\b"
)
_STANDALONE = re.compile(
    rb"\s*(?:export |set |env |ENV |ARG |-e |--env |\$env:|setx |- |\* |> ?|[+-] |#+ ?|//+ ?|[\w-]+[.:]|\"|')*[\w.$:-]*\s*(?:export )?[\w.$-]*"  # noqa: E501
)
_KEYWORD = re.compile(rb"^(?:password|passwd|pass|pwd|pw|secret|token|key|auth)")
_TEST = re.compile(rb"(?i)test|dummy|fake|mock|example|sample")
_FULL_NAME = re.compile(rb"[\w.-]{0,40}$")
_PARTS = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@cache
def _words() -> frozenset[bytes]:
    lines = (shipped("patterns") / "lexicons" / "words.txt").read_bytes().split(b"\n")
    return frozenset(line for line in lines if line and not line.startswith(b"#"))


@cache
def _bits() -> dict[int, tuple[float, ...]]:
    """Return by letter (and ^ for a word's start) the bits of each letter a to z after it."""
    lines = (shipped("patterns") / "lexicons" / "letter_pairs.txt").read_text("ascii").split("\n")
    rows = (line.split() for line in lines if line and not line.startswith("#"))
    return {ord(row[0]): tuple(map(float, row[1:])) for row in rows}


@lru_cache(maxsize=4096)
def wordlike(run: bytes) -> bool:
    """Return whether small letters are a word, words written together, or could be one by their pairs."""
    words = _words()
    if len(run) < _SHORTEST_WORD:
        return False
    if run in words:
        return True
    reach = {0}
    for end in range(_SHORTEST_WORD, len(run) + 1):
        if any(run[start:end] in words for start in reach if end - start >= _SHORTEST_WORD):
            reach.add(end)
    if len(run) in reach:
        return True
    if len(run) < _SHORTEST_WORD + 1:
        return False
    table = _bits()
    total = sum(table[a][b - 97] for a, b in zip(b"^" + run, run, strict=False))
    return total / len(run) <= _WORDLIKE_BITS


def word_share(value: bytes) -> float:
    """Return the share of the value's letters and digits that stand in natural words, 0 to 1."""
    size = sum(1 for byte in value if chr(byte).isalnum())
    covered = sum(len(run) for run in _LETTERS.findall(value) if wordlike(run.lower()))
    return covered / size if size else 1.0


def _entropy(value: bytes) -> float:
    size = len(value)
    return sum(n * math.log2(size / n) for n in map(value.count, set(value))) / size if size else 0.0


def classes(value: bytes) -> int:
    """Return how many there are of small letters, capitals, digits and symbols."""
    kinds = (rb"[a-z]", rb"[A-Z]", rb"[0-9]", rb"[^A-Za-z0-9_.\-/: ]")
    return sum(re.search(kind, value) is not None for kind in kinds)


def sequential(value: bytes) -> bool:
    """Return whether more than half of the bytes follow the one before by the same small step, or repeat."""
    for apart in (1, 2):  # a1b2c3d4 is two sequences
        steps = [b - a for a, b in zip(value, value[apart:], strict=False)]
        if len(steps) > 4 and max(sum(s == step for s in steps) for step in (0, 1, -1)) > len(steps) * 0.5:
            return True
    return False


def random_looking(value: bytes) -> bool:
    """Return whether a value is random by the measure of its alphabet: hex, base32, base62, base64."""
    text = value.rstrip(b"=")
    size = len(text)
    if size < 10 or len(set(text)) < 6 or sequential(text):
        return False
    if _HEX.fullmatch(text) is not None:
        return (
            size >= 16
            and _entropy(text) >= 2.8
            and re.search(rb"[a-fA-F].*[0-9]|[0-9].*[a-fA-F]", text) is not None
        )
    if text.isdigit():
        return False
    if _entropy(text) < min(3.3, 0.82 * math.log2(size)):
        return False
    digits = sum(byte in b"0123456789" for byte in text)
    share = word_share(text)
    if digits == 0:
        mixed = re.search(rb"[a-z]", text) is not None and re.search(rb"[A-Z]", text) is not None
        return size >= 16 and share < (0.4 if mixed else 0.2) and re.search(rb"[-_./ ]", text) is None
    turns = len(re.findall(rb"(?<=[0-9])[A-Za-z]|(?<=[A-Za-z])[0-9]", text))
    return share < 0.6 and turns >= 2 and digits < 0.9 * size


def _no_literal(claim: Claim) -> bool:
    """Return whether the value is a placeholder, a lookup, code, or says that there is none."""
    value = claim.value.strip().replace(b"&amp;", b"&")
    if len(set(re.findall(rb"[^\w\s]", value))) >= 6 and classes(value) >= 2 and b'"' not in value:
        return False  # so many symbols are no code
    if len(value) < 3 or len(set(value)) < 3 or min(value) < 32 or _ABSENT.fullmatch(value) is not None:
        return True
    if _TEMPLATE.search(value) or _FILLER.search(value) or _PLACEHOLDER.search(value):
        return True
    if _REFERENCE.search(value):
        return not (
            re.match(rb"[\w+/]+=*$", value)
            and b"." not in value
            and random_looking(value)
            and len(value) >= 24
        )
    if not claim.quote and (_CODE.search(value) or claim.after[:1] in (b"(", b"[", b"{", b".")):
        return True
    if claim.between.rstrip()[-1:] == b"(" and not claim.quote:
        return True
    # "…" + name, "%s" % name: a string that is put together
    if claim.quote and re.match(rb"[\"'`]{1,2}\s{0,2}(?:\+|%|\.format|\|\|)\s{0,2}[A-Za-z_]", claim.after):
        return len(value) < 8
    return False


@lru_cache(maxsize=2048)
def _name(name: bytes, before: bytes) -> tuple[bytes, bool, bool]:
    """Return the whole name, whether it means no secret at all, and whether it is only about one."""
    head = _FULL_NAME.search(before)
    whole = (head[0] if head else b"") + name
    if _NOT_SECRET.search(whole):
        return whole, True, True
    parts = [part.lower() for part in _PARTS.findall(whole)]
    tail = [part.lower() for part in _PARTS.findall(name)]
    tail[:1] = [_KEYWORD.sub(b"", part) for part in tail[:1]]  # passfile, tokenizer
    return (
        whole,
        False,
        any(part in _ABOUT for part in tail)
        or (len(parts) > 1 and parts[0] in (b"is", b"has", b"no", b"max", b"min", b"num")),
    )


def _own_name(claim: Claim, whole: bytes) -> bool:
    """Return whether the value only repeats the name: `password: "Password"`, `token = access_token`."""
    value = re.sub(rb"[^a-z]", b"", claim.value.lower())
    name = re.sub(rb"[^a-z]", b"", whole.lower())
    bare = re.fullmatch(rb"[\w.\- ]+", claim.value) is not None
    return (
        bare
        and bool(value)
        and (value == name or (len(value) >= 4 and not re.search(rb"[0-9]", claim.value) and value in name))
    )


def _statement(claim: Claim) -> bool:
    """Return whether the line holds nothing but the assignment."""
    after = claim.after.strip(b" \t\r\\;")
    return (not after or after.startswith((b"#", b"//", b";", b"<"))) and _STANDALONE.fullmatch(
        claim.before
    ) is not None


@lru_cache(maxsize=4096)
def grade_password(claim: Claim) -> Grade:
    """Return how sure it is that the value is the password that its name announces."""
    whole, other, about = _name(claim.name, claim.before)
    if other or _no_literal(claim):
        return Grade.NONE
    value = claim.value.strip()
    if _own_name(claim, whole):
        return Grade.WEAK if claim.quote and b"=" in claim.between else Grade.NONE
    kinds, share, size = classes(value), word_share(value), len(value)
    digits = re.search(rb"[0-9]", value) is not None
    if b" " in value:
        plain = re.fullmatch(rb"[a-z]+(?: [a-z]+){3,7}", value) is not None and not _UI_WORDS.search(value)
        odd = kinds >= 3 and share < 0.6 and size <= 40
        return Grade.WEAK if (plain or odd) and not about else Grade.NONE
    strange = (
        (digits and _SYMBOLS.search(value) is not None and kinds >= 3 and size >= 6)
        or (digits and kinds >= 3 and size >= 8 and share < 0.75)
        or (digits and kinds == 2 and size >= 8 and share < 0.5 and value[:1].isalnum())
        or (size >= 10 and share < 0.2 and kinds >= 2 and not value.endswith(b"."))
    ) and not (value.isdigit() or re.fullmatch(rb"[A-Za-z]{4,}[0-9]{1,4}", value) or _TEST.search(whole))
    if re.search(rb"[\x80-\xff]", value):
        return Grade.NONE if share > 0.5 or not re.search(rb"[0-9]", value) or about else Grade.WEAK
    if about:
        return Grade.WEAK if random_looking(value) and size >= 12 else Grade.NONE
    if strange and not _DUMMY.search(value) and not sequential(value):
        prose = not claim.quote and re.match(rb"[ \t]+[a-z]+ [a-z]+", claim.after) is not None
        return Grade.WEAK if prose or _TRIVIAL.search(claim.before) else Grade.STRONG
    if claim.quote:
        return Grade.WEAK if re.match(rb"[!-~]+$", value) and (size >= 4 or kinds >= 2) else Grade.NONE
    if kinds >= 2 or (value.isdigit() and size >= 4):
        return (
            Grade.WEAK
            if strange
            or _statement(claim)
            or b"is" in claim.between
            or claim.after[:1] in (b";", b"&", b"<", b"")
            else Grade.NONE
        )
    return (
        Grade.WEAK
        if size >= 5
        and (_statement(claim) or claim.after[:1] in (b";", b"&", b"<"))
        and not claim.between.endswith(b": ")
        else Grade.NONE
    )


_TRIVIAL = re.compile(rb"(?i)\bassert|\bexpect\(|\btest_\w+|>>> ")


@lru_cache(maxsize=4096)
def grade_secret(claim: Claim) -> Grade:
    """Return how sure it is that the value is the key, token or secret that its name announces."""
    whole, other, about = _name(claim.name, claim.before)
    if other or _IDENTIFIER.search(whole) or _no_literal(claim) or _own_name(claim, whole):
        return Grade.NONE
    value = claim.value.strip()
    size = len(value)
    if (
        size < 6
        or _HASHED.search(whole)
        or (_HASHED.search(claim.before) and not re.search(rb"[,;]", claim.before[-30:]))
    ):
        return Grade.NONE
    telling = _TELLING.search(whole) is not None
    spaces = b" " in value
    if spaces:
        plain = re.fullmatch(rb"[a-z]+(?: [a-z]+){3,7}", value) is not None and not _UI_WORDS.search(value)
        return Grade.WEAK if telling and plain and claim.quote and not about else Grade.NONE
    if re.search(rb"[\x80-\xff]", value):
        return Grade.NONE
    if _UUID.fullmatch(value):
        return Grade.WEAK if telling and not sequential(value.replace(b"-", b"")) else Grade.NONE
    looks = random_looking(value)
    long_enough = size >= 32 and size % 2 == 0 if _HEX.fullmatch(value) else size >= 20
    if (
        looks
        and long_enough
        and telling
        and not about
        and not _DUMMY.search(value)
        and not _TEST.search(whole)
    ):
        vendor = vendor_of(claim)
        strange = vendor is not None and vendor.formats
        return Grade.WEAK if strange or _TRIVIAL.search(claim.before) else Grade.STRONG
    if looks:
        return Grade.WEAK if telling or size >= 16 else Grade.NONE
    if about or not telling:
        return Grade.NONE
    kinds, share = classes(value), word_share(value)
    odd = kinds >= 2 and share < 0.8 and re.search(rb"[0-9!@#$%^&*?~+]", value) is not None
    if claim.quote:
        return (
            Grade.WEAK
            if odd or (size >= 8 and b"secret" in whole.lower() and b"=" in claim.between) or share < 0.3
            else Grade.NONE
        )
    return Grade.WEAK if odd and size >= 8 and (kinds >= 3 or _statement(claim)) else Grade.NONE


@lru_cache(maxsize=4096)
def grade_vendor(claim: Claim) -> Grade:
    """Return how sure it is that the value is a credential of the vendor that its name tells.

    Where the vendor's formats are known, and have detectors, another value is none of them.
    """
    if _CODED.search(claim.value) is None or (vendor := vendor_of(claim)) is None:
        return Grade.NONE
    whole, other, about = _name(claim.name, claim.before)
    if other or _HASHED.search(whole) or _no_literal(claim) or _own_name(claim, whole):
        return Grade.NONE
    value = claim.value
    random = random_looking(value) or (
        _UUID.fullmatch(value) is not None and not sequential(value.replace(b"-", b""))
    )
    half = _IDENTIFIER.search(whole) or about or _DUMMY.search(value) or _TEST.search(whole)
    if random and not half and not vendor.formats and len(value) >= 16:
        return Grade.WEAK if _TRIVIAL.search(claim.before) else Grade.STRONG
    return Grade.WEAK if random or (_opaque(value) and not about) else Grade.NONE


def _opaque(value: bytes) -> bool:
    """Return whether a value is no words, though perhaps made up."""
    return _CODED.search(value) is not None and word_share(value) < 0.8


@lru_cache(maxsize=4096)
def grade_key(claim: Claim) -> Grade:
    """Return whether the value is perhaps a key: long, no words, and under a name that ends by saying so."""
    whole, other, about = _name(claim.name, claim.before)
    if _CODED.search(claim.value) is None or not _NAMED_KEY.search(whole):
        return Grade.NONE
    if other or about or len(claim.value) < _OPAQUE or _IDENTIFIER.search(whole) or _HASHED.search(whole):
        return Grade.NONE
    if _no_literal(claim) or _own_name(claim, whole):
        return Grade.NONE
    spaced = claim.between.isspace() and not (_statement(claim) or whole.isupper())
    return Grade.WEAK if _opaque(claim.value) and not spaced else Grade.NONE


@lru_cache(maxsize=4096)
def grade_argument(claim: Claim) -> Grade:
    """Return how sure it is that an argument that only a password takes is one."""
    value = claim.value
    if _no_literal(claim) or (not claim.quote and re.search(rb"[$%{}()\[\]<>|]{1}", value[:1])):
        return Grade.NONE
    if b" " in value or re.fullmatch(rb"[a-z]+=.*|-.*", value) or _name(claim.name, claim.before)[2]:
        return Grade.NONE
    digits = re.search(rb"[0-9]", value) is not None
    odd = (classes(value) >= 2 and len(value) >= 6 and word_share(value) < 0.75 and digits) or classes(
        value
    ) >= 3
    if odd and not _DUMMY.search(value) and not sequential(value) and len(value) >= 6:
        return Grade.STRONG
    return Grade.WEAK if len(value) >= 4 and not _UI_WORDS.fullmatch(value) else Grade.NONE


@lru_cache(maxsize=4096)
def grade_header(claim: Claim) -> Grade:
    """Return how sure it is that the value of an HTTP header or cookie gives access."""
    value = claim.value
    if _no_literal(claim) or _own_name(claim, claim.name):
        return Grade.NONE
    uuid = _UUID.fullmatch(value) is not None
    if random_looking(value) and not uuid and len(value) >= 16 and not _DUMMY.search(value):
        return Grade.STRONG
    known = uuid or random_looking(value)
    return Grade.WEAK if known or (re.search(rb"[0-9]", value) and word_share(value) < 0.8) else Grade.NONE


def argument(claim: Claim) -> bool:
    """A password or token as an argument of a command or statement."""
    return grade_argument(claim) is Grade.STRONG


def weak_argument(claim: Claim) -> bool:
    """Perhaps a password as an argument: a word, or short."""
    return grade_argument(claim) is Grade.WEAK


def header(claim: Claim) -> bool:
    """A random value of a header or cookie that gives access."""
    return grade_header(claim) is Grade.STRONG


def weak_header(claim: Claim) -> bool:
    """Perhaps a credential in a header: short, or a UUID."""
    return grade_header(claim) is Grade.WEAK


def password(claim: Claim) -> bool:
    """A password: chosen by a person or random, written out."""
    return grade_password(claim) is Grade.STRONG


def weak_password(claim: Claim) -> bool:
    """Perhaps a password: a word, short, or in a place that tells half."""
    return grade_password(claim) is Grade.WEAK


def secret(claim: Claim) -> bool:
    """A random value that is assigned to a name of secrets."""
    return grade_secret(claim) is Grade.STRONG


def weak_secret(claim: Claim) -> bool:
    """Perhaps a secret: random under a name that tells half, or not random under one that tells."""
    return grade_secret(claim) is Grade.WEAK


def weak_key(claim: Claim) -> bool:
    """Perhaps a key: a long value that is no words, under a name that ends in key, token or secret."""
    return grade_key(claim) is Grade.WEAK


def vendor(claim: Claim) -> bool:
    """A random value that is given to a name of a vendor's credential."""
    return grade_vendor(claim) is Grade.STRONG


def weak_vendor(claim: Claim) -> bool:
    """Perhaps a vendor's credential: not random, not of its format, or the name says no more than half."""
    return grade_vendor(claim) is Grade.WEAK


JUDGES: Mapping[str, Judge] = MappingProxyType(
    {
        judge.__name__: judge
        for judge in (
            *LABEL_JUDGES,
            argument,
            header,
            password,
            secret,
            vendor,
            weak_argument,
            weak_header,
            weak_key,
            weak_password,
            weak_secret,
            weak_vendor,
        )
    }
)
"""Name in a pack → judge."""
