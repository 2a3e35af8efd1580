"""Provenance: the XMP packet that says that a picture was colourised, how, and from what.

Sources: ISO 16684-1:2019 (XMP); IPTC Photo Metadata Standard 2023.2, "Digital Source Type", with
its terms at http://cv.iptc.org/newscodes/digitalsourcetype/.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias
from xml.sax.saxutils import escape

from handtint import __version__

SourceType: TypeAlias = Literal[
    "algorithmicallyEnhanced", "compositeWithTrainedAlgorithmicMedia", "humanEdits"
]

_VOCABULARY: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_PACKET: Final = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:handtint="https://pypi.org/project/handtint/ns/1.0/">
   <Iptc4xmpExt:DigitalSourceType>{source_type}</Iptc4xmpExt:DigitalSourceType>
   <xmp:CreatorTool>{tool}</xmp:CreatorTool>
{source}\
   <handtint:method>{method}</handtint:method>
   <handtint:options>
    <rdf:Seq>
{options}\
    </rdf:Seq>
   </handtint:options>
   <xmpMM:History>
    <rdf:Seq>
     <rdf:li rdf:parseType="Resource">
      <stEvt:action>edited</stEvt:action>
      <stEvt:softwareAgent>{tool}</stEvt:softwareAgent>
{when}\
      <stEvt:parameters>{parameters}</stEvt:parameters>
     </rdf:li>
    </rdf:Seq>
   </xmpMM:History>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def xmp_packet(
    *,
    method: str,
    options: Mapping[str, object],
    source_sha256: str | None,
    source_type: SourceType = "algorithmicallyEnhanced",
    when: datetime | None = None,
) -> str:
    """Make the XMP packet of a colourised picture.

    ================================  =====================================================
    Property                          Value
    ================================  =====================================================
    Iptc4xmpExt:DigitalSourceType     the term of the IPTC vocabulary
    xmp:CreatorTool                   handtint and its version
    dc:source                         ``sha256:`` and the digest of the photograph's file
    handtint:method, :options         name, and ``name=value`` of every option
    xmpMM:History                     one event: edited, by what, when, with what
    ================================  =====================================================

    Parameters
    ----------
    method : str
        Name of the method.
    options : mapping
        Its options.
    source_sha256 : str or None
        SHA-256 of the photograph's file, in hexadecimal digits.
    source_type : str
        ``algorithmicallyEnhanced`` for strokes and a solver,
        ``compositeWithTrainedAlgorithmicMedia`` where a trained model proposed colours,
        ``humanEdits`` where every colour was painted.
    when : datetime, optional
        Time of the work, with its time zone; left out for files that are to be reproducible.

    Returns
    -------
    str
        Well-formed XML; characters that XML cannot hold are replaced by U+FFFD.
    """
    written = [f"{name}={value}" for name, value in options.items()]
    parameters = "; ".join([f"colourised, method {method}", *written])
    stamp = "" if when is None else f"      <stEvt:when>{when.isoformat()}</stEvt:when>\n"
    source = ""
    if source_sha256 is not None:
        source = f"   <dc:source>sha256:{_text(source_sha256)}</dc:source>\n"
    return _PACKET.format(
        source_type=_VOCABULARY + _text(source_type),
        tool=_text(f"handtint {__version__}"),
        source=source,
        method=_text(method),
        options="".join(f"     <rdf:li>{_text(line)}</rdf:li>\n" for line in written),
        when=stamp,
        parameters=_text(parameters),
    )


def _text(value: str) -> str:
    """``value`` as XML character data (XML 1.0, section 2.2)."""
    return escape("".join(c if _is_xml(ord(c)) else "\ufffd" for c in value))


def _is_xml(point: int) -> bool:
    return (
        point in {0x9, 0xA, 0xD}
        or 0x20 <= point <= 0xD7FF
        or 0xE000 <= point <= 0xFFFD
        or point >= 0x10000
    )
