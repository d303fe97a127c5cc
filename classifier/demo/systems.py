"""What the company's machines keep in S3: the website, backups, logs, the event lake, the cold archive.

Every function takes a random generator and returns the objects of one bucket, key → bytes.
"""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from random import Random

from classifier.demo import values
from classifier.demo.business import Objects, archive, jsonl, people, table

_PATHS = ("/api/orders", "/api/cart", "/api/stock", "/health", "/assets/app.js", "/api/prices")
_LEVELS = ("INFO", "INFO", "INFO", "DEBUG", "WARN")


def website(rng: Random) -> Objects:
    """A small shop window: nothing in it is sensitive."""
    objects: Objects = {
        "css/site.css": b"body { font-family: sans-serif; margin: 2rem auto; max-width: 60rem; }\n",
        "js/menu.js": b"document.querySelector('#menu').onclick = e => e.target.classList.toggle('open');\n",
        "img/logo.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><circle cx='4' cy='4' r='3'/></svg>\n",
        "robots.txt": b"User-agent: *\nAllow: /\n",
        "build.json": json.dumps({"commit": values.hexadecimal(rng, 40), "assets": 11}).encode(),
    }
    pages = {
        "index": "Gear for long days outside.",
        "about": "Four stores, one workshop, since 1987.",
        "contact": "Use the form, or come by.",
        "404": "This path is not on the map.",
        "products/rain-shell": "Three layers, 310 grams, six colours.",
        "products/camp-stove": "Boils a litre in four minutes.",
        "products/down-quilt": "Comfortable to minus five degrees.",
    }
    for name, sentence in pages.items():
        objects[f"{name}.html"] = _page(sentence)
    return objects


def backups(rng: Random) -> Objects:
    """Settings, keys and dumps as deployment scripts leave them: credentials of a dozen kinds."""
    key_id, secret = values.aws_access_key_id(rng), values.aws_secret_access_key(rng)
    database = values.url_with_credentials(rng)
    environment = {
        "APP_ENV": "production",
        "DATABASE_URL": database,
        "AWS_ACCESS_KEY_ID": key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
        "STRIPE_SECRET_KEY": values.stripe_key(rng),
        "SLACK_BOT_TOKEN": values.slack_token(rng),
        "PAGE_SIZE": "50",
    }
    state = {
        "version": 4,
        "terraform_version": "1.13.3",
        "serial": 87,
        "resources": [
            {
                "type": "aws_iam_access_key",
                "name": "deploy",
                "instances": [
                    {
                        "attributes": {
                            "id": values.aws_access_key_id(rng),
                            "secret": values.aws_secret_access_key(rng),
                            "secret_access_key": values.aws_secret_access_key(rng),
                        }
                    }
                ],
            },
            {
                "type": "aws_s3_bucket",
                "name": "logs",
                "instances": [{"attributes": {"force_destroy": False}}],
            },
        ],
    }
    rows = "".join(f"{number}\t{p.name}\t{p.email}\t{p.phone}\n" for number, p in enumerate(people(rng, 120)))
    dump = f"-- PostgreSQL database dump\nCOPY customers (id, name, email, phone) FROM stdin;\n{rows}\\.\n"
    compose = {"services": {"api": {"image": "orders-api:4.2", "environment": {"DATABASE_URL": database}}}}
    settings = f"[queue]\nurl = {values.url_with_credentials(rng, 'amqp')}\n"
    return {
        "deploy/.env": "".join(f"{name}={value}\n" for name, value in environment.items()).encode(),
        "deploy/docker-compose.json": json.dumps(compose, indent=2).encode(),
        "home/deploy/.aws/credentials": (
            f"[default]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n\n"
            f"[billing]\naws_access_key_id = {values.aws_access_key_id(rng)}\n"
            f"aws_secret_access_key = {values.aws_secret_access_key(rng)}\n"
        ).encode(),
        "home/deploy/.aws/config": b"[default]\nregion = us-east-1\noutput = json\n",
        "home/deploy/.ssh/id_ed25519": values.openssh_private_key(rng).encode(),
        "home/deploy/.git-credentials": f"https://deploy:{values.github_token(rng)}@github.com\n".encode(),
        "tls/shop.key": values.rsa_private_key(rng).encode(),
        "terraform/terraform.tfstate": json.dumps(state, indent=2).encode(),
        "scripts/release.sh": (
            f"#!/bin/sh\nset -eu\nexport GITHUB_TOKEN={values.github_token(rng)}\nmake release\n"
        ).encode(),
        "dumps/orders-2026-10-01.sql.gz": gzip.compress(dump.encode(), mtime=0),
        "dumps/orders-2026-10-01.sha256": f"{values.hexadecimal(rng, 64)}  orders.sql.gz\n".encode(),
        "etc/etc-2026-10-01.zip": archive(
            {
                "etc/hosts": b"127.0.0.1 localhost\n",
                "etc/orders/settings.ini": settings.encode(),
                "etc/orders/api.key": values.rsa_private_key(rng).encode(),
            }
        ),
        "restore.md": b"# Restore\n\nStop the workers, load the newest dump, start the workers.\n",
    }


def application_logs(rng: Random) -> Objects:
    """Two days of noise, plain and gzipped; two files leak what a debug line should not print."""
    objects: Objects = {}
    for hour in range(0, 24, 3):
        text = _log(rng, datetime(2026, 10, 1, hour), 250)
        objects[f"orders-api/2026/10/01/{hour:02d}.log.gz"] = gzip.compress(text.encode(), mtime=0)
    for hour in range(0, 24, 6):
        objects[f"web/2026/10/02/{hour:02d}.log"] = _access_log(
            rng, datetime(2026, 10, 2, hour), 200
        ).encode()
    events = ({"event": values.hexadecimal(rng, 16), "ms": rng.randint(1, 900)} for _ in range(200))
    objects["audit/2026-10-02.jsonl"] = jsonl(events)
    token = values.json_web_token(rng)
    leak = f"2026-10-02T03:00:07Z DEBUG auth request headers: Authorization: Bearer {token}\n"
    objects["orders-api/2026/10/02/03-debug.log"] = (_log(rng, datetime(2026, 10, 2, 3), 80) + leak).encode()
    error = f"2026-10-02T09:12:44Z ERROR payment refused for card number {values.grouped_card(rng)}\n"
    body = (_log(rng, datetime(2026, 10, 2, 9), 80) + error).encode()
    objects["orders-api/2026/10/02/09.log.gz"] = gzip.compress(body, mtime=0)
    return objects


def event_lake(rng: Random) -> Objects:
    """Page events without anything personal, and one table that joins the visitors to their addresses."""
    objects: Objects = {}
    for day in range(1, 6):
        events = (
            {"visitor": values.hexadecimal(rng, 32), "page": rng.choice(_PATHS), "ms": rng.randint(3, 4000)}
            for _ in range(150)
        )
        objects[f"events/dt=2026-10-{day:02d}/part-0000.jsonl.gz"] = gzip.compress(jsonl(events), mtime=0)
    visitors = ((values.hexadecimal(rng, 32), p.email, p.phone) for p in people(rng, 90))
    objects["joined/visitors.csv"] = table(("visitor", "email", "phone"), visitors)
    return objects


def cold_archive(rng: Random) -> Objects:
    """Folder markers, empty objects, keys with odd characters, and old ledgers (put into Glacier)."""
    objects: Objects = {"2018/": b"", "2019/": b"", "2019/empty.csv": b"", "2019/.keep": b""}
    for year in (2018, 2019, 2020):
        rows = ((f"{rng.randrange(10**8):08d}", f"{rng.randint(1, 999_999) / 100:.2f}") for _ in range(60))
        objects[f"{year}/ledger-{year}.csv"] = table(("entry", "amount"), rows)
    objects["2020/scans & notes/página 1.txt"] = b"Inventario de primavera: 412 piezas.\n"
    objects["2020/a+b=c?.txt"] = b"Delivery note, two pallets.\n"
    objects["2020/export.bin"] = rng.randbytes(4096)
    return objects


def _page(sentence: str) -> bytes:
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>Larkfield Outfitters</title>\n"
        f"<link rel='stylesheet' href='/css/site.css'></head><body><h1>{sentence}</h1></body></html>\n"
    ).encode()


def _log(rng: Random, start: datetime, lines: int) -> str:
    out, at = [], start
    for _ in range(lines):
        at += timedelta(milliseconds=rng.randint(5, 30_000))
        out.append(
            f"{at:%Y-%m-%dT%H:%M:%S}Z {rng.choice(_LEVELS)} request={values.hexadecimal(rng, 32)} "
            f"path={rng.choice(_PATHS)} status={rng.choice((200, 201, 304, 404))} ms={rng.randint(1, 900)}\n"
        )
    return "".join(out)


def _access_log(rng: Random, start: datetime, lines: int) -> str:
    out, at = [], start
    for _ in range(lines):
        at += timedelta(milliseconds=rng.randint(5, 60_000))
        out.append(
            f"10.0.{rng.randrange(256)}.{rng.randrange(256)} - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "
            f'"GET {rng.choice(_PATHS)} HTTP/1.1" 200 {rng.randrange(100_000)} "-" "curl/8.5.0"\n'
        )
    return "".join(out)


def photo_inbox(rng: Random) -> Objects:
    """What lies in a bucket that anyone may write to: pictures under a ransom, a program, notes."""
    objects: Objects = {f"2026/{number:03}.jpg.locked": rng.randbytes(900) for number in range(12)}
    objects["HOW_TO_RECOVER_FILES.txt"] = (
        b"Your files have been encrypted. To get the decryption key, pay in bitcoin: install\n"
        b"Tor Browser and open the address that is in it. Do not rename the files.\n"
        b"Within 72 hours the key is deleted.\n"
    )
    objects["viewer/pictures.pdf.exe"] = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + rng.randbytes(400)
    objects["notes/accounts.json"] = json.dumps(
        {
            "Principals": [f"arn:aws:iam::123456789012:role/{name}" for name in _ROLES],
            "Policy": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
        },
        indent=1,
    ).encode()
    return objects


_ROLES = ("web-deploy", "report-writer", "backup-runner", "clinic-application", "data-loader", "log-reader")
