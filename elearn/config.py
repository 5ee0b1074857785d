"""Settings: read once, from the environment and `config.toml` in the instance folder, and checked at start.

The README's table of settings is compared with `SETTINGS` by a test.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

from elearn.errors import ConfigurationError

PACKAGE = Path(__file__).resolve().parent
KEY_FILE = "secret_key"

SETTINGS: dict[str, str] = {
    "ELEARN_INSTANCE": "folder of the database, keys and config.toml; default ./instance",
    "DATABASE_URL": "a PostgreSQL or SQLite URL; default: elearn.db in the instance folder",
    "ELEARN_SECRET_KEY": "signs cookies, forms and rows not in the chain yet; at least 32 characters; for production",
    "ELEARN_SECRET_KEY_FALLBACKS": "earlier secret keys, separated by spaces, still accepted; `elearn keys renew-macs`",
    "ELEARN_BASE_URL": "the address people use, such as https://policy.example.org; needed in production",
    "ELEARN_ALLOWED_HOSTS": "host names answered to, separated by spaces; default: that of the base URL",
    "ELEARN_TRUSTED_PROXIES": "how many reverse proxies to believe; default 0",
    "ELEARN_PRODUCTION": "1 refuses to start without secret key, base URL and allowed hosts",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation's settings, already checked. `secret_key` is empty where none is set and none was made yet."""

    instance: Path
    database_url: str
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    base_url: str
    allowed_hosts: tuple[str, ...]
    trusted_proxies: int
    production: bool

    @property
    def secure(self) -> bool:
        """Whether people reach it over https: cookies are then `__Host-` and Secure."""
        return self.base_url.startswith("https://")

    @property
    def keys(self) -> Path:
        """The folder of the signing keys."""
        return self.instance / "keys"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Reading them writes nothing.

    Raises ConfigurationError naming the setting that is missing or wrong.
    """
    given = dict(os.environ if environ is None else environ)
    instance = Path(given.get("ELEARN_INSTANCE", "instance")).resolve()
    values = _read_file(instance / "config.toml") | {name: given[name] for name in SETTINGS if name in given}
    production = _yes_or_no("ELEARN_PRODUCTION", values.get("ELEARN_PRODUCTION", "0"))
    if production:
        _check_production(values)
    base_url = values.get("ELEARN_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"ELEARN_BASE_URL is not a web address: {base_url}")
    return Settings(
        instance=instance,
        database_url=_database_url(values.get("DATABASE_URL", ""), instance),
        secret_key=values.get("ELEARN_SECRET_KEY", "") or _read_secret(instance),
        secret_key_fallbacks=tuple(values.get("ELEARN_SECRET_KEY_FALLBACKS", "").split()),
        base_url=base_url,
        allowed_hosts=tuple(values.get("ELEARN_ALLOWED_HOSTS", "").split()) or (parts.hostname, "localhost"),
        trusted_proxies=_whole_number("ELEARN_TRUSTED_PROXIES", values.get("ELEARN_TRUSTED_PROXIES", "0")),
        production=production,
    )


def data_folder(name: str) -> Path:
    """`scenarios` or `migrations`: inside an installed package, or beside it in a checkout."""
    for folder in (PACKAGE / "_data" / name, PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise ConfigurationError(f"the {name} folder is missing from this installation")


def newest_migration() -> str:
    """The version of the database that this program needs: the number of the last of its migrations."""
    return max(path.name[:4] for path in (data_folder("migrations") / "versions").glob("[0-9]*.py"))


def _read_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    unknown = sorted(set(found) - set(SETTINGS))
    if unknown:
        raise ConfigurationError(f"{path} has settings that do not exist: {', '.join(unknown)}")
    for name, value in found.items():
        if not isinstance(value, str | int):
            raise ConfigurationError(f"{path}: {name} needs one text, whole number, true or false")
    return {name: str(value) for name, value in found.items()}


def _check_production(values: Mapping[str, str]) -> None:
    for name in ("ELEARN_SECRET_KEY", "ELEARN_BASE_URL", "ELEARN_ALLOWED_HOSTS"):
        if not values.get(name):
            raise ConfigurationError(f"{name} must be set in production: {SETTINGS[name]}")
    if len(values["ELEARN_SECRET_KEY"]) < 32:
        raise ConfigurationError("ELEARN_SECRET_KEY needs at least 32 characters")


def _database_url(url: str, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / 'elearn.db'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _yes_or_no(name: str, text: str) -> bool:
    """A switch. What is neither is refused: a misspelt "production" must not mean "not in production"."""
    meant = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if text.strip().lower() not in meant:
        raise ConfigurationError(f"{name} is neither 1 nor 0: {text}")
    return meant[text.strip().lower()]


def _whole_number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise ConfigurationError(f"{name} is not a whole number: {text}")
    return int(text)


def secret_key() -> str:
    """The key of the application in use; where none is set, one of its instance folder, made at first use."""
    key: str = current_app.config["SECRET_KEY"] or make_secret(Path(current_app.instance_path))
    current_app.config["SECRET_KEY"] = key
    return key


def secret_keys() -> tuple[str, ...]:
    """The secret key that is set here, and the earlier ones still accepted; none where none was set or made yet."""
    config = current_app.config
    return tuple(filter(None, (config["SECRET_KEY"], *(config["SECRET_KEY_FALLBACKS"] or ()))))


def make_secret(instance: Path) -> str:
    """The secret of an instance folder, made where there is none yet, readable by its owner only.

    It appears whole or not at all; of two that make one at once, one is kept. Raises ConfigurationError where the
    file is empty.
    """
    instance.mkdir(parents=True, exist_ok=True)
    fresh = instance / f"{KEY_FILE}.new-{secrets.token_hex(4)}"
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, instance / KEY_FILE)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        fresh.replace(instance / KEY_FILE)
    fresh.unlink(missing_ok=True)
    return _read_secret(instance)


def _read_secret(instance: Path) -> str:
    path = instance / KEY_FILE
    if not path.is_file():
        return ""
    found = path.read_text(encoding="ascii").strip()
    if not found:
        raise ConfigurationError(
            f"{path} is empty: restore it from a backup, or remove it where there is none"
        )
    return found
