"""librsvg, GNOME's SVG renderer, which Debian keeps (`librsvg2-2`): called through ctypes.

ctypes lets go of the interpreter lock during each call, and cairo draws straight into the memory
of the picture. Both are what the face needs (docs/performance.md has the figures).

Source: https://gnome.pages.gitlab.gnome.org/librsvg/Rsvg-2.0/ and
https://www.cairographics.org/manual/cairo-Image-Surfaces.html
"""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_size_t, c_void_p
from functools import lru_cache
from typing import NamedTuple

import pygame

_ARGB32 = 0
"""CAIRO_FORMAT_ARGB32: a native-endian word a pixel, colours multiplied by alpha."""
_MAX_SIDE_PX = 32_767
"""Longer ones cairo refuses."""


class _Viewport(ctypes.Structure):
    _fields_ = (("x", c_double), ("y", c_double), ("width", c_double), ("height", c_double))


class _Error(ctypes.Structure):
    """GError."""

    _fields_ = (("domain", ctypes.c_uint32), ("code", c_int), ("message", c_char_p))


_Fault = POINTER(_Error)


class _Libraries(NamedTuple):
    rsvg: ctypes.CDLL
    cairo: ctypes.CDLL
    glib: ctypes.CDLL
    gobject: ctypes.CDLL


@lru_cache(maxsize=1)
def _libraries() -> _Libraries:
    try:
        rsvg, cairo, glib, gobject = (
            ctypes.CDLL(name)
            for name in (
                "librsvg-2.so.2",
                "libcairo.so.2",
                "libglib-2.0.so.0",
                "libgobject-2.0.so.0",
            )
        )
    except OSError as error:
        raise pygame.error(
            f"librsvg, which draws all vector graphics, cannot be loaded ({error}): install the"
            " Debian package librsvg2-2"
        ) from None
    rsvg.rsvg_handle_new_from_data.restype = c_void_p
    rsvg.rsvg_handle_new_from_data.argtypes = (c_char_p, c_size_t, POINTER(_Fault))
    rsvg.rsvg_handle_render_document.restype = c_int
    rsvg.rsvg_handle_render_document.argtypes = (
        *(c_void_p, c_void_p, POINTER(_Viewport), POINTER(_Fault)),
    )
    cairo.cairo_image_surface_create_for_data.restype = c_void_p
    cairo.cairo_image_surface_create_for_data.argtypes = (c_void_p, c_int, c_int, c_int, c_int)
    cairo.cairo_create.restype = c_void_p
    cairo.cairo_create.argtypes = (c_void_p,)
    cairo.cairo_status.argtypes = (c_void_p,)
    cairo.cairo_destroy.restype = None
    cairo.cairo_destroy.argtypes = (c_void_p,)
    cairo.cairo_surface_flush.restype = None
    cairo.cairo_surface_flush.argtypes = (c_void_p,)
    cairo.cairo_surface_destroy.restype = None
    cairo.cairo_surface_destroy.argtypes = (c_void_p,)
    glib.g_error_free.restype = None
    glib.g_error_free.argtypes = (_Fault,)
    gobject.g_object_unref.restype = None
    gobject.g_object_unref.argtypes = (c_void_p,)
    return _Libraries(rsvg, cairo, glib, gobject)


def load() -> None:
    """Load the libraries.

    Raises:
        pygame.error: they are missing; it names the package.
    """
    _libraries()


def draw(document: bytes, address: int, size: tuple[int, int], pitch_bytes: int) -> None:
    """Draw an SVG document over a picture in memory, scaled to the whole of it.

    Args:
        document: whole, judged by `document.read` or our own: what it refers to is not judged here.
        address: of the first pixel; each is a word ARGB, its colours multiplied by its alpha.
        size: width and height of the picture, in pixels.
        pitch_bytes: from a row to the next, a multiple of 4.

    Raises:
        pygame.error: librsvg is missing, or cannot draw this.
    """
    if not 0 < min(size) <= max(size) <= _MAX_SIDE_PX:
        raise pygame.error(f"a picture of {size[0]}x{size[1]} pixels cannot be drawn")
    rsvg, cairo, _, gobject = _libraries()
    fault = _Fault()
    handle = rsvg.rsvg_handle_new_from_data(document, len(document), byref(fault))
    if not handle:
        raise pygame.error(_message(fault))
    surface = cairo.cairo_image_surface_create_for_data(address, _ARGB32, *size, pitch_bytes)
    context = cairo.cairo_create(surface)
    try:
        viewport = _Viewport(0, 0, *size)
        if not rsvg.rsvg_handle_render_document(handle, context, viewport, byref(fault)):
            raise pygame.error(_message(fault))
        if status := cairo.cairo_status(context):
            raise pygame.error(f"cairo cannot draw this (status {status})")
    finally:
        cairo.cairo_destroy(context)
        cairo.cairo_surface_flush(surface)
        cairo.cairo_surface_destroy(surface)
        gobject.g_object_unref(handle)


def _message(fault: "ctypes._Pointer[_Error]") -> str:
    """What librsvg says of a fault, which is freed here."""
    if not fault:
        return "librsvg cannot draw this"
    message: bytes = fault.contents.message or b""
    text = message.decode(errors="replace")
    _libraries().glib.g_error_free(fault)
    return f"librsvg cannot draw this: {text}"
