"""Pictures say in words what they show, and show what they are given."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from django.utils import translation

from firebreak.faces.console.shell.pictures import Stretch, code_pattern, distance_bar, hours, timelines
from firebreak.faces.console.shell.templatetags.console import duration, percent, relative, seconds, thousands
from firebreak.records.common import clock


def drawn(picture: str) -> ET.Element:
    return ET.fromstring(picture)


def test_time_lines_join_the_stretches_that_match() -> None:
    found = drawn(timelines([Stretch((0, 4), (2, 7), 1.25, mirrored=True), Stretch((5, 6), (8, 9))], 8, 12))
    assert len(found.findall("polygon[@class='ribbon']")) == 2
    assert len(found.findall("polygon[@class='mirrored']")) == 1
    assert len(found.findall("rect[@class='segment']")) == 4
    said = found.attrib["aria-label"]
    assert "seconds 0:00.0 to 0:04.0 of the upload are seconds 0:02.0 to 0:07.0 of the reference" in said
    assert "mirrored, speed x 1.25" in said


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_coordinates_are_numbers_in_every_language(language: str) -> None:
    with translation.override(language):
        for picture in (
            timelines([Stretch((0.5, 1), (1, 2.5))], 3, 4.5),
            distance_bar(12, 31),
            hours([1, 2], "bar", "x"),
        ):
            for value in re.findall(r' (?:x|y|width|height|x1|x2|y1|y2)="([^"]*)"', picture):
                float(value)


def test_what_is_longer_than_the_file_says_stays_in_the_picture() -> None:
    found = drawn(timelines([Stretch((9, 10), (19, 20))], 0, 0))
    for box in found.findall("rect"):
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= 800


def test_a_moment_can_be_seen() -> None:
    found = drawn(timelines([Stretch((100, 100.01), (3599.9, 3600))], 3600, 3600))
    assert all(float(box.attrib["width"]) >= 3 for box in found.findall("rect[@class='segment']"))


def test_a_code_is_drawn_bit_by_bit() -> None:
    alone = drawn(code_pattern(b"\x80" + bytes(30) + b"\x01"))
    assert alone[0].attrib["d"] == "M0 0h1v1h-1zM15 15h1v1h-1z"
    beside = drawn(code_pattern(b"\x80" + bytes(31), b"\xc0" + bytes(31)))
    assert beside[1].attrib["d"] == "M1 0h1v1h-1z"
    assert "of which 1 differ" in beside.attrib["aria-label"]


@pytest.mark.parametrize("distance", [0, 12, 31, 200])
def test_a_distance_stays_in_its_bar(distance: int) -> None:
    found = drawn(distance_bar(distance, 31))
    assert all(float(box.attrib["width"]) <= 400 for box in found.findall("rect"))
    assert f"{distance} of 256 bits differ" in found.attrib["aria-label"]


def test_hours_are_bars_to_the_scale_of_the_highest() -> None:
    heights = [float(box.attrib["height"]) for box in drawn(hours([0, 1, 1000], "bar", "counts")).findall("rect")]
    assert heights == [0, 2, 56]


@pytest.mark.parametrize(
    ("given", "said"),
    [(0.0042, "4 ms"), (12, "12 s"), (8.25, "8.2 s"), (252, "4 min 12 s"), (3600, "1 h"), (90_061, "1 day 1 h")],
)
def test_spans_are_said_in_their_two_largest_units(given: float, said: str) -> None:
    assert duration(given) == said


def test_times_are_said_from_now() -> None:
    now = clock.now()
    with clock.fixed(now):
        assert relative(now) == "just now"
    with translation.override("fr"):
        assert relative(now.replace(year=now.year - 1)).startswith("il y a ")


def test_what_is_not_quite_certain_never_says_that_it_is() -> None:
    assert "100" not in percent(0.99999)
    assert "> 99.9" in percent(0.99999).replace("&gt;", ">")
    assert "100.0 %" in percent(1.0)
    assert (seconds(75.25), thousands(1234567)) == ("1:15.2", "1\u202f234\u202f567")
