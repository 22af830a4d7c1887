"""Two versions of an app, as DEPLOYED says: the second changes what one action takes and has the other no more."""

import os

from jetbridge import App, action_state, h

SECOND = os.environ.get("DEPLOYED") == "2"
app = App(__name__)

if SECOND:

    async def add(text: str, colour: str = "red") -> str:
        "use server"
        return f"{text} in {colour}"

else:

    async def add(text: str) -> str:
        "use server"
        return text

    async def note(about: str, password: str) -> None:
        "use server"


@app.page("/")
async def home():
    state = action_state(add)
    return h.main[
        h.form(id="add", action=add)[
            h.input(name="text"),
            h.button["Add"],
            state.error and h.p(role="alert")[state.error.message],
            state.result and h.p(role="status")[state.result],
        ],
        not SECOND
        and h.form(id="note", action=note)[
            h.textarea(name="about"), h.input(name="password", type="password"), h.button["Note"]
        ],
    ]
