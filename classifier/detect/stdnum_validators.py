"""Checks of national numbers that python-stdnum computes, each imported when a value first asks for it.

A check is named after the module of stdnum that has it, the country first: `pl_pesel` is `stdnum.pl.pesel`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache

from classifier.detect.digits import digits, repeats_one

_MODULES = (
    "ad.nrt", "al.nipt", "at.tin", "at.vnr", "az.voen", "bg.egn", "bg.pnf", "by.unp", "ch.ssn",
    "cn.ric", "cn.uscc", "cr.cpf", "cr.cpj", "cr.cr", "cu.ni", "cy.vat", "cz.rc", "dk.cpr", "do.cedula",
    "do.rnc", "dz.nif", "ec.ci", "ec.ruc", "ee.ik", "eg.tn", "fi.hetu", "fo.vn", "gh.tin", "gn.nifp",
    "gr.amka",
    "gr.vat", "gt.nit", "hr.oib", "id.nik", "id.npwp", "ie.pps", "il.idnr", "in_.epic", "in_.gstin",
    "in_.vid", "jp.in_", "ke.pin", "li.peid", "lt.asmens", "lv.pvn", "ma.ice",
    "md.idno", "mk.edb", "mu.nid", "my.nric", "mz.nuit", "nl.bsn", "nl.identiteitskaartnummer",
    "no.fodselsnummer", "nz.ird", "pe.cui", "pe.ruc", "pl.nip", "pl.pesel", "pt.cc", "pt.nif",
    "py.ruc", "ro.cnp", "rs.pib", "ru.inn", "se.personnummer", "si.ddv", "si.emso", "sk.rc", "sn.ninea",
    "sv.nit", "th.pin", "th.tin", "tn.mf", "tr.tckimlik", "tr.vkn", "ua.rntrc", "uy.rut", "ve.rif", "vn.mst",
    "za.idnr", "za.tin",
)  # fmt: skip


@cache
def _is_valid(module: str) -> Callable[[str], bool]:
    """Return the module's own check, imported."""
    check: Callable[[str], bool] = importlib.import_module(f"stdnum.{module}").is_valid
    return check


def _check(module: str) -> Callable[[bytes], bool]:
    """Return the check that the module of stdnum has; a number of one digit repeated is a placeholder."""

    def holds(value: bytes) -> bool:
        number = digits(value)
        if len(number) > 2 and repeats_one(number):
            return False
        try:
            return bool(_is_valid(module)(value.decode("ascii")))
        except (ValueError, IndexError, KeyError):  # not what stdnum expects of the value's form
            return False

    holds.__name__ = module.replace("_.", ".").replace(".", "_").rstrip("_")
    holds.__doc__ = f"Structure and check digits as python-stdnum's `{module}` has them."
    return holds


STDNUM_VALIDATORS = tuple(map(_check, _MODULES))
