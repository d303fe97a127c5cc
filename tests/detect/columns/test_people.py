"""What values look like names, places, streets, companies, occupations and user names."""

from __future__ import annotations

import pytest

from classifier.detect.columns import people
from classifier.detect.columns.people import Text

LIKE = {
    people.is_given_name: ["Hanna", "María José", "Jean-Pierre", "ZOË", "Łukasz"],
    people.is_surname: ["Schreiber", "van Dijk", "Müller", "O'Brien", "García Márquez", "Nowak"],
    people.is_full_name: [
        "Hanna Schreiber",
        "Schreiber, Hanna",
        "Dr. Martha Boyle",
        "Rocío Gallego Burgos",
        "Mr Scott Hardy Jr.",
        "Charlotte van Vliet",
    ],
    people.is_city: ["Leipzig", "West Kellyville", "Saint-Étienne", "São Paulo", "Jonesborough", "Bad Tölz"],
    people.is_street: [
        "12 Oak Street",
        "Gartenweg 4",
        "Calle de Alicia 98",
        "rue de la Paix",
        "ul. Zdrojowa 99",
    ],
    people.is_company: [
        "Vogt & Lindner GmbH",
        "Nordskog AB",
        "Smith, Jones and Brown",
        "Talleres Vidal S.L.",
    ],
    people.is_job: ["Electrical engineer", "Infirmière", "Nurse, adult", "Kaufmann im Einzelhandel"],
    people.is_username: ["hschreiber", "martha.boyle", "oskar88", "boylemartha"],
}
UNLIKE = {
    people.is_given_name: ["", "42", "Wireless", "Blue Chair", "a.b@c.de"],
    people.is_surname: ["", "x7", "wireless mouse", "user_name"],
    people.is_full_name: ["", "Hanna", "Steel Chair", "Smith and Jones", "Boyle 42", "Hanna Hanna"],
    people.is_city: ["", "x", "12", "in stock", "blue"],
    people.is_street: ["", "Oak", "42", "wireless mouse"],
    people.is_company: ["", "Hanna Schreiber", "blue chair"],
    people.is_job: ["", "blue chair", "Leipzig"],
    people.is_username: ["", "Hanna Schreiber", "HANNA", "x7q9z2", "zzzzqqq"],
}


@pytest.mark.parametrize("test", LIKE, ids=lambda test: test.__name__)
def test_values_that_look_so(test: people.Test) -> None:
    assert [value for value in LIKE[test] if not test(Text(value))] == []


@pytest.mark.parametrize("test", UNLIKE, ids=lambda test: test.__name__)
def test_values_that_do_not(test: people.Test) -> None:
    assert [value for value in UNLIKE[test] if test(Text(value))] == []
