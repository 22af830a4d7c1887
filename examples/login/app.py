"""A site with a door: anyone may see the first page, members see the second."""

from collections.abc import Callable

from jetbridge import App, Node, action_state, asset, component, flashes, h, session, unauthorized

from . import db
from .actions import sign_in, sign_out, sign_up


def shell(page: Node) -> Node:
    return h.main[[h.p(key=text, role="status")[text] for text in flashes()], page]


app = App(
    __name__,
    static="static",
    layout=shell,
    login="/login",
    head=lambda: h.link(rel="stylesheet", href=asset("app.css")),
)


def current_account() -> db.Account | None:
    account_id = session().get("account")
    return None if account_id is None else db.find_account(account_id)


def signed_in(_request: object) -> bool:
    if current_account() is None:
        raise unauthorized()
    return True


@app.page("/", title="Welcome")
def home():
    account = current_account()
    if account is None:
        return [h.h1(key="title")["Welcome"], h.p(key="way")[h.a(href="/members")["To the members' page"]]]
    return [h.h1(key="title")["Welcome, ", account.name], h.p(key="way")[h.a(href="/members")["Your page"]], leave()]


@app.page("/members", title="Members", allow=signed_in)
def members():
    account = current_account()
    return [h.h1(key="title")["For members"], h.p(key="name")["You are ", account and account.name, "."], leave()]


@app.page("/login", title="Sign in")
def login():
    return [account_form("Sign in", sign_in), account_form("Sign up", sign_up)]


@component
def account_form(label: str, action: Callable[..., object]):
    state = action_state(action)
    return h.form(action=action, aria_label=label)[
        h.h2[label],
        h.label["Name ", h.input(name="name", required=True, autoComplete="username")],
        h.label["Password ", h.input(type="password", name="password", required=True)],
        h.button(type="submit")[label],
        state.error
        and h.div(role="alert")[
            h.p[state.error.message],
            [h.p(key=field)[f"{field}: {message}"] for field, message in state.field_errors.items()],
        ],
    ]


@component
def leave():
    return h.form(action=sign_out)[h.button(type="submit")["Sign out"]]
