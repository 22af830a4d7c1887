/** Development's client: production's and what helps to mend a page in, the same names out. Production has none of it. */
import { development, failure, page } from "../protocol.ts";
import { watch } from "../watch.ts";
import { keep } from "../keep.ts";
import { showStylesheets } from "./head.ts";
import { closeOverlay, openOverlay } from "./overlay.ts";

export * from "../client.ts";
export { refresh } from "../navigation.ts";

let client: string | undefined;
const shown = new Set<string | null>();

/** A late part says in the page itself what it failed with, however it came. */
function showLate(): void {
  for (const part of document.querySelectorAll(`[${development.failed}]`)) {
    const digest = part.getAttribute(development.failed);
    if (digest === null || shown.has(digest)) continue;
    shown.add(digest);
    openOverlay(digest);
  }
}

new MutationObserver(showLate).observe(document, { childList: true, subtree: true });
showLate();

watch({
  failed(error) {
    if (error.traceback !== null) error.stack = `${error.stack}\n\n${error.traceback}`; // what the console shows
    if (error.traceback !== null && error.digest !== null) openOverlay(error.digest); // which the server has kept
  },
  received(sent) {
    const made = String(sent[page.client] ?? "");
    const isDocument = client === undefined;
    if (!isDocument && made !== client) keep(); // the document is about to be loaded again
    client ??= made;
    const failed = sent[page.failure] as Record<string, unknown> | null | undefined;
    if (failed != null) return openOverlay(String(failed[failure.digest]));
    if (!isDocument) closeOverlay(); // else a late part of this document may have opened it
    showStylesheets(String(sent[page.head] ?? ""));
  },
});
