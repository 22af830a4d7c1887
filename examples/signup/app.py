"""Two pages, the form with its fields, and the photos as a route."""

from starlette.requests import Request
from starlette.responses import Response

from jetbridge import App, Node, action_state, asset, component, flashes, h, not_found, url

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

    def field(name: str, label: str, control) -> Node:
        """A label, the control, and what is wrong with it, where screen readers find it."""
        wrong = state.field_errors.get(name)
        return h.div(className="field")[
            h.label(htmlFor=name)[label],
            control(id=name, name=name, aria_describedby=f"{name}-error" if wrong else None),
            wrong and h.p(id=f"{name}-error", className="error")[wrong],
        ]

    return h.form(action=join)[
        state.error and h.p(role="alert")[state.error.message],
        field("name", "Name", h.input(type="text", required=True, maxLength=80, autoComplete="name")),
        field("email", "E-mail", h.input(type="email", required=True, autoComplete="email")),
        field("born", "Day of birth", h.input(type="date", required=True, autoComplete="bday")),
        field("plan", "Plan", h.select[h.option(value="basic")["Basic"], h.option(value="full")["Full"]]),
        field("about", "About you", h.textarea(rows=3, maxLength=500)),
        field("photo", "Photo", h.input(type="file", accept=",".join(db.PHOTO_TYPES))),
        field("rules", "I accept the rules", h.input(type="checkbox")),
        h.progress(pending=True, aria_label="Upload"),
        h.button(type="submit", pending="Signing up…")["Sign up"],
    ]


@app.route("/photos/{member:int}")
async def photo(asked: Request) -> Response:
    found = await db.find_photo(asked.path_params["member"])
    if found is None:
        raise not_found()
    return Response(found.data, media_type=found.type)
