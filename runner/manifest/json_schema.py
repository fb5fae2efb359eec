"""The JSON Schema of a manifest, for editors: pydantic's, in the form that they understand.

The language server for YAML that editors use knows draft 7 and below: `definitions`, and nothing
beside a `$ref`.
"""

from typing import Any, Final

from runner.manifest.models import Manifest

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def schema() -> dict[str, Any]:
    """A manifest as a list of snippets or as a mapping."""
    reference = "#/definitions/{model}"
    built = Manifest.model_json_schema(ref_template=reference)
    definitions = built.pop("$defs")
    definitions["Manifest"] = built
    return {
        "$schema": _DRAFT,
        "title": "Manifest of code snippets",
        "description": "Snippets to run in isolated containers, and what they must print.",
        "anyOf": [
            {"$ref": "#/definitions/Manifest"},
            {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/SnippetEntry"}},
        ],
        "definitions": {name: _plain(part) for name, part in sorted(definitions.items())},
    }


def _plain(part: Any) -> Any:  # noqa: ANN401 - JSON
    """A part without what says nothing here: titles, null as a value, what a `$ref` hides."""
    if isinstance(part, list):
        return [_plain(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _plain(value) for key, value in part.items() if not _says_nothing(key, value)}
    forms = kept.get("anyOf")
    if isinstance(forms, list) and {"type": "null"} in forms:
        forms = [form for form in forms if form != {"type": "null"}]
        del kept["anyOf"]
        kept = {**forms[0], **kept} if len(forms) == 1 else {"anyOf": forms, **kept}
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    if "$ref" in kept and len(kept) > 1:
        kept = {"allOf": [{"$ref": kept.pop("$ref")}], **kept}
    return kept


def _says_nothing(key: str, value: object) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
