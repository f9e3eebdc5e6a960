"""What every kind of signal keeps to, whatever it is."""

import pytest

from firebreak.engine.errors import SignalError
from firebreak.engine.signals.kind import FileKind, Kind, MediaKind
from firebreak.engine.signals.registry import KINDS, load

NOT_SIGNALS = [
    "",
    " ",
    "\0",
    "x" * 64,
    "g" * 32,
    "é" * 64,
    "[",
    "[1]",
    "{}",
    "null",
    ",,,",
    "0" * 65,
    "\N{ARABIC-INDIC DIGIT ONE}" * 64,
]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return load(request.param)


class TestKind:
    def test_goes_by_its_name(self, kind: Kind) -> None:
        assert load(kind.name) is kind
        assert kind.name.isidentifier()
        assert kind.name == kind.name.lower()

    def test_says_in_one_line_what_it_is(self, kind: Kind) -> None:
        assert 20 <= len(kind.title) <= 100
        assert "\n" not in kind.title

    def test_shows_examples_in_canonical_form(self, kind: Kind) -> None:
        assert kind.examples()
        assert [kind.parse(example) for example in kind.examples()] == list(kind.examples())

    def test_understands_other_spellings(self, kind: Kind) -> None:
        for example in kind.examples():
            assert kind.parse(f" \t{example.upper()}\r\n") == example

    def test_is_at_no_distance_from_itself(self, kind: Kind) -> None:
        for example in kind.examples():
            same = kind.compare(example, example.upper())
            assert same.matched
            assert same.distance == 0

    def test_matches_up_to_its_threshold(self, kind: Kind) -> None:
        for a in kind.examples():
            for b in kind.examples():
                comparison = kind.compare(a, b)
                assert comparison.matched == (comparison.distance <= kind.threshold)

    @pytest.mark.parametrize("text", NOT_SIGNALS)
    def test_refuses_what_is_not_one_of_it(self, kind: Kind, text: str) -> None:
        with pytest.raises(SignalError) as refusal:
            kind.parse(text)
        assert refusal.value.problem
        assert refusal.value.remedy

    def test_refuses_to_compare_what_is_not_one_of_it(self, kind: Kind) -> None:
        example = kind.examples()[0]
        with pytest.raises(SignalError):
            kind.compare("rubbish", example)
        with pytest.raises(SignalError):
            kind.compare(example, "rubbish")

    def test_does_not_repeat_a_book_in_its_refusal(self, kind: Kind) -> None:
        with pytest.raises(SignalError) as refusal:
            kind.parse("rubbish\n" * 100_000)
        assert len(str(refusal.value)) < 400

    def test_can_be_computed_from_a_file_in_one_way(self, kind: Kind) -> None:
        assert isinstance(kind, FileKind) != isinstance(kind, MediaKind)
