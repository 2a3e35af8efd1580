"""The XMP packet: well-formed whatever is put in, and complete."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handtint
from handtint.io import xmp_packet

NS = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "mm": "http://ns.adobe.com/xap/1.0/mm/",
    "event": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "iptc": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "own": "https://pypi.org/project/handtint/ns/1.0/",
}


def parsed(packet):
    assert packet.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert packet.endswith('<?xpacket end="w"?>')
    return ET.fromstring(packet)


def texts(packet, path):
    return [element.text for element in parsed(packet).iterfind(f".//{path}", NS)]


def test_what_it_says():
    when = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
    packet = xmp_packet(
        method="levin", options={"window": 3, "eps": 1e-7}, source_sha256="ab" * 32, when=when
    )
    assert texts(packet, "iptc:DigitalSourceType") == [
        "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"
    ]
    (tool,) = texts(packet, "xmp:CreatorTool")
    assert tool.split() == ["handtint", handtint.__version__]
    assert texts(packet, "dc:source") == ["sha256:" + "ab" * 32]
    assert texts(packet, "own:method") == ["levin"]
    assert texts(packet, "own:options/rdf:Seq/rdf:li") == ["window=3", "eps=1e-07"]
    history = "mm:History/rdf:Seq/rdf:li"
    assert texts(packet, f"{history}/event:action") == ["edited"]
    assert texts(packet, f"{history}/event:softwareAgent") == [tool]
    assert texts(packet, f"{history}/event:when") == ["2026-11-22T12:30:00+00:00"]
    (parameters,) = texts(packet, f"{history}/event:parameters")
    assert "levin" in parameters
    assert "window=3" in parameters


@pytest.mark.parametrize("term", ["compositeWithTrainedAlgorithmicMedia", "humanEdits"])
def test_other_source_types(term):
    packet = xmp_packet(method="m", options={}, source_sha256=None, source_type=term)
    assert texts(packet, "iptc:DigitalSourceType")[0].endswith(f"/{term}")
    assert texts(packet, "dc:source") == []
    assert texts(packet, "event:when") == []


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_any_text_makes_a_well_formed_packet(method, options):
    packet = xmp_packet(method=method, options=options, source_sha256=None)
    packet.encode()
    (stored,) = texts(packet, "own:method")
    printable = "".join(c if c.isprintable() else "?" for c in method)
    if printable == method:
        assert (stored or "") == method
    assert len(texts(packet, "own:options/rdf:Seq/rdf:li")) == len(options)


def test_equal_work_makes_equal_packets():
    made = {xmp_packet(method="m", options={"a": 1}, source_sha256="0") for _ in range(2)}
    assert len(made) == 1
