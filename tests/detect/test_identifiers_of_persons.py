"""Amazon Macie's managed data identifiers of persons: their names, severities, keywords and examples."""

from __future__ import annotations

import pytest

from classifier.detect import Classifier, shipped_packs
from classifier.model import Category, Tier

DETECTORS = {detector.id: detector for detector in shipped_packs()}

# Severity at 1, 2-99 and 100 or more occurrences, by its initials (Macie's user guide).
LADDERS = {
    "LMH": """
        DATE_OF_BIRTH AUSTRALIA_DRIVERS_LICENSE AUSTRIA_DRIVERS_LICENSE BELGIUM_DRIVERS_LICENSE
        BULGARIA_DRIVERS_LICENSE CANADA_DRIVERS_LICENSE CROATIA_DRIVERS_LICENSE CYPRUS_DRIVERS_LICENSE
        CZECHIA_DRIVERS_LICENSE DENMARK_DRIVERS_LICENSE ESTONIA_DRIVERS_LICENSE FINLAND_DRIVERS_LICENSE
        FRANCE_DRIVERS_LICENSE GERMANY_DRIVERS_LICENSE GREECE_DRIVERS_LICENSE HUNGARY_DRIVERS_LICENSE
        INDIA_DRIVERS_LICENSE IRELAND_DRIVERS_LICENSE ITALY_DRIVERS_LICENSE LATVIA_DRIVERS_LICENSE
        LITHUANIA_DRIVERS_LICENSE LUXEMBOURG_DRIVERS_LICENSE MALTA_DRIVERS_LICENSE
        NETHERLANDS_DRIVERS_LICENSE POLAND_DRIVERS_LICENSE PORTUGAL_DRIVERS_LICENSE ROMANIA_DRIVERS_LICENSE
        SLOVAKIA_DRIVERS_LICENSE SLOVENIA_DRIVERS_LICENSE SPAIN_DRIVERS_LICENSE SWEDEN_DRIVERS_LICENSE
        UK_DRIVERS_LICENSE DRIVERS_LICENSE HTTP_COOKIE BRAZIL_CEP_CODE BRAZIL_PHONE_NUMBER
        FRANCE_PHONE_NUMBER GERMANY_PHONE_NUMBER ITALY_PHONE_NUMBER SPAIN_PHONE_NUMBER UK_PHONE_NUMBER
        PHONE_NUMBER
    """,
    "HHH": """
        UK_ELECTORAL_ROLL_NUMBER ARGENTINA_DNI_NUMBER BRAZIL_RG_NUMBER CHILE_RUT_NUMBER
        COLOMBIA_CITIZENSHIP_CARD_NUMBER FRANCE_NATIONAL_IDENTIFICATION_NUMBER
        GERMANY_NATIONAL_IDENTIFICATION_NUMBER INDIA_AADHAAR_NUMBER ITALY_NATIONAL_IDENTIFICATION_NUMBER
        MEXICO_CURP_NUMBER SPAIN_DNI_NUMBER UK_NATIONAL_INSURANCE_NUMBER
        CANADA_NATIONAL_IDENTIFICATION_NUMBER CANADA_SOCIAL_INSURANCE_NUMBER SPAIN_SOCIAL_SECURITY_NUMBER
        USA_SOCIAL_SECURITY_NUMBER ARGENTINA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER AUSTRALIA_TAX_FILE_NUMBER
        BRAZIL_CNPJ_NUMBER BRAZIL_CPF_NUMBER COLOMBIA_INDIVIDUAL_NIT_NUMBER FRANCE_TAX_IDENTIFICATION_NUMBER
        GERMANY_TAX_IDENTIFICATION_NUMBER INDIA_PERMANENT_ACCOUNT_NUMBER MEXICO_INDIVIDUAL_RFC_NUMBER
        SPAIN_NIE_NUMBER SPAIN_NIF_NUMBER SPAIN_TAX_IDENTIFICATION_NUMBER UK_TAX_IDENTIFICATION_NUMBER
        USA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER
    """,
    "LMM": """
        LATITUDE_LONGITUDE
    """,
    "MHH": """
        CANADA_PASSPORT_NUMBER FRANCE_PASSPORT_NUMBER GERMANY_PASSPORT_NUMBER ITALY_PASSPORT_NUMBER
        SPAIN_PASSPORT_NUMBER UK_PASSPORT_NUMBER USA_PASSPORT_NUMBER
    """,
    "MMH": """
        ARGENTINA_TARJETA_SUBE ARGENTINA_ORGANIZATION_TAX_IDENTIFICATION_NUMBER
        COLOMBIA_ORGANIZATION_NIT_NUMBER MEXICO_ORGANIZATION_RFC_NUMBER
    """,
    "LLM": """
        VEHICLE_IDENTIFICATION_NUMBER
    """,
}
SEVERITY = {name: ladder for ladder, names in LADDERS.items() for name in names.split()}
ALERTED = (
    "CANADA_DRIVERS_LICENSE",
    "UK_DRIVERS_LICENSE",
    "DRIVERS_LICENSE",
    "UK_ELECTORAL_ROLL_NUMBER",
    "FRANCE_NATIONAL_IDENTIFICATION_NUMBER",
    "GERMANY_NATIONAL_IDENTIFICATION_NUMBER",
    "ITALY_NATIONAL_IDENTIFICATION_NUMBER",
    "SPAIN_DNI_NUMBER",
    "UK_NATIONAL_INSURANCE_NUMBER",
    "CANADA_PASSPORT_NUMBER",
    "FRANCE_PASSPORT_NUMBER",
    "GERMANY_PASSPORT_NUMBER",
    "ITALY_PASSPORT_NUMBER",
    "SPAIN_PASSPORT_NUMBER",
    "UK_PASSPORT_NUMBER",
    "USA_PASSPORT_NUMBER",
    "CANADA_SOCIAL_INSURANCE_NUMBER",
    "SPAIN_SOCIAL_SECURITY_NUMBER",
    "USA_SOCIAL_SECURITY_NUMBER",
    "AUSTRALIA_TAX_FILE_NUMBER",
    "BRAZIL_CPF_NUMBER",
    "FRANCE_TAX_IDENTIFICATION_NUMBER",
    "GERMANY_TAX_IDENTIFICATION_NUMBER",
    "SPAIN_NIE_NUMBER",
    "SPAIN_NIF_NUMBER",
    "SPAIN_TAX_IDENTIFICATION_NUMBER",
    "USA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
)
"""What Macie looks for where a job names no identifiers."""
NEVER = {  # values that Macie never reports
    "ARGENTINA_DNI_NUMBER": ["DNI: 99999999", "DNI: 99.999.999", "DNI: 00000000"],
    "CHILE_RUT_NUMBER": ["RUT: 00000000-K", "RUT 00.000.000-0"],
    "MEXICO_INDIVIDUAL_RFC_NUMBER": ["RFC: XAXX010101000", "RFC: XEXX010101000"],
}
ALONE = {"HTTP_COOKIE", "PHONE_NUMBER", "USA_SOCIAL_SECURITY_NUMBER"}  # found without a keyword too

each = pytest.mark.parametrize("name", SEVERITY)


def found(name: str, text: str) -> bool:
    classifier = Classifier([DETECTORS[name]], fingerprint_key=bytes(32))
    return any(match.detector == name for match in classifier.classify(text.encode()))


def test_all_of_them_are_here() -> None:
    assert len(SEVERITY) == 85


@each
def test_severity_is_macies(name: str) -> None:
    initials = "".join(severity.value[0] for severity in DETECTORS[name].severity)
    assert initials.upper() == SEVERITY[name]
    assert DETECTORS[name].macie
    assert DETECTORS[name].category is Category.PERSONAL_INFORMATION


@each
def test_a_keyword_is_required_where_macie_requires_one(name: str) -> None:
    assert DETECTORS[name].keyed is (name not in ALONE)


@pytest.mark.parametrize("name", ALERTED)
def test_what_macie_alerts_on_is_recommended(name: str) -> None:
    assert DETECTORS[name].recommended


@each
def test_only_what_few_random_values_pass_is_verified(name: str) -> None:
    detector = DETECTORS[name]
    if detector.tier is Tier.VERIFIED:
        assert detector.validator is not None
        assert detector.pass_rate is not None
        assert detector.pass_rate <= 0.03


@pytest.mark.parametrize("name, text", [(name, text) for name, texts in NEVER.items() for text in texts])
def test_what_macie_never_reports_stays_quiet(name: str, text: str) -> None:
    assert not found(name, text)


@pytest.mark.parametrize("code", ["+33 1 44 27 34 00", "+33144273400", "0033 1 44 27 34 00 tel"])
def test_a_calling_code_is_a_keyword(code: str) -> None:
    assert found("FRANCE_PHONE_NUMBER", code)
    assert not found("FRANCE_PHONE_NUMBER", "01 44 27 34 00")
