/**
 * Boot: the document that Python printed, with its rows, in; the same document with React in charge out.
 *
 * Whatever fails here leaves the document as it is: its forms work without us.
 */
import { hydrateRoot } from "react-dom/client";
import { openAnnouncer } from "./announcer.ts";
import { readRows } from "./arriving.ts";
import { callFromPage } from "./calls.ts";
import { type Click, watchClicks } from "./clicks.ts";
import { components } from "./components.ts";
import { keepTyped, ownFields } from "./fields.ts";
import { ActionForm } from "./form.tsx";
import { putBack } from "./keep.ts";
import { watchLinks } from "./links.ts";
import { registerModule } from "./modules.ts";
import { leaveAction, openHistory, renew } from "./navigation.ts";
import { openPage, readFormState, readPage } from "./page.ts";
import { attributes, elements, module, page as names } from "./protocol.ts";
import { Root } from "./root.tsx";
import { decodeRows, openTransport } from "./transport.ts";
import { openWords } from "./words.ts";

/** Take over the page, if this document holds one; resolves once it is live. `click` is the last one there was. */
export async function boot(click: Click): Promise<void> {
  const container = document.getElementById(elements.container);
  const rows = document.getElementById(elements.rows);
  if (container === null || rows === null) return;
  putBack();
  registerModule(module.id, { ...components, [module.form]: ActionForm });
  if (leaveAction()) ownFields(container);
  watchClicks(click);
  openTransport(callFromPage, rows.getAttribute(attributes.token));
  const sent = await decodeRows<Record<string, unknown>>(readRows(rows, renew));
  openWords(sent[names.words]);
  const page = readPage(sent);
  openPage(page);
  const keepLate = (event: Event): void => {
    if (event.target instanceof HTMLTextAreaElement) keepTyped(event.target);
  };
  let onLive = (): void => undefined;
  const live = new Promise<void>((resolve) => {
    onLive = (): void => {
      container.removeEventListener("input", keepLate);
      container.setAttribute(attributes.live, "");
      // Not before: another page than the printed one would not hydrate.
      openHistory();
      openAnnouncer();
      watchLinks();
      resolve();
    };
  });
  container.querySelectorAll("textarea").forEach(keepTyped);
  container.addEventListener("input", keepLate);
  // React's own type for it names what only React has made.
  hydrateRoot(container, <Root onLive={onLive} />, { formState: readFormState(page) as never });
  await live;
}
