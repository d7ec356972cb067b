"""Addresses: read and checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.headerregistry import Address

from utm_pipeline import settings as setting_values
from utm_pipeline.errors import ConfigError, WrongUseError
from utm_pipeline.settings import Settings

# The dot-atom of RFC 5322, 3.2.3. Quoted local parts are legal too, and nobody has one.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LONGEST_LOCAL, _LONGEST = 64, 254
"""Octets (RFC 5321, 4.5.3.1)."""


@dataclass(frozen=True)
class Mailbox:
    """One address, with the name in front of it if there is one."""

    name: str
    address: str
    """As a server gets it: ASCII, the domain in lower case."""

    @property
    def header(self) -> Address:
        """The same for a header of a message."""
        return Address(display_name=self.name, addr_spec=self.address)


def parse(text: str) -> Mailbox:
    """The mailbox in ``someone@example.com`` or ``Name <someone@example.com>``.

    Raises:
        ValueError: it is none that every server takes.
    """
    written = setting_values.address(text.strip())
    named = re.fullmatch(r"([^<>]*)<([^<>]+)>", written)
    name, spec = (named[1].strip().strip('"').strip(), named[2]) if named else ("", written)
    local, _, host = spec.rpartition("@")
    domains = setting_values.hosts(host)
    address = f"{local}@{''.join(domains)}"
    is_short = len(local) <= _LONGEST_LOCAL and len(address) <= _LONGEST
    if not _LOCAL.fullmatch(local) or len(domains) != 1 or not is_short:
        raise ValueError("an e-mail address")
    return Mailbox(name, address)


def recipients(given: str | None, settings: Settings) -> tuple[Mailbox, ...]:
    """Who gets the report, each once: those of ``--recipients``, else those of the settings.

    Raises:
        WrongUseError: one of ``--recipients`` is no address, or it names nobody.
        ConfigError: the same of UTM_REPORT_RECIPIENTS.
    """
    if given is not None:
        where, items = "--recipients", setting_values.items(given)
        if not items:
            raise WrongUseError("nobody is named", where, "give at least one address")
        return _mailboxes(items, where, WrongUseError)
    where = "UTM_REPORT_RECIPIENTS"
    if not settings.report_recipients:
        fix = "set it to addresses separated by commas, or give --recipients"
        raise ConfigError("nobody is named who gets the report", where, fix)
    return _mailboxes(settings.report_recipients, where, ConfigError)


def owner(settings: Settings) -> Mailbox | None:
    """Who hears of reports that did not go out, if anybody.

    Raises:
        ConfigError: UTM_OWNER_EMAIL is no address.
    """
    found = settings.owner_email
    return None if found is None else _mailboxes([found], "UTM_OWNER_EMAIL", ConfigError)[0]


def sender(settings: Settings) -> Mailbox:
    """Whom e-mails are from: DEFAULT_FROM_EMAIL, else the user of the server if it is an address.

    Raises:
        ConfigError: there is none, or it is no address.
    """
    found, where = settings.default_from_email, "DEFAULT_FROM_EMAIL"
    if found is None and "@" in (settings.email_host_user or ""):
        found, where = settings.email_host_user, "EMAIL_HOST_USER"
    if found is None:
        fix = "set it to an address that the server may send from"
        raise ConfigError("nobody is named whom e-mails are from", where, fix)
    return _mailboxes([found], where, ConfigError)[0]


def _mailboxes(
    texts: Iterable[str], where: str, error: type[WrongUseError | ConfigError]
) -> tuple[Mailbox, ...]:
    # No server in use tells mailboxes apart by capitals.
    found: dict[str, Mailbox] = {}
    for text in texts:
        try:
            mailbox = parse(text)
        except ValueError:
            fix = "write it as someone@example.com"
            raise error(f"{text!r} is no e-mail address", where, fix) from None
        found.setdefault(mailbox.address.lower(), mailbox)
    return tuple(found.values())
