"""What columns are called: spellings, languages, attributes; and the lexicon against the packs."""

from __future__ import annotations

import pytest

from classifier.detect import shipped_packs
from classifier.detect.columns.headers import sense_of
from classifier.detect.columns.lexicon import phrases, titles
from classifier.detect.columns.shapes import FORMATTED, LOOKS

ELSEWHERE = {"MAC_ADDRESS", "VEHICLE_IDENTIFICATION_NUMBER"}  # detectors that a pack of a user may have


@pytest.mark.parametrize(
    "name, kind",
    [
        ("first_name", "first_name"),
        ("FirstName", "first_name"),
        ("customerFirstName", "first_name"),
        ("FNAME", "first_name"),
        ("Vorname", "first_name"),
        ("prénom", "first_name"),
        ("imię", "first_name"),
        ("lname", "last_name"),
        ("Apellidos", "last_name"),
        ("nom_de_famille", "last_name"),
        ("Nombre y apellidos", "full_name"),
        ("customer.name", "full_name"),
        ("name", "name"),
        ("dob", "date_of_birth"),
        ("Date of Birth", "date_of_birth"),
        ("fecha_nacimiento", "date_of_birth"),
        ("PLZ", "postal_code"),
        ("codigoPostal", "postal_code"),
        ("ZIP/Postal code", "postal_code"),
        ("tel", "phone"),
        ("home_phone_2", "phone"),
        ("phone1", "phone"),
        ("customeremail", "email"),
        ("E-Mail", "email"),
        ("Straße", "street"),
        ("address.city", "city"),
        ("userName", "username"),
        ("contraseña", "password"),
        ("身份证", "national_id"),
        ("SSN", "national_id"),
        ("codice_fiscale", "national_id"),
        ("passportNo", "passport"),
        ("drivers_license", "driving_licence"),
        ("jobTitle", "job"),
        ("Company Name", "company"),
        ("MRN", "mrn"),
        # what is nobody's, or only about something
        ("email_verified", "attribute"),
        ("phone_type", "attribute"),
        ("is_email", "attribute"),
        ("ssn_last4", "attribute"),
        ("password_hash", "digest"),
        ("passport_expiry_date", "time"),
        ("user_id", "identifier"),
        ("contact_id", "identifier"),
        ("address_id", "identifier"),
        ("order_total", "amount"),
        ("product_name", "product"),
        ("product.name", "product"),
        ("Nombre del producto", "product"),
        ("file_name", "product"),
        ("created_at", "time"),
        ("lat", "coordinate"),
        ("md5", "digest"),
        ("uuid", "uuid"),
    ],
)
def test_a_name_says_what_the_column_holds(name: str, kind: str) -> None:
    sense = sense_of(name)
    assert sense is not None
    assert sense.kind == kind


@pytest.mark.parametrize("name", ["", "c00", "field_7", "xyzzy", "..", "_", "列"])
def test_a_name_may_say_nothing(name: str) -> None:
    assert sense_of(name) is None


@pytest.mark.parametrize("name, weak", [("name", True), ("company", True), ("pin", True), ("surname", False)])
def test_some_names_need_values_that_agree(name: str, weak: bool) -> None:
    sense = sense_of(name)
    assert sense is not None
    assert sense.weak is weak


def test_the_lexicon_names_detectors_that_there_are() -> None:
    named = {name for kind in titles().kinds.values() for name in kind.detectors}
    assert named - {detector.id for detector in shipped_packs()} <= ELSEWHERE


def test_each_kind_of_persons_is_known_by_its_looks() -> None:
    personal = {kind.name for kind in titles().kinds.values() if kind.detectors}
    assert personal == LOOKS.keys()
    assert personal >= FORMATTED


def test_the_lists_of_words_have_their_sections() -> None:
    lists = phrases("cell_words.txt")
    for section in ("street", "street ending", "company", "job", "place beginning", "place ending", "owner"):
        assert lists[section], section
    assert {"dr", "jr", "van"} <= lists["no part of a name"]
