"""Checks of national and tax numbers, licences, telephones: published values, wrong digits, random ones."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from stdnum.ar import cuit
from stdnum.cl import rut
from stdnum.de import idnr
from stdnum.es import cif, nie, nif
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.mx import curp

from classifier.detect.digits import is_filler
from classifier.detect.licence_validators import LICENCE_VALIDATORS
from classifier.detect.national_validators import NATIONAL_VALIDATORS, icao_check
from classifier.detect.phone_validators import PHONE_VALIDATORS
from classifier.detect.registries import international_number
from classifier.detect.tax_validators import TAX_VALIDATORS
from classifier.detect.trace_validators import TRACE_VALIDATORS
from classifier.detect.validators import VALIDATORS

CASES: dict[str, tuple[list[str], list[str]]] = {  # validator → genuine, not genuine
    "ar_cuit": (["20-05536168-2", "30500010912"], ["20267565392", "2026756539", ""]),
    "ar_dni": (["22.732.048", "5861116"], ["99999999", "99.999.999", "00000000", "123456"]),
    "ar_sube": (["6061268100000005"], ["6061268100000006", "6062268100000001", "606126810000000"]),
    "au_tfn": (["123 456 782", "876543210"], ["999 999 999", ""]),
    "br_cep": (["26018-159", "03082462"], ["00000-000", "00999-999", "2601-159"]),
    "br_cnpj": (
        ["16.727.230/0001-97", "12.ABC.345/01DE-35", "12abc34501de35"],
        ["16.727.230/0001-98", "11111111111111", "12.ABC.345/01DE-36", "16.727.230/0001-9X", ""],
    ),
    "br_cpf": (["316.053.050-73", "40048126900"], ["316.053.050-74", "111.111.111-11", ""]),
    "br_rg": (["316053053", "69539082X", "12.345.679-0"], ["316053054", "11.111.111-1", "X", ""]),
    "ca_drivers_license": (
        ["A1234-56789-40615", "A1234-56789-45615", "T0168-201275-09", "ABCDE120475123", "4830166"],
        ["A1234-56789-41315", "A1234-56789-46315", "T0168-752012-09", "ABCDE121375123", "0000000"],
    ),
    "cl_rut": (["12.531.909-2", "87366956K", "87.366.956-k"], ["12531909-3", "00000000-0", "00000000-K"]),
    "co_company_nit": (["800.197.268-4", "8999990902"], ["800.197.268-5", "213.123.432-1"]),
    "co_person_nit": (["213.123.432-1"], ["213.123.432-2", "800.197.268-4", "1111111111"]),
    "de_drivers_license": (["B072RRE2I55", "J010000SD51"], ["B072RRE2I65", "B072RRE2I5", "1072RRE2I55"]),
    "de_identity_card": (
        ["T220001293", "L01X00T471", "L01X00T47", "LZ6311T475"],
        ["T220001294", "L01X00T472", "R12345678", "C01X00T47", "L00000000"],
    ),
    "de_passport": (["C01X00T47", "C01X00T478"], ["C01X00T479", "L01X00T47", "C12345678"]),
    "de_steuer_id": (["36 574 261 809", "86095742719"], ["36574261890", "36554266806", "00000000000"]),
    "es_cif": (["D61352415", "R0810111E"], ["D61352416", "A00000000", ""]),
    "es_dni": (["43464097P", "54362315-K"], ["43464097Q", "00000000T", "4346409P"]),
    "es_drivers_license": (["52992312J", "Y0810111L"], ["52992312K", "Y0810111M"]),
    "es_nie": (["Y2530829S", "X8990608T"], ["Y2530829T", ""]),
    "es_nif": (["87366946C", "K0867756N"], ["87366946D", "K0867756M", "K086775"]),
    "es_nss": (
        ["212601815995", "38/93518190/76", "280123456742"],
        ["212601815996", "992601815995", "000000000000", "2126018159"],
    ),
    "fi_drivers_license": (["131052-308T", "020418A076L"], ["131052-308U", "131352-308T"]),
    "fr_nir": (["2 95 10 99 126 111 93", "253072B07300470"], ["295109912611199", "253072C07300443"]),
    "fr_spi": (["30 23 217 600 053"], ["3023217600054", "0000000000000"]),
    "http_cookie": (
        ["SID=31d4d96e407aad42", "theme=dark; cart=8f3a91c27d"],
        ["name=value", "id=<token>", "theme=dark; Path=/", "a=b", "Expires=Tue, 15 Jan 2013"],
    ),
    "in_aadhaar": (["2341 2341 2346"], ["234123412347", "123412341234", "222222222222"]),
    "in_drivers_license": (
        ["MH03 20080022135", "DL-0420110149646"],
        ["XX03 20080022135", "MH03 18080022135", "MH00 20080022135", "MH03 20081111111"],
    ),
    "in_pan": (["ACUPA7085R"], ["ABMXA3211G", "ACUPA0000R", "ACUPA7085"]),
    "it_codice_fiscale": (["CNTPLA83A43I849H", "lzulcz18p04g135y"], ["CNTPLA83A43I849K", "02118311006"]),
    "latitude_longitude": (
        ["41.948614,-87.655311", "-33.856784; 151.215297"],
        ["91.948614,-87.655311", "41.948614,-187.655311", "0.0000,0.0000", "41.9"],
    ),
    "mx_curp": (["BOXW310820HNERXN09"], ["BOXW310820HNERXN08", "BOXW311320HNERXN09"]),
    "mx_rfc": (
        ["GODE561231GR8", "MAB-930714-8T4", "SAT970701NN3"],
        ["GODE561231GR9", "XAXX010101000", "XEXX010101000", "GODE561331GR8", "VACE460910SX6", ""],
    ),
    "not_filler": (["26018159", "AB123457"], ["00000000", "12345678", "987654321", "AB", ""]),
    "se_drivers_license": (["791116-9709", "200602068405"], ["791116-9708", "791316-9709"]),
    "uk_drivers_license": (
        ["MORGA657054SM9IJ", "MORGA753116SM9IJ 35"],
        ["MORGA667054SM9IJ", "MORGA657324SM9IJ", "MORGA600004SM9IJ", "99999657054SM9IJ", "MORGA65705"],
    ),
    "uk_tax_reference": (["1955839661", "1955839661K", "11A12347"], ["1955839662", "0000000000", "11A1111"]),
    "vehicle_identification_number": (
        ["1HGCM82633A004352", "L0S457P46UT5F8301", "WVWZZZ1JZ3W386752"],
        ["1HGCM82633A004353", "11111111111111111", "1HGCM82633A00435", "IHGCM82633A004352"],
    ),
    "phone_number": (
        ["+1 425 882 8080", "(212) 736-5000", "1-800-275-2273", "2127365000"],
        [
            "123-456-7890",
            "+999 123 4567",
            "+44 20 7946 0958",
            "+49 151 23456789",
            "1700000000",
            "+",
            "",
            "2222222222",
            "736-5000",
        ],
    ),
    "br_phone_number": (["(11) 3071-4562", "21 98876-5432"], ["00 3071-4562", "11 307-4562"]),
    "de_phone_number": (["030 18681-0815", "0151/23456789"], ["00186810815", "030"]),
    "es_phone_number": (["915 20 22 13", "600 123 459"], ["115 20 22 13", "915 20 22", "999999999"]),
    "fr_phone_number": (["01 44 27 34 00", "144273400"], ["00 44 27 34 00", "01 44 27 34"]),
    "it_phone_number": (["06 6988 3145", "347 1234875"], ["00 6988", "6 6988 3145"]),
    "uk_phone_number": (["020 7219 4272", "07911 234567", "020 7946 0083"], ["0999 999", "020 7219 42"]),
    "international_phone_number": (
        ["+41 44 668 18 00", "+44 (0)20 7219 4272", "+81 3-5843-7530"],
        ["+999 123 4567", "+41 44 668", "+1 555", "+"],
    ),
    "local_phone_number": (
        ["73 448 266", "(88) 684-334", "06-10446904", "55304000", "0034 915 20 22 13", "785 8949"],
        [
            "12-05-2021",
            "2021-05-12",
            "12.05.21",
            "2019-2020",
            "16.0.4266",
            "12 500",
            "1.250.000",
            "1732982400",
            "20261130",
            "1234567",
            "000-0000",
            "12-34",
            "3.14159265",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "name, text, genuine",
    [
        pytest.param(name, text, genuine, id=f"{name}-{number}-{'yes' if genuine else 'no'}")
        for name, cases in CASES.items()
        for genuine, texts in ((True, cases[0]), (False, cases[1]))
        for number, text in enumerate(texts)
    ],
)
def test_genuine_and_not(name: str, text: str, genuine: bool) -> None:
    assert VALIDATORS[name](text.encode()) is genuine


def test_every_validator_has_cases() -> None:
    checks = (
        *LICENCE_VALIDATORS,
        *NATIONAL_VALIDATORS,
        *PHONE_VALIDATORS,
        *TAX_VALIDATORS,
        *TRACE_VALIDATORS,
    )
    assert CASES.keys() == {check.__name__ for check in checks}


@pytest.mark.parametrize(
    "name, published, shape",
    [
        ("ar_cuit", cuit.is_valid, "20#########"),
        ("cl_rut", rut.is_valid, "1########"),
        ("de_steuer_id", idnr.is_valid, "###########"),
        ("es_cif", cif.is_valid, "B########"),
        ("es_nie", nie.is_valid, "X#######L"),
        ("es_nif", nif.is_valid, "K#######D"),
        ("fr_nir", nir.is_valid, "18506#########7"),
        ("it_codice_fiscale", codicefiscale.is_valid, "RSSMRA8#A#1H50#Z"),
        ("mx_curp", curp.is_valid, "BOXW3108#0HNERXN0#"),
    ],
)
def test_as_python_stdnum_has_it(name: str, published: object, shape: str) -> None:
    generator = random.Random(7)
    assert callable(published)
    for _ in range(400):
        text = "".join(str(generator.randrange(10)) if char == "#" else char for char in shape)
        assert VALIDATORS[name](text.encode()) == bool(published(text)), text


def test_international_number_as_libphonenumber_has_it() -> None:
    generator = random.Random(9)
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    answers = 0
    for _ in range(3_000):
        code, rest = generator.choice(codes), str(generator.randrange(10**8, 10**10))
        number = phonenumbers.PhoneNumber(country_code=code, national_number=int(rest))
        valid = phonenumbers.is_valid_number(number)
        assert international_number(f"{code}{rest}") == valid, f"{code}{rest}"
        answers += valid
    assert 50 < answers < 2_900


def test_check_digit_of_a_travel_document() -> None:
    assert icao_check("L898902C3") == "6"  # ICAO Doc 9303, part 4, appendix A
    assert icao_check("740812") == "2"


@pytest.mark.parametrize(
    "text, filler",
    [
        ("0000000", True),
        ("1234567", True),
        ("9876543", True),
        ("123456", False),
        ("1234568", False),
        ("", True),
    ],
)
def test_filler(text: str, filler: bool) -> None:
    assert is_filler(text) is filler
