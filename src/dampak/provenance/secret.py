"""The key that replaces personal numbers: taken from the environment, known to the stamp by its fingerprint only."""

import hashlib
import hmac
import os
from typing import Any

from dampak.errors import ConfigError

SHORTEST = 16


def secret_key(settings: dict[str, Any]) -> bytes:
    """Return the key of a study.

    Parameters
    ----------
    settings
        `key_from`: name of the environment variable that holds the key; or `made_up`: text of which the key of
        synthetic data is made, which protect nobody.

    Raises
    ------
    ConfigError
        When the variable is not set, or too short to be a key.
    """
    if settings.get("made_up"):
        return hashlib.sha256(f"dampak synthetic {settings['made_up']}".encode()).digest()
    name = str(settings["key_from"])
    key = os.environ.get(name, "")
    if len(key) < SHORTEST:
        state = "is not set" if not key else f"has {len(key)} characters"
        raise ConfigError(
            f"the environment variable {name} {state}; a key of at least {SHORTEST} characters is needed to replace "
            f"personal numbers by hashes; set it, for instance with: export {name}=$(openssl rand -hex 32), and keep it"
        )
    return key.encode()


def key_settings(study: Any) -> dict[str, Any]:
    """Return what the stamp of a job knows of the study's key: where it comes from, and its fingerprint.

    Parameters
    ----------
    study
        A programme study.

    Raises
    ------
    ConfigError
        As `secret_key`.
    """
    source = {"made_up": str(study.synthetic.seed)} if study.synthetic else {"key_from": study.pseudonyms.key_from}
    fingerprint = hmac.new(secret_key(source), b"fingerprint", hashlib.sha256).hexdigest()[:16]
    return source | {"fingerprint": fingerprint}
