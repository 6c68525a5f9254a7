"""The DKIM keys of the config: load them, and find what is wrong with them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..config.delivery import DeliverySettings, DkimSettings
from ..errors import ConfigError, Where
from ..mail import DkimKey, load_private_key, wire_address
from ..model import Newsletter, Problem

_ENVIRONMENT = "env:"


def load_dkim_keys(settings: DeliverySettings, base: Path) -> tuple[DkimKey, ...]:
    """Return the DKIM keys of the config.

    Args:
        base: the folder that relative paths are relative to.

    Raises:
        ConfigError: a key cannot be read or cannot sign mail.
    """
    return tuple(_load_key(key, _where(number), base) for number, key in enumerate(settings.dkim, 1))


def check_dkim_keys(
    settings: DeliverySettings, base: Path, newsletters: Sequence[Newsletter]
) -> Iterator[Problem]:
    """Yield what is wrong with the DKIM keys of the config: with their files, and with their domains.

    Args:
        base: the folder that relative paths are relative to.
        newsletters: all that are sent.
    """
    keys = []
    for number, each in enumerate(settings.dkim, 1):
        try:
            keys.append(_load_key(each, _where(number), base))
        except ConfigError as error:
            yield Problem.of(error)
            continue
        yield from _check_permissions(each, _where(number), base)
        yield from _check_signs_something(keys[-1], _where(number), newsletters)
    if settings.dkim and len(keys) == len(settings.dkim):
        yield from _unsigned_newsletters(keys, newsletters)


def _where(number: int) -> Where:
    return Where(field=f"delivery.dkim.{number}.key")


def _load_key(settings: DkimSettings, where: Where, base: Path) -> DkimKey:
    content, source = _read_key(settings.key, where, base)
    try:
        private_key = load_private_key(content)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"DKIM signatures need {error.name}", where=where, hint="pip install 'syndicate-feeds[mail]'"
        ) from None
    except ValueError as error:
        raise ConfigError(
            f"{source}: {error}",
            where=where,
            hint="make a key: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out dkim.pem",
        ) from None
    return DkimKey(settings.domain, settings.selector, private_key)


def _read_key(key: str, where: Where, base: Path) -> tuple[bytes, str]:
    """Return the content of a PEM file or an environment variable, and how messages call it."""
    if key.startswith(_ENVIRONMENT):
        name = key.removeprefix(_ENVIRONMENT)
        value = os.environ.get(name)
        if not value:
            raise ConfigError(
                f"the environment variable {name} is not set",
                where=where,
                hint="set it to the private key in PEM format",
            )
        # Files with environment variables cannot contain line breaks.
        return value.replace("\\n", "\n").encode(
            "utf-8", "surrogateescape"
        ), f"the environment variable {name}"
    path = base / key
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise ConfigError(
            f"the private key cannot be read: {error.strerror}",
            where=Where(file=str(path), field=where.field),
            hint="correct the path, or give this user permission to read the file",
        ) from None


def _check_permissions(settings: DkimSettings, where: Where, base: Path) -> Iterator[Problem]:
    if settings.key.startswith(_ENVIRONMENT):
        return
    path = base / settings.key
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        yield Problem(
            message="every user of this machine can read or change the private key",
            severity="warning",
            file=str(path),
            field=where.field,
            hint=f"chmod 600 {path}",
        )


def _check_signs_something(
    key: DkimKey, where: Where, newsletters: Sequence[Newsletter]
) -> Iterator[Problem]:
    domains = sorted({_from_domain(each) for each in newsletters})
    if domains and not any(map(key.is_aligned, domains)):
        yield Problem(
            message=f"this key signs nothing: no newsletter is from {key.domain}",
            severity="warning",
            field=f"{(where.field or '').rpartition('.')[0]}.domain",
            hint=f"write the domain of from, such as {domains[0]}, and publish the key there",
        )


def _unsigned_newsletters(keys: Sequence[DkimKey], newsletters: Sequence[Newsletter]) -> Iterator[Problem]:
    for newsletter in newsletters:
        domain = _from_domain(newsletter)
        if not any(key.is_aligned(domain) for key in keys):
            yield Problem(
                message=f"the messages are not signed: no DKIM key is for {domain}",
                severity="warning",
                field=f"newsletter.{newsletter.name}.from",
                hint=f'add a [[delivery.dkim]] table with domain = "{domain}"',
            )


def _from_domain(newsletter: Newsletter) -> str:
    return wire_address(newsletter.sender.email).rpartition("@")[2]
