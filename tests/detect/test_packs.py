"""The shipped packs: every example of every detector, the laws of its expressions, and Macie's spellings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import hyperscan
import pytest

from classifier.detect import Classifier, Detector, failures, shipped_packs
from classifier.detect.detector import LONGEST
from classifier.detect.vendors import named
from classifier.model import Category, Severity, Tier

DETECTORS = {detector.id: detector for detector in shipped_packs()}

HHH, LMH, MHH = ("High", "High", "High"), ("Low", "Medium", "High"), ("Medium", "High", "High")
MACIE = {  # Amazon Macie's managed data identifiers: spelling, severity at 1, 2-99 and 100+ occurrences
    "ADDRESS": LMH,
    "AWS_CREDENTIALS": HHH,
    "BANK_ACCOUNT_NUMBER": HHH,
    "CANADA_SOCIAL_INSURANCE_NUMBER": HHH,
    "CREDIT_CARD_MAGNETIC_STRIPE": HHH,
    "CREDIT_CARD_NUMBER": HHH,
    "DATE_OF_BIRTH": LMH,
    "DRIVERS_LICENSE": LMH,
    "GCP_API_KEY": HHH,
    "HTTP_BASIC_AUTH_HEADER": HHH,
    "JSON_WEB_TOKEN": HHH,
    "NAME": LMH,
    "OPENSSH_PRIVATE_KEY": HHH,
    "PGP_PRIVATE_KEY": HHH,
    "PHONE_NUMBER": LMH,
    "PKCS": HHH,
    "PUTTY_PRIVATE_KEY": HHH,
    "STRIPE_CREDENTIALS": HHH,
    "UK_NATIONAL_INSURANCE_NUMBER": HHH,
    "UK_NHS_NUMBER": HHH,
    "USA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": HHH,
    "USA_MEDICARE_BENEFICIARY_IDENTIFIER": HHH,
    "USA_NATIONAL_DRUG_CODE": HHH,
    "USA_NATIONAL_PROVIDER_IDENTIFIER": HHH,
    "USA_PASSPORT_NUMBER": MHH,
    "USA_SOCIAL_SECURITY_NUMBER": HHH,
    "US_DRUG_ENFORCEMENT_AGENCY_NUMBER": HHH,
}
BANKS = (  # countries of whose bank accounts Macie has an identifier
    "ALBANIA ANDORRA BOSNIA_AND_HERZEGOVINA BRAZIL BULGARIA COSTA_RICA CROATIA CYPRUS CZECH_REPUBLIC "
    "DENMARK DOMINICAN_REPUBLIC EGYPT ESTONIA FAROE_ISLANDS FINLAND FRANCE GEORGIA GERMANY GREECE "
    "GREENLAND HUNGARY ICELAND IRELAND ITALY JORDAN KOSOVO LIECHTENSTEIN LITHUANIA MALTA MAURITANIA "
    "MAURITIUS MONACO MONTENEGRO NETHERLANDS NORTH_MACEDONIA POLAND PORTUGAL SAN_MARINO SENEGAL "
    "SERBIA SLOVAKIA SLOVENIA SPAIN SWEDEN SWITZERLAND TIMOR_LESTE TUNISIA TURKIYE UK UKRAINE "
    "UNITED_ARAB_EMIRATES VIRGIN_ISLANDS"
)
MACIE |= {f"{country}_BANK_ACCOUNT_NUMBER": HHH for country in BANKS.split()}
MACIE |= {
    "CANADA_HEALTH_NUMBER": HHH,
    "CREDIT_CARD_EXPIRATION": LMH,
    "CREDIT_CARD_NUMBER_(NO_KEYWORD)": HHH,
    "CREDIT_CARD_SECURITY_CODE": MHH,
    "EUROPEAN_HEALTH_INSURANCE_CARD_NUMBER": HHH,
    "FINLAND_EUROPEAN_HEALTH_INSURANCE_NUMBER": HHH,
    "FRANCE_HEALTH_INSURANCE_NUMBER": HHH,
    "MEDICAL_DEVICE_UDI": LMH,
    "USA_HEALTHCARE_PROCEDURE_CODE": HHH,
    "USA_HEALTH_INSURANCE_CLAIM_NUMBER": HHH,
}
OWN = {  # where Macie has no identifier, or one of another cut
    "ANTHROPIC_API_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_CREDENTIAL_PAIR",
    "AWS_SESSION_TOKEN",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "COMMAND_LINE_CREDENTIALS",
    "DRIVING_LICENSE_NUMBER",
    "EMAIL_ADDRESS",
    "EMPLOYER",
    "GCP_SERVICE_ACCOUNT_KEY",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "HEALTH_PLAN_BENEFICIARY_NUMBER",
    "HTTP_BEARER_AUTH_HEADER",
    "IBAN",
    "ICD_10_CODE",
    "INTERNATIONAL_PHONE_NUMBER",
    "IP_ADDRESS",
    "LOCAL_PHONE_NUMBER",
    "JOB_TITLE",
    "MEDICAL_RECORD_NUMBER",
    "NATIONAL_IDENTIFICATION_NUMBER",
    "NPM_TOKEN",
    "OPENAI_API_KEY",
    "PASSPORT_NUMBER",
    "PASSWORD",
    "PASSWORD_ASSIGNMENT",
    "PHONE_NUMBER_UNFORMATTED",
    "PYPI_TOKEN",
    "SECRET_ASSIGNMENT",
    "SENDGRID_API_KEY",
    "SLACK_TOKEN",
    "SLACK_WEBHOOK_URL",
    "SWIFT_BIC",
    "TWILIO_API_KEY",
    "URL_CREDENTIALS",
    "USA_BANK_ROUTING_NUMBER",
    "USERNAME",
    "USA_SOCIAL_SECURITY_NUMBER_UNFORMATTED",
}
OWN |= {  # read in prose
    "DATE",
    "HEALTH_CONDITION",
    "LOCATION",
    "MEDICAL_PROCEDURE",
    "MEDICATION",
    "ORGANIZATION",
}
OWN |= {  # money and health
    "AGE_OVER_89",
    "HEALTH_SERVICE_DATE",
    "IBAN_LOWER_CASE",
    "AUSTRALIA_BANK_ACCOUNT_NUMBER",
    "AUSTRALIA_BSB_NUMBER",
    "BELGIUM_BANK_ACCOUNT_NUMBER",
    "BITCOIN_ADDRESS",
    "BITCOIN_CASH_ADDRESS",
    "BITCOIN_SEGWIT_ADDRESS",
    "CANADA_BANK_TRANSIT_NUMBER",
    "CARDANO_ADDRESS",
    "COSMOS_ADDRESS",
    "DASH_ADDRESS",
    "DOGECOIN_ADDRESS",
    "ETHEREUM_ADDRESS",
    "FHIR_CLINICAL_RECORD",
    "FHIR_COVERAGE",
    "FHIR_PATIENT",
    "FHIR_PATIENT_IDENTIFIER",
    "HEALTH_CLAIM_NUMBER",
    "HEALTH_PLAN_GROUP_NUMBER",
    "HL7_DIAGNOSIS",
    "HL7_INSURANCE_IDENTIFIER",
    "HL7_NEXT_OF_KIN",
    "HL7_OBSERVATION",
    "HL7_ORDER_NUMBER",
    "HL7_PATIENT_BIRTH_DATE",
    "HL7_PATIENT_IDENTIFIER",
    "HL7_PATIENT_NAME",
    "HL7_PATIENT_SSN",
    "INDIA_IFSC_CODE",
    "INDIA_UPI_ID",
    "INSURANCE_POLICY_NUMBER",
    "LABORATORY_ACCESSION_NUMBER",
    "LABORATORY_ORDER_NUMBER",
    "LITECOIN_ADDRESS",
    "LITECOIN_LEGACY_ADDRESS",
    "LOINC_CODE",
    "MEXICO_CLABE_NUMBER",
    "MONERO_ADDRESS",
    "NORWAY_BANK_ACCOUNT_NUMBER",
    "PATIENT_ACCOUNT_NUMBER",
    "POLKADOT_ADDRESS",
    "PRESCRIPTION_NUMBER",
    "SOLANA_ADDRESS",
    "STELLAR_ADDRESS",
    "TRON_ADDRESS",
    "UK_DOMESTIC_ACCOUNT_NUMBER",
    "UK_SORT_CODE",
    "USA_EMPLOYER_IDENTIFICATION_NUMBER",
    "X12_BIRTH_DATE",
    "X12_CLAIM_IDENTIFIER",
    "X12_DIAGNOSIS",
    "X12_MEMBER_IDENTIFIER",
    "X12_PATIENT_NAME",
    "X12_PROCEDURE",
    "X12_REFERENCE_IDENTIFIER",
    "XRP_ADDRESS",
    "ZCASH_ADDRESS",
}


PACKS = {
    path.stem: [detector for detector in DETECTORS.values() if detector.file == path]
    for path in sorted({detector.file for detector in DETECTORS.values()})
}
by_pack = pytest.mark.parametrize("pack", PACKS)

VENDORS = "secrets_"  # packs of many formats that are alike: fewer examples, their labels in the expressions
COUNTRIES = (
    "country_",
    "devices",
    "national_ids_",
    "postal_codes",
    "special_categories",
    "tax_ids_",
    "travel_",
)
"""Packs of what Macie has no identifier of."""
GENERIC = frozenset(
    {"secrets_hashes", "secrets_keys", "secrets_passwords", "secrets_shapes"}
)  # formats that are no vendor's


def exact(detector: Detector) -> re.Pattern[bytes]:
    return re.compile((detector.exact or "").encode(), re.IGNORECASE if detector.caseless else 0)


class Coarse:
    """The coarse expressions of a pack in one database."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self.ids = {detector.id: number for number, detector in enumerate(detectors)}
        self.database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self.database.compile(
            expressions=[(detector.coarse or "").encode() for detector in detectors],
            ids=list(self.ids.values()),
            elements=len(detectors),
            flags=[hyperscan.HS_FLAG_CASELESS if detector.caseless else 0 for detector in detectors],
        )
        self.scratch = hyperscan.Scratch(self.database)

    def ends(self, detector: Detector, text: bytes) -> list[int]:
        wanted, ends = self.ids[detector.id], list[int]()

        def note(number: int, start: int, end: int, flags: int, context: object) -> None:
            if number == wanted:
                ends.append(end)

        self.database.scan(text, match_event_handler=note, scratch=self.scratch)
        return ends


@by_pack
def test_examples(pack: str) -> None:
    wrong = []
    for detector in PACKS[pack]:
        if detector.cells or detector.prose:
            wrong += list(failures(detector))
            continue
        classifier = Classifier([detector], fingerprint_key=bytes(32))
        for examples, expected in ((detector.positive, {detector.id}), (detector.negative, set())):
            for number, example in enumerate(examples, 1):
                matches = classifier.classify(example.encode())
                found = {detector.id for match in matches if named([detector], match.detector)}
                if found != expected:
                    wrong.append(f"{detector.id}: {'positive' if expected else 'negative'} {number}")
    assert wrong == []


@pytest.mark.parametrize("pack", [name for name, own in PACKS.items() if any(one.exact for one in own)])
def test_exact_matches_are_near_a_coarse_hit(pack: str) -> None:
    patterns = [detector for detector in PACKS[pack] if detector.exact is not None]
    coarse = Coarse(patterns)
    wrong = []
    for detector in patterns:
        expression = exact(detector)
        for number, example in enumerate(detector.positive, 1):
            # a value may stand at the very start or end of the data, or among others
            for text in (example.encode(), b"\n" + example.encode() + b"\n", (example * 2).encode()):
                ends = coarse.ends(detector, text)
                for match in expression.finditer(text):
                    near = any(match.start() <= end <= match.end() + 2 for end in ends)
                    if not near or len(match[0]) > detector.max_length:
                        wrong.append(f"{detector.id}: positive {number}")
                    # As a cell of a table: no byte around it. Not where a label is in the expression.
                    if expression.fullmatch(match[0]) and not coarse.ends(detector, match[0]):
                        wrong.append(f"{detector.id}: positive {number} alone")
    assert wrong == []


@by_pack
def test_detectors_say_enough(pack: str) -> None:
    positive, negative = (2, 1) if pack.startswith(VENDORS) else (3, 3)
    for detector in PACKS[pack]:
        assert len(detector.positive) >= positive, detector.id
        assert len(detector.negative) >= negative, detector.id
        assert detector.source.startswith("https://"), detector.id
        assert len(detector.remediation) > 20, detector.id
        if detector.tier is Tier.VERIFIED:
            assert detector.validator is not None, detector.id
        if detector.live_credential:
            assert detector.category is Category.CREDENTIALS, detector.id


@by_pack
def test_a_value_that_needs_context_does_not_match_alone(pack: str) -> None:
    """The tier `context`: a keyword is required, or the expression holds what stands beside the value."""
    for detector in PACKS[pack]:
        if detector.tier is Tier.CONTEXT and not detector.keyed and not detector.cells:
            assert pack.startswith((VENDORS, *COUNTRIES)), detector.id
            expression = exact(detector)
            for example in detector.positive:
                for match in expression.finditer(example.encode()):
                    assert expression.search(match["value"]) is None, detector.id


@cache
def vendors() -> Classifier:
    """What finds the tokens of vendors that tell themselves."""
    telling = [
        detector
        for pack, detectors in PACKS.items()
        if pack.startswith(VENDORS) and pack not in GENERIC
        for detector in detectors
        if detector.tier in (Tier.PATTERN, Tier.VERIFIED) and not detector.keyed
    ]
    return Classifier(telling, fingerprint_key=bytes(32), depth=0)


@by_pack
def test_no_file_holds_a_whole_token(pack: str) -> None:
    """Other scanners would report it, and a push of it would be refused."""
    content = PACKS[pack][0].file.read_bytes()
    found = vendors().classify(content)
    lines = {content.count(b"\n", 0, match.location.byte_start) + 1: match.detector for match in found}
    assert lines == {}


@pytest.mark.parametrize("name, severity", MACIE.items())
def test_macie_types_have_macies_name_and_severity(name: str, severity: tuple[str, str, str]) -> None:
    assert DETECTORS[name].severity == tuple(map(Severity, severity))


def test_every_detector_is_macies_or_known_to_be_ours() -> None:
    assert (MACIE.keys() | OWN) <= DETECTORS.keys()
    told = {name for name, detector in DETECTORS.items() if detector.macie} | MACIE.keys() | OWN
    others = DETECTORS.keys() - told
    packs = {DETECTORS[name].file.stem for name in others}
    assert {pack for pack in packs if not pack.startswith((VENDORS, *COUNTRIES))} == set()


def test_every_category_has_detectors() -> None:
    categories = Counter(detector.category for detector in DETECTORS.values())
    assert categories.keys() == set(Category) - {Category.CUSTOM_IDENTIFIER}


@pytest.mark.parametrize(
    "seed",
    [
        "A1",
        "a.",
        "1-",
        "1 ",
        "x@a.",
        "://a:",
        'password="',
        "-----BEGIN RSA PRIVATE" + " KEY-----\n",
        "ey" + "JaaaaB",
        "api_key=",
        "token: '",
        "secret_key_",
        "a1B2c3D4",
        '{"key": "',
        "%20",
        "\\n",
    ],
)
def test_hostile_text_does_not_run_away(seed: str) -> None:
    """Long runs of what the expressions are made of; an expression that runs away would hang the test."""
    text = (seed * (40_000 // len(seed))).encode()
    for match in everything().classify(text):
        assert (match.location.byte_end or 0) - (match.location.byte_start or 0) <= LONGEST


@cache
def everything() -> Classifier:
    return Classifier(list(DETECTORS.values()), fingerprint_key=bytes(32), max_matches=10_000)
