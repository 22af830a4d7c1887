"""MkDocs' hooks: pages as GitHub shows them in, pages as the site needs them out."""

import re
from pathlib import Path
from typing import Any

# Links to what is in the repository and not in docs/ have no page in the site: their text stays.
OUTSIDE = re.compile(
    r"\[([^\]]+)\]\((?:\.\./)+(?:examples|tests|src|js|benches|README|CONTRIBUTING|SECURITY|CHANGELOG)[^)]*\)"
)
UNSEEN = re.compile(r"^<!-- python\n.*?^-->\n?", re.MULTILINE | re.DOTALL)  # run as tests, not for readers


def on_config(config: Any) -> Any:
    """Called with the settings: pages of the guide that the navigation does not name stand at the end of the guide."""
    guide = next(section["Guide"] for section in config["nav"] if "Guide" in section)
    pages = (f"guide/{path.name}" for path in sorted(Path(config["docs_dir"], "guide").glob("*.md")))
    named = str(config["nav"])
    guide += [page for page in pages if page not in named]
    return config


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001  # as MkDocs calls it
    """Called with each page's source."""
    if page.file.src_path == "api.md":
        return markdown + api()
    return UNSEEN.sub("", OUTSIDE.sub(r"\1", markdown))


def api() -> str:
    """A directive of mkdocstrings for every public name, in the order of the modules they are from."""
    import jetbridge

    parts: list[str] = []
    names = [(jetbridge._HOME[name], name) for name in jetbridge.__all__ if name in jetbridge._HOME]
    parts.append("## `jetbridge`\n")
    parts += [f"::: {home}.{name}\n" for home, name in sorted(names, key=lambda pair: pair[1].lower())]
    for module, title in MODULES.items():
        parts.append(f"## `{title}`\n\n::: {module}\n    options:\n      show_root_heading: false\n")
    return "\n".join(parts)


# Further modules that people import from; where they are re-exported, under the name that people write.
MODULES = {
    "jetbridge.testing.client": "jetbridge.testing",
    "jetbridge.testing.requests": "jetbridge.testing.fake_request",
    "jetbridge.pytest_plugin": "pytest fixtures",
    "jetbridge.integrations.starlette": "jetbridge.integrations.starlette",
    "jetbridge.integrations.django": "jetbridge.integrations.django",
    "jetbridge.store.model": "jetbridge.store.model",
    "jetbridge.store.redis": "jetbridge.store.redis",
    "jetbridge.wire.limits": "jetbridge.wire.limits",
}
