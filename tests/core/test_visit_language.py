"""In which language a visit is held."""

from kiosk.core.visit_language import UNREADABLE, VisitLanguage

GERMAN, RUSSIAN = "Das Museum ist heute geöffnet.", "Спасибо за просмотр"


def test_it_is_that_of_the_newest_answer_until_the_visit_ends():
    visit = VisitLanguage(["de-DE", "en-US"])
    assert visit.answered == ""
    visit.said(GERMAN)
    assert visit.answered == "de"
    visit.said("Mona Lisa")
    assert visit.answered == "de", "a name is in no language"
    visit.said("The museum is open.")
    assert visit.answered == "en"
    visit.end_visit()
    assert visit.answered == ""
    visit.said("The museum is open.")
    assert visit.answered == "en"


def test_a_transcript_in_none_of_the_languages_is_not_used():
    visit = VisitLanguage(["de", "en"])
    assert visit.readable(RUSSIAN) == visit.shown(RUSSIAN) == UNREADABLE
    assert visit.shown(GERMAN) == GERMAN
    assert visit.shown("") == ""


def test_without_languages_all_is_taken_as_it_comes():
    visit = VisitLanguage()
    visit.said(GERMAN)
    assert visit.answered == ""
    assert visit.shown(RUSSIAN) == RUSSIAN
