"""One page, a table of 1,000 rows and 6 columns, as each library has its author write it."""

from collections.abc import Callable, Mapping
from typing import Any

import htpy
import jinja2
from fasthtml import common as fasthtml

from jetbridge.elements.h import h
from jetbridge.elements.node import HtmlElement

__all__ = ["build", "fasthtml_page", "htpy_page", "jinja_page"]

Rows = list[dict[str, Any]]


def build(rows: Rows) -> HtmlElement:
    """The table as our elements."""
    return h.table[
        [
            h.tr(key=row["id"])[
                h.td[row["id"]],
                h.td[row["name"]],
                h.td[row["email"]],
                h.td[row["city"]],
                h.td[row["note"]],
                h.td[row["price"]],
            ]
            for row in rows
        ]
    ]


def htpy_page(rows: Rows) -> str:
    """The table by htpy."""
    return str(
        htpy.table[
            [
                htpy.tr[
                    htpy.td[row["id"]],
                    htpy.td[row["name"]],
                    htpy.td[row["email"]],
                    htpy.td[row["city"]],
                    htpy.td[row["note"]],
                    htpy.td[str(row["price"])],
                ]
                for row in rows
            ]
        ]
    )


def fasthtml_page(rows: Rows) -> str:
    """The table by FastHTML."""
    return fasthtml.to_xml(
        fasthtml.Table(
            *(
                fasthtml.Tr(
                    fasthtml.Td(row["id"]),
                    fasthtml.Td(row["name"]),
                    fasthtml.Td(row["email"]),
                    fasthtml.Td(row["city"]),
                    fasthtml.Td(row["note"]),
                    fasthtml.Td(row["price"]),
                )
                for row in rows
            )
        )
    )


_TEMPLATE = jinja2.Environment(autoescape=True).from_string(
    "<table>{% for row in rows %}<tr><td>{{ row.id }}</td><td>{{ row.name }}</td><td>{{ row.email }}</td>"
    "<td>{{ row.city }}</td><td>{{ row.note }}</td><td>{{ row.price }}</td></tr>{% endfor %}</table>"
)
_render: Callable[..., str] = _TEMPLATE.render


def jinja_page(rows: list[Mapping[str, Any]] | Rows) -> str:
    """The table by Jinja2, compiled, with autoescape."""
    return _render(rows=rows)
