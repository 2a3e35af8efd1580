"""Files: reading photographs and masks, writing pictures, and saying what was done to them."""

from handtint.io.animation import check_animation, write_animation
from handtint.io.atomic import check_output
from handtint.io.photo import DEFAULT_MAX_PIXELS, Photo
from handtint.io.provenance import xmp_packet
from handtint.io.read import MaskPicture, read_mask, read_photo, read_rgb
from handtint.io.write import write_picture

__all__ = [
    "DEFAULT_MAX_PIXELS",
    "MaskPicture",
    "Photo",
    "check_animation",
    "check_output",
    "read_mask",
    "read_photo",
    "read_rgb",
    "write_animation",
    "write_picture",
    "xmp_packet",
]
