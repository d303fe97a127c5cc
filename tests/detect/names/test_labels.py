"""What labels, titles, greetings, lists and forms of streets tell, without a model."""

import pytest

from classifier.detect.names.labels import told
from classifier.detect.names.spelling import language, plain

NAMES = [
    pytest.param("Patient: Hanna Schreiber", "Hanna Schreiber", id="label"),
    pytest.param("PATIENT NAME: SCHREIBER, HANNA", "SCHREIBER, HANNA", id="label in capitals"),
    pytest.param("Nombre:  Rocío.\nEdad: 53", "Rocío", id="Spanish label"),
    pytest.param("Apellidos: De Miguel Rivera.", "De Miguel Rivera", id="Spanish surnames"),
    pytest.param(
        "Médico: Estefanía Romero Selas  NºCol: 28", "Estefanía Romero Selas", id="two labels in a line"
    ),
    pytest.param("Nom et prénom : Fournier Amélie", "Fournier Amélie", id="French label"),
    pytest.param("Versicherter: Jürgen Weiß, geb. 1960", "Jürgen Weiß", id="German label"),
    pytest.param("Paziente: Giulia Accardo", "Giulia Accardo", id="Italian label"),
    pytest.param("Nome completo: João dos Santos", "João dos Santos", id="Portuguese label"),
    pytest.param("Klant: Pieter van der Berg", "Pieter van der Berg", id="Dutch label"),
    pytest.param("Imię i nazwisko: Łukasz Żak", "Łukasz Żak", id="Polish label"),
    pytest.param("Dear Hanna,\nthank you", "Hanna", id="greeting"),
    pytest.param("Sehr geehrter Herr Schreiber,\nwir", "Schreiber", id="German greeting"),
    pytest.param("Estimada Sra. Gallego:", "Gallego", id="Spanish greeting"),
    pytest.param("I spoke with Mrs. Villanueva today", "Mrs. Villanueva", id="title"),
    pytest.param("Die Mieterin Frau Lindner zahlt", "Frau Lindner", id="German title"),
    pytest.param("La firma de Miriam Kowalczyk falta", "Miriam Kowalczyk", id="lists"),
]
ADDRESSES = [
    pytest.param("we live at 12 Oak Street now", "12 Oak Street", id="English"),
    pytest.param(
        "Domicilio: Calle Carmen Romero, 23, 1D.", "Calle Carmen Romero, 23, 1D", id="Spanish label"
    ),
    pytest.param("wohnt Gartenstraße 4 in", "Gartenstraße 4", id="German"),
    pytest.param("habite 14 rue de la Paix depuis", "14 rue de la Paix", id="French"),
    pytest.param("abita in Via Garibaldi 8 da", "Via Garibaldi 8", id="Italian"),
    pytest.param("mieszka przy ul. Długa 5 od", "ul. Długa 5", id="Polish"),
    pytest.param("woont aan de Keizersgracht 12 te", "Keizersgracht 12", id="Dutch"),
]
NOBODY = [
    "Dear Customer,",
    "Dear Sir or Madam,",
    "Name: Not Available Today Error",
    "Hello World",
    "Contact: Customer Service",
    "Step 4 Open the Control Panel",
    "class Name: Public",
]


def kinds(text: str, kind: str) -> list[str]:
    return [text[item.start : item.end] for item in told(text, plain(text)) if item.kind == kind]


@pytest.mark.parametrize("text, name", NAMES)
def test_names(text: str, name: str) -> None:
    assert name in kinds(text, "PERSON")


@pytest.mark.parametrize("text, address", ADDRESSES)
def test_addresses(text: str, address: str) -> None:
    assert any(found.startswith(address) for found in kinds(text, "ADDRESS"))


@pytest.mark.parametrize("text", NOBODY)
def test_nobody(text: str) -> None:
    assert kinds(text, "PERSON") == []


@pytest.mark.parametrize(
    "text, code",
    [
        ("the office of the company is in Leipzig", "en"),
        ("el paciente es un varón que ingresa por dolor", "es"),
        ("la maison est dans une rue avec des arbres", "fr"),
        ("der Vertrag ist nicht mit dem Mieter", "de"),
        ("il contratto non è del cliente della banca", "it"),
        ("o contrato não foi para os clientes do banco", "pt"),
        ("het contract is niet van de klant", "nl"),
        ("umowa nie jest dla klienta i nie ma", "pl"),
        ("Hanna Schreiber", "en"),
    ],
)
def test_language(text: str, code: str) -> None:
    assert language(plain(text)) == code


def test_plain_spelling_keeps_places() -> None:
    for text in ("Łódź ßß İstanbul ﬁn Ærø", "e\u0301", "日本 Ωμέγα"):
        assert len(plain(text)) == len(text)
