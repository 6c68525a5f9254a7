"""Images in a compiled message: their parts come back, and no value breaks out of its header."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from helpers_text import anything
from syndicate.errors import HeaderError
from syndicate.mail import CompiledMessage, InlineImage, base64_lines, compile_message
from syndicate.model import Digest
from test_embedded_images import carries, read
from test_message import HEADERS, NEWSLETTER, carried
from test_message import on_the_wire as written_well

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
datas = st.binary(max_size=400)


@many
@given(anything, anything, st.lists(datas, min_size=1, max_size=4, unique=True))
@example("--=_r", "--=_", [b"", b"\r\n", b"--=_r", bytes(57)])
@example("", "", [bytes(58)])
def test_image_parts_are_decoded_to_the_same_bytes(text: str, html: str, found: list[bytes]) -> None:
    inline = [InlineImage(f"{n}@harbour.example", "image/png", data) for n, data in enumerate(found)]
    digest = Digest.model_construct(subject="S", html=html, text=text)
    message = compile_message(NEWSLETTER, digest, slots={}, inline=inline)
    sent = message.fill(HEADERS)
    written_well(sent)
    mail = read(sent)
    assert list(carries(mail).values()) == found
    root = next(mail.iter_parts())
    bodies = [part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in root.iter_parts()]
    assert bodies == [carried(text), carried(html)]
    outer, inner = str(mail.get_boundary()), str(root.get_boundary())
    assert not outer.startswith(inner)
    assert not inner.startswith(outer)
    contents = {each.content.name: base64_lines(each.data) for each in inline}
    again = CompiledMessage.loads(message.dumps(), contents)
    assert again == message
    assert again.fill(HEADERS) == sent


@pytest.mark.parametrize(
    ("content_id", "media_type"),
    [
        ("1@h.example>\r\nBcc: eve@evil.example", "image/png"),
        ("1@h.example", "image/png\r\nX: y"),
        ("1@h.example", "text/html"),
        ("1@h.example", "image/svg+xml"),
        ("no at sign", "image/png"),
    ],
)
def test_no_image_breaks_out_of_its_headers(content_id: str, media_type: str) -> None:
    with pytest.raises(HeaderError, match="not an image for a message"):
        InlineImage(content_id, media_type, b"x").part_headers(1)
