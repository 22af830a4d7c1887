// Components for `test_ssr.py`, in the JavaScript that Vite would have made of them.
import { createElement as h, useId } from "REACT";
import { serve } from "SSR";

serve({
  "./all.js": async () => ({
    Counter: ({ start, children }) => h("section", { id: useId() }, h("b", null, start), children),
    Form: ({ action }) => h("form", { action }, h("input", { name: "title" })),
    NoWindow: () => h("p", null, window.innerWidth),
    Endless: () => {
      for (;;);
    },
    Waits: () => {
      throw new Promise(() => undefined);
    },
    Exits: () => process.exit(3),
  }),
});
