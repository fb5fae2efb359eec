"""The images of languages, pulled or built before anything runs."""

import sys
from collections.abc import Iterable

from runner.errors import EngineError, SandboxError
from runner.languages import Language
from runner.options import Pull
from runner.sandbox.engine import Engine
from runner.sandbox.images import Images, Listener


def prepare(languages: Iterable[Language], *, pull: Pull) -> int:
    """Get the images side by side and tell what each is; 3 where one can't be had, else 0."""
    images = Images(
        Engine(),
        pull=pull,
        listener=Listener(
            pulling=lambda name: print(f"pulling {name}"),
            building=lambda dockerfile: print(f"building {dockerfile}"),
            not_built=lambda _, log: print(*log, sep="\n", file=sys.stderr),
        ),
    )
    wanted = {language.image_reference: language for language in languages}
    images.want(wanted.values())
    return max(_tell(images, language) for language in wanted.values())


def _tell(images: Images, language: Language) -> int:
    built = f"{language.build.shown}: " if language.build else ""
    try:
        image = images.future(language.image_reference).result()
    except SandboxError as problem:
        print(f"{built}{language.image_reference}: {problem}", file=sys.stderr)
        return EngineError.exit_code
    inside = f", a stand-in: {image.stand_in}" if image.stand_in else ""
    print(f"{built}{image.reference}: {image.digest} ({image.architecture}{inside})")
    return 0
