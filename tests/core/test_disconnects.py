"""Each way in which a link ends leads staff to the right place."""

import re
from pathlib import Path

import pytest

from kiosk.core import staff_codes
from kiosk.core.disconnects import Disconnect, Remedy, blames_request, classify, in_band

MAX_REASON_BYTES = 123
"""Source: RFC 6455, section 5.5.1."""

# Words of the service, as they were seen. Source: Live API facts, section 5; issue trackers of the
# official clients; error texts of the Gemini API and of Vertex AI.
SEEN: dict[str, list[tuple[int, str]]] = {
    "K-KEY": [
        (1008, "Method doesn't allow unregistered callers (callers without established identity)."),
        (1007, "API key not valid. Please pass a valid API key."),
        (1007, "API key expired. Please renew the API key."),
        (1008, "Your API key was reported as leaked. Please use another API key."),
        (1008, "token expired"),
        (1008, "Request had invalid authentication credentials. Expected OAuth 2 access token"),
        (1008, "Requests from referer <empty> are blocked."),
        (1008, "Requests to this API generativelanguage.googleapis.com method x are blocked."),
    ],
    "K-ACCESS": [
        (1008, "Generative Language API has not been used in project 1 before or it is disabled."),
        (1008, "Permission denied: Consumer 'api_key:AIza' has been suspended."),
        (1008, "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform"),
        (1008, "The caller does not have permission"),
        (1008, "Your project has been denied access. Please contact support."),
        (1008, "Request had insufficient authentication scopes."),
    ],
    "K-BILLING": [
        (1011, "Your prepayment credits are depleted. Please go to AI Studio at https"),
        (1008, "This API method requires billing to be enabled. Please enable billing on"),
        (1011, "Your project has exceeded its monthly spending cap."),
        (1007, "Gemini API free tier is not available in your country. Please enable billing"),
    ],
    "K-REGION": [
        (1007, "User location is not supported for the API use."),
        (1007, "Request trace id: 6e84, [ORIGINAL ERROR] generic::failed_precondition: User"
               " location is not supported for the A"),
        (1008, "The model is not available in your country."),
        (1008, "gemini-3.8-live is not available in region europe-west9."),
    ],
    "K-MODEL": [
        (1008, "models/x is not found for API version v1beta, or is not supported for"
               " bidiGenerateContent. Call ListModels to see the list of"),
        (1008, "models/x is not supported for bidiGenerateContent"),
        (1008, "Publisher Model `projects/p/locations/l/publishers/google/models/m` was not found"
               " or your project does not hav"),
        (1008, "This model models/x is no longer available. Please update your code to use"),
    ],
    "K-FIELD": [
        (1007, 'Invalid JSON payload received. Unknown name "transparent" at setup: Cannot'),
        (1007, "Cannot extract voices from a non-audio request."),
        (1007, "Unsupported language code 'xx-XX' for model"),
        (1007, "Request contains an invalid argument."),
        (1007, "a text that nobody has seen before"),
        (1008, "a text that nobody has seen before"),
    ],
    "K-QUOTA": [
        (1011, "RESOURCE_EXHAUSTED"),
        (1011, "You exceeded your current quota, please check your plan and billing details."),
        (1011, "Resource has been exhausted (e.g. check quota)."),
        (1011, "Quota exceeded for quota metric 'Live sessions' and limit 'Concurrent sessions"),
        (1008, "Too many concurrent sessions. Please try again later."),
    ],
    "K-LINK": [
        (1000, "The operation was cancelled."),
        (1000, ""),
        (1001, ""),
        (1008, "The operation was aborted."),
        (1008, "Operation is not implemented, or supported, or enabled."),
        (1007, "Precondition check failed."),
        (1008, "BidiGenerateContent session not found"),
        (1009, "message too big"),
        (1011, "Internal error encountered."),
        (1011, "The service is currently unavailable."),
        (1011, "Deadline expired before operation could complete."),
        (1011, "The model is overloaded. Please try again later."),
        (1011, "keepalive ping timeout"),
        (1011, "a text that nobody has seen before"),
        (1012, ""),
        (1013, ""),
        (4000, ""),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "close", "words"),
    [(code, close, words) for code, texts in SEEN.items() for close, words in texts],
)
def test_words_of_the_service_lead_to_their_code(code, close, words):
    assert classify(Disconnect(close, words)).staff_code == code


LONG = "projects/a-museum-with-a-long-name-{n}/locations/us-central1/publishers/google/models/m"
PHRASES = [
    ("K-MODEL", "models/{filler} is not found for API version v1beta, or is not supported"),
    ("K-REGION", "Request trace id: {filler}, User location is not supported for the API use."),
    ("K-BILLING", "Request trace id: {filler}, Your prepayment credits are depleted."),
    ("K-KEY", "Request trace id: {filler}, Method doesn't allow unregistered callers"),
    ("K-ACCESS", "Request trace id: {filler}, Generative API has not been used in project 1"),
]


@pytest.mark.parametrize(("code", "text"), PHRASES)
def test_reason_that_is_cut_is_known_by_what_is_there(code, text):
    """However long what stands before is: as soon as eight characters of the phrase are there."""
    known = []
    for filler in range(1, MAX_REASON_BYTES):
        cut = text.format(filler="x" * filler)[:MAX_REASON_BYTES]
        known.append(classify(Disconnect(1008, cut)).staff_code == code)
    assert known == sorted(known, reverse=True), "known, and later not"
    assert sum(known) > 60


def test_publisher_model_is_known_however_long_its_name_is():
    for n in range(100):
        cut = f"Publisher Model `{LONG.format(n='x' * n)}` was not found"[:MAX_REASON_BYTES]
        assert classify(Disconnect(1008, cut)).staff_code == "K-MODEL"


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        ("INVALID_ARGUMENT", "Request contains an invalid argument.", "K-FIELD"),
        ("INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "K-KEY"),
        ("FAILED_PRECONDITION", "User location is not supported for the API use.", "K-REGION"),
        ("FAILED_PRECONDITION", "", "K-FIELD"),
        ("OUT_OF_RANGE", "", "K-FIELD"),
        ("NOT_FOUND", "", "K-MODEL"),
        ("PERMISSION_DENIED", "no", "K-ACCESS"),
        ("PERMISSION_DENIED", "Requests from referer <empty> are blocked.", "K-KEY"),
        ("UNAUTHENTICATED", "quota, model, billing", "K-KEY"),
        ("RESOURCE_EXHAUSTED", "no", "K-QUOTA"),
        ("RESOURCE_EXHAUSTED", "an API key, a publisher model", "K-QUOTA"),
        ("RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.", "K-BILLING"),
        ("UNAVAILABLE", "the quota of an API key", "K-LINK"),
        ("DEADLINE_EXCEEDED", "quota", "K-LINK"),
        ("CANCELLED", "", "K-LINK"),
        ("ABORTED", "", "K-LINK"),
        ("INTERNAL", "", "K-LINK"),
        ("UNKNOWN", "", "K-LINK"),
        ("DATA_LOSS", "", "K-LINK"),
        ("ALREADY_EXISTS", "", "K-LINK"),
        ("UNIMPLEMENTED", "", "K-LINK"),
        ("A_STATUS_OF_LATER", "", "K-LINK"),
    ],
)
def test_error_in_a_message_is_judged_by_its_status_first(status, message, code):
    assert classify(in_band(0, status, message)).staff_code == code


@pytest.mark.parametrize(
    ("number", "code"),
    [(3, "K-FIELD"), (7, "K-ACCESS"), (8, "K-QUOTA"), (16, "K-KEY"), (400, "K-FIELD"),
     (401, "K-KEY"), (429, "K-QUOTA"), (503, "K-LINK"), (0, "K-LINK"), (-1, "K-LINK"),
     (10**9, "K-LINK")],
)  # fmt: skip
def test_error_in_a_message_may_have_a_number_alone(number, code):
    assert classify(in_band(number, "", "")).staff_code == code


def test_status_of_a_later_version_is_judged_by_its_number():
    assert classify(in_band(429, "TOO_MANY_OF_THEM", "")).staff_code == "K-QUOTA"
    assert classify(in_band(7, "A_STATUS_OF_LATER", "")).staff_code == "K-ACCESS"


def test_error_in_a_message_counts_as_the_close_that_it_stands_for():
    assert in_band(3, "INVALID_ARGUMENT", "no").code == 1007
    assert in_band(13, "INTERNAL", "no").code == 1011
    assert blames_request(in_band(3, "INVALID_ARGUMENT", "no"))
    assert not blames_request(in_band(8, "RESOURCE_EXHAUSTED", "no"))


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "K-FIELD"), (401, "K-KEY"), (402, "K-BILLING"), (403, "K-KEY"), (404, "K-MODEL"),
     (407, "K-NET"), (429, "K-QUOTA"), (451, "K-REGION"), (500, "K-LINK"), (503, "K-LINK"),
     (511, "K-NET"), (200, "K-LINK"), (302, "K-LINK")],
)  # fmt: skip
def test_refused_upgrade_leads_to_its_code(status, code):
    assert classify(Disconnect(http_status=status)).staff_code == code


def test_words_of_a_refused_upgrade_say_more_than_its_status():
    def code(status: int, words: str) -> str:
        return classify(Disconnect(reason=words, http_status=status)).staff_code

    assert code(400, "API key not valid. Please pass a valid API key.") == "K-KEY"
    assert code(403, "Generative Language API has not been used in project 1 before") == "K-ACCESS"
    assert code(429, "Your prepayment credits are depleted.") == "K-BILLING"
    assert code(503, "quota of an API key") == "K-LINK"


def test_all_that_may_come_has_a_code_with_advice_and_only_silence_is_no_network():
    told = [Disconnect(code) for code in (*range(1000, 1016), 3000, 4999)]
    told += [Disconnect(http_status=status) for status in range(100, 600)]
    told += [in_band(number, "", "") for number in range(-1, 600)]
    for loss in told:
        code = classify(loss).staff_code
        assert code in staff_codes.ADVICE, loss
        # 407 and 511 are said by what stands between: a proxy, a page to log in at.
        assert code != "K-NET" or loss.http_status in (407, 511), loss
    assert classify(Disconnect(reason="the line broke")).staff_code == "K-NET"


def test_wrong_clock_and_silent_service_are_tried_on():
    for code in ("K-TIME", "K-LINK"):
        verdict = classify(Disconnect(local_fault=code))
        assert (verdict.remedy, verdict.staff_code) == (Remedy.RESUME, code)


def test_each_code_stands_in_the_readme():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    table = set(re.findall(r"^\| `(K-[A-Z]+)` \|", readme, re.MULTILINE))
    assert set(staff_codes.ADVICE) <= table
