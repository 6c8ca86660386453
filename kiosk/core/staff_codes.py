"""The codes that the link to the service shows to staff, and what they are to do about each.

README.md has them as a table. A code is followed by the cause, in the service's own words where it
gave any, and by this advice.
"""

KEY = "K-KEY"
ACCESS = "K-ACCESS"
BILLING = "K-BILLING"
REGION = "K-REGION"
MODEL = "K-MODEL"
FIELD = "K-FIELD"
QUOTA = "K-QUOTA"
NET = "K-NET"
TIME = "K-TIME"
LINK = "K-LINK"

ADVICE = {
    KEY: "Give a key that is valid, and not restricted to other addresses or services.",
    ACCESS: "In the Google Cloud console, enable the API for the project and give the account its"
    " role; a project that is suspended has to be appealed there.",
    BILLING: "Mend the billing of the project in Google AI Studio or the Google Cloud console; it"
    " is tried again every minute.",
    REGION: "The service is not offered where this network ends (VPN, proxy?) or, for Vertex AI, in"
    " live.location.",
    MODEL: "Change live.model; for Vertex AI look at live.project and live.location too.",
    FIELD: "Change live.voice or live.language; if that is not it, update the kiosk.",
    QUOTA: "Wait, or ask for more quota in Google AI Studio; retrying.",
    NET: "Check cable, router or Wi-Fi; retrying.",
    TIME: "Let the board set its clock (timedatectl): the network must let NTP through; retrying.",
    LINK: "Wait: the service has trouble; retrying. If it lasts, look at live.endpoint.",
}
PASSING = frozenset({QUOTA, TIME, LINK})
"""Codes of trouble that may pass by itself: visitors are told only once it lasts."""
OF_THE_REQUEST = frozenset({FIELD, MODEL})
"""Codes about what a setup asks for: shown only when a session with neither handle nor history was
refused too.
"""
