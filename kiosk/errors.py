"""Every error that Kiosk raises on purpose.

Each is a `KioskError` and also the standard exception that a caller would guess, so that
`except OSError` around a device does what it says. A `UserError` carries a message made for the
person at the keyboard; the command line prints it alone, with no traceback, and exits with 2.
"""


class KioskError(Exception):
    """Base of all errors of this package."""


class UserError(KioskError):
    """Something a person can mend: the message says what is wrong, where, and the remedy."""


class ConfigError(UserError, ValueError):
    """A configuration file, key or value is not usable."""


class CredentialError(UserError, PermissionError):
    """A secret is missing, unreadable or open to others. The message never holds the secret."""


class IllegalMoveError(KioskError, RuntimeError):
    """A state was to follow one that it must not follow: a fault in our own code."""


class DeviceError(KioskError, OSError):
    """A microphone, speaker, screen or pin cannot be opened, or was lost."""


class PinError(DeviceError):
    """A GPIO pin cannot be had, or was lost.

    Args:
        cause: what is wrong, in a few words, for the screen.
        remedy: what a person does about it.
    """

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause}. {remedy}")
        self.cause = cause
        self.remedy = remedy


class RingError(KioskError, ValueError):
    """A ring file is foreign, torn or of another version."""


class MessageError(KioskError, ValueError):
    """A frame from the service cannot be understood."""


class LinkError(KioskError, ConnectionError):
    """The link to the service could not be opened, or was refused."""


class ControlError(KioskError, RuntimeError):
    """A request on the control socket cannot be carried out."""
