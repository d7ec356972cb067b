"""Makes the seed referrer_sources: `python benchmarks/seeds/referrers.py FOLDER`.

Source: SearchEngines.yml, Socials.yml and AIAssistants.yml in FOLDER, from
matomo-org/searchengine-and-social-list (CC0 1.0), state of 2026-07-15. `referrers_own.csv` comes
first: names that tags have, mail, apps of Android, hosts that the lists lack, and parts of a
company's site that are neither (accounts.google.com), whose medium is referral. A host of the lists
is added if no ending of it is known with the same medium.

What is changed, and why:

- Where lists differ, AI assistants come before social networks, these before search engines: the
  lists have ChatGPT and Facebook among the search engines too.
- A host goes without `www.` and `{}.`, and stands for all its subdomains. An address with a path is
  left out: it is a page of a host that has an entry of its own (x.com/i/grok).
- `google.{}` and `yandex.{}` are written out for each country's ending; other names with an open
  ending for those that a search engine of that age used.
- tieba.baidu.com is a social network, though the list of search engines has it.
- A source is called as our own rows call the hosts of the same entry, else by the entry's name.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import yaml

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).with_name("referrers_own.csv")
SEED = ROOT / "seeds" / "referrer_sources.csv"

LISTS = {"AIAssistants.yml": "ai", "Socials.yml": "social", "SearchEngines.yml": "organic"}
"""The lists, the one that decides first, with their media."""

COUNTRY_ENDINGS = """
ac ad ae af ag ai al am ao ar as at au az ba bb bd be bf bg bh bi bj bn bo br bs bt bw by bz ca
cc cd cf cg ch ci ck cl cm cn co cr cu cv cy cz de dj dk dm do dz ec ee eg es et eu fi fj fm fr
ga gd ge gf gg gh gi gl gm gn gp gq gr gt gw gy hk hn hr ht hu id ie il im in io iq ir is it je
jm jo jp ke kg kh ki km kn kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mk ml mm
mn mo mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl
pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr st sv sy sz tc
td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt
za zm zw
"""
SECOND_LEVELS = """
co.ao co.bw co.ck co.cr co.hu co.id co.il co.im co.in co.je co.jp co.ke co.kr co.ls co.ma co.mz
co.nz co.pn co.th co.tz co.ug co.uk co.uz co.ve co.vi co.za co.zm co.zw com.af com.ag com.ai
com.am com.ar com.au com.az com.bd com.bh com.bi com.bn com.bo com.br com.by com.bz com.cn
com.co com.cu com.cy com.do com.ec com.eg com.et com.fj com.ge com.gh com.gi com.gl com.gp
com.gr com.gt com.gy com.hk com.hn com.hr com.ht com.im com.iq com.jm com.jo com.kg com.kh
com.ki com.kw com.kz com.lb com.lc com.lk com.lv com.ly com.mm com.mt com.mx com.my com.na
com.nf com.ng com.ni com.np com.nr com.om com.pa com.pe com.pg com.ph com.pk com.pl com.pr
com.ps com.pt com.py com.qa com.ro com.ru com.sa com.sb com.sc com.sg com.sl com.sn com.sv
com.tj com.tn com.tr com.tt com.tw com.ua com.uy com.uz com.vc com.ve com.vi com.vn com.ws it.ao
"""
EVERYWHERE = {"google": "google", "yandex": "yandex"}
"""Names that hold all countries' endings, and their source."""
OPEN_ENDINGS = "com at be ch co.uk de dk es fi fr it nl no pl se"


Row = tuple[str, str]
"""Source and medium of a host."""


def known(rows: dict[str, Row], host: str) -> Row | None:
    """What the longest ending of a host at a dot stands for."""
    labels = host.split(".")
    endings = (".".join(labels[start:]) for start in range(len(labels)))
    return next((rows[ending] for ending in endings if ending in rows), None)


def hosts_of(entry: str) -> Iterator[str]:
    """The hosts that an entry of a list means."""
    host = entry.lower().removeprefix("{}.").removeprefix("www.").replace(".{}.", ".")
    if "/" not in host:
        if host.endswith(".{}"):
            yield from (host.replace("{}", ending) for ending in OPEN_ENDINGS.split())
        elif "{}" not in host:
            yield host


def entries(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Medium, name and hosts of each entry of the lists."""
    for file, medium in LISTS.items():
        listed = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
        for name, addresses in listed.items():
            urls = [
                url
                for address in addresses
                for url in (address.get("urls", []) if isinstance(address, dict) else [address])
            ]
            yield medium, name, [host for url in urls for host in hosts_of(url)]


def source_of(name: str, host: str) -> str:
    """A source by the name of its entry, or of its host if that is in no Latin letters."""
    tag = re.sub(r"[^a-z0-9.-]+", "_", unquote(name).lower().replace("+", " plus")).strip("_")
    return tag if unquote(name).isascii() else host.rsplit(".", 2)[-2]


def rows(folder: Path) -> dict[str, Row]:
    """Source and medium by host."""
    with OWN.open(encoding="utf-8", newline="") as file:
        found = {row["host"]: (row["source"], row["medium"]) for row in csv.DictReader(file)}
    for name, source in EVERYWHERE.items():
        for ending in f"{COUNTRY_ENDINGS} {SECOND_LEVELS} com net cat".split():
            found.setdefault(f"{name}.{ending}", (source, "organic"))
    decided: set[str] = set()
    for medium, name, hosts in entries(folder):
        own = [row[0] for host in hosts if (row := known(found, host)) and row[1] == medium]
        for host in hosts:
            row = known(found, host)
            if host not in found and host not in decided and (row is None or row[1] != medium):
                found[host] = (max(own, key=own.count) if own else source_of(name, host), medium)
        decided.update(hosts)
    return found


if __name__ == "__main__":
    found = rows(Path(sys.argv[1]))
    order = ["ai", "organic", "social", "email", "referral"]
    with SEED.open("w", encoding="utf-8", newline="") as seed:
        writer = csv.writer(seed, lineterminator="\n")
        writer.writerow(("host", "source", "medium"))
        for host in sorted(
            found, key=lambda host: (order.index(found[host][1]), found[host][0], host)
        ):
            writer.writerow((host, *found[host]))
