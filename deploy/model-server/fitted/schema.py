"""The input of a prediction: its JSON schema, its checks, and pictures as data: URIs."""

from __future__ import annotations

import base64
import binascii
import urllib.parse
from dataclasses import dataclass
from typing import Any

from . import __version__
from .errors import ImageLoadError
from .fit import CATEGORIES
from .images import SIZES

@dataclass(frozen=True)
class Input:
    """A checked input."""

    human_img: str
    garm_img: str
    category: str
    quality: str = "SD"


def _fault(field: str | None, message: str, kind: str) -> dict[str, Any]:
    return {"loc": ["body", "input"] + ([field] if field else []), "msg": message, "type": kind}


def parse_input(raw: Any) -> tuple[Input | None, list[dict[str, Any]]]:
    """Check an input; unknown fields are dropped. Returns the input, or the list of faults."""
    if not isinstance(raw, dict):
        return None, [_fault(None, "Input should be an object", "dict_type")]
    faults: list[dict[str, Any]] = []
    for field in ("human_img", "garm_img"):
        value = raw.get(field)
        if value is None:
            faults.append(_fault(field, "Field required", "missing"))
        elif not isinstance(value, str):
            faults.append(_fault(field, "Input should be a valid string", "string_type"))
        elif value[:5].lower() != "data:" or "," not in value[:256]:
            faults.append(_fault(field, "Input should be a data: URI", "uri_parsing"))
    for field, allowed, default in (("category", CATEGORIES, None), ("quality", tuple(SIZES), "SD")):
        value = raw.get(field, default)
        if value is None:
            faults.append(_fault(field, "Field required", "missing"))
        elif value not in allowed:
            names = ", ".join(f"'{name}'" for name in allowed)
            faults.append(_fault(field, f"Input should be one of {names}", "enum"))
    if faults:
        return None, faults
    return Input(raw["human_img"], raw["garm_img"], raw["category"], raw.get("quality", "SD")), []


def load_uri(uri: str, what: str) -> bytes:
    """The bytes of a data: URI. Nothing is fetched: a URL could lead to hosts that only this machine reaches."""
    head, _, body = uri.partition(",")
    try:
        if head.lower().endswith(";base64"):
            return base64.b64decode(urllib.parse.unquote(body) if "%" in body else body, validate=True)
        return urllib.parse.unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        raise ImageLoadError(f"the {what} picture's data: URI is not valid base64") from None


def openapi() -> dict[str, Any]:
    """The OpenAPI document, with the schemas of input and output."""
    uri = {"type": "string", "format": "uri"}
    properties = {
        "human_img": {**uri, "title": "Human Img", "description": "Photo of the person", "x-order": 0},
        "garm_img": {**uri, "title": "Garm Img", "description": "Photo of the garment alone", "x-order": 1},
        "category": {"type": "string", "title": "Category", "enum": list(CATEGORIES), "x-order": 2,
                     "description": "Where the garment is worn"},
        "quality": {"type": "string", "title": "Quality", "enum": list(SIZES), "default": "SD", "x-order": 3,
                    "description": "Output size: " + ", ".join(f"{k} {w}x{h}" for k, (w, h) in SIZES.items())},
    }
    status = {"type": "string", "enum": ["starting", "processing", "succeeded", "canceled", "failed"]}
    schemas = {
        "Input": {"type": "object", "title": "Input", "properties": properties,
                  "required": ["human_img", "garm_img", "category"]},
        "Output": {**uri, "title": "Output"},
        "Status": status,
        "PredictionRequest": {"type": "object", "properties": {
            "id": {"type": "string"}, "input": {"$ref": "#/components/schemas/Input"}}},
        "PredictionResponse": {"type": "object", "properties": {
            "id": {"type": "string"}, "status": {"$ref": "#/components/schemas/Status"},
            "output": {"$ref": "#/components/schemas/Output"}, "error": {"type": "string"},
            "logs": {"type": "string"}, "metrics": {"type": "object"}}},
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/PredictionRequest"}}}}
    answers = {"200": {"description": "Success", "content": {"application/json": {
        "schema": {"$ref": "#/components/schemas/PredictionResponse"}}}}}
    name = {"name": "prediction_id", "in": "path", "required": True, "schema": {"type": "string"}}
    plain = {"200": {"description": "Success"}}
    return {
        "openapi": "3.0.2", "info": {"title": "Fitted preview", "version": __version__},
        "paths": {
            "/health-check": {"get": {"responses": plain}},
            "/predictions": {"post": {"requestBody": body, "responses": answers}},
            "/predictions/{prediction_id}": {"put": {"parameters": [name], "requestBody": body, "responses": answers}},
            "/predictions/{prediction_id}/cancel": {"post": {"parameters": [name], "responses": plain}},
        },
        "components": {"schemas": schemas},
    }
