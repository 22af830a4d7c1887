"""Two pages, the form with its fields, and the photos as a route."""

from starlette.requests import Request
from starlette.responses import Response

from jetbridge import App, Input, Node, action_state, asset, component, flashes, h, inputs, not_found, url

from . import db
from .actions import join


def shell(page: Node) -> Node:
    return h.main[h.div(role="status")[[h.p(key=text)[text] for text in flashes()]], page]


app = App(__name__, static="static", layout=shell, head=lambda: h.link(rel="stylesheet", href=asset("app.css")))


@app.page("/", title="Members")
async def home():
    return [
        h.h1["Members"],
        h.p[h.a(href=url(join_page))["Become a member"]],
        h.ul(className="members")[
            [
                h.li(key=member.id)[
                    member.has_photo and h.img(src=f"/photos/{member.id}", alt="", width=48, height=48),
                    member.name,
                    " ",
                    h.small[f"{member.plan} plan"],
                ]
                for member in await db.list_members()
            ]
        ],
    ]


@app.page("/join", title="Become a member")
async def join_page():
    return [h.h1["Become a member"], join_form(), h.p[h.a(href=url(home))["Back to the members"]]]


@component
def join_form():
    state = action_state(join)
    return h.form(action=join)[
        state.error and h.p(role="alert")[state.error.message],
        [labelled(field) for field in inputs(join)],
        h.progress(pending=True, aria_label="Upload"),
        h.button(type="submit", pending="Signing up…")["Sign up"],
    ]


def labelled(field: Input) -> Node:
    """A label, the control as its annotation wants it, and what is wrong with it, where screen readers find it."""
    return h.div(className="field", key=field.name)[
        h.label(htmlFor=field.id)[field.label], field.control(), field.message
    ]


@app.route("/photos/{member:int}")
async def photo(asked: Request) -> Response:
    found = await db.find_photo(asked.path_params["member"])
    if found is None:
        raise not_found()
    return Response(found.data, media_type=found.type)
