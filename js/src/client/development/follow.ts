/**
 * Follower: the server's news in, the page as it is now out. In each document of `jetbridge dev`, and without React.
 *
 * Softly where that is possible: the page is rendered anew in place, so that what was typed, the focus and what is in
 * view stay. A document that must be loaded again gets back what can be kept of it.
 */
import { attributes, development, elements } from "../../../../vectors/protocol.json";
import { keep, putBack } from "../keep.ts";
import { showActions } from "./panel.ts";

/** The file of the client beside this one; the build names it. */
declare const CLIENT: string;

const AGAIN_AFTER = 1000;

/** Listen while the document is in view: a browser opens only six connections to a server. */
function followServer(): void {
  const printed = document.querySelector<HTMLMetaElement>(`meta[name="${development.run}"]`);
  if (printed === null) return;
  let known = printed.content;
  let source: EventSource | undefined;

  function listen(): void {
    if (source !== undefined || document.hidden) return;
    source = new EventSource(new URL(development.events, import.meta.url));
    source.addEventListener("message", ({ data }) => {
      if (data === known) return;
      known = String(data);
      void renew();
    });
    source.addEventListener(development.acted, ({ data }: MessageEvent<string>) => showActions(Number(data)));
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return; // it connects again by itself
      leave();
      setTimeout(listen, AGAIN_AFTER);
    });
  }

  function leave(): void {
    source?.close();
    source = undefined;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
  addEventListener("pagehide", leave);
  addEventListener("pageshow", listen);
  listen();
}

/** The client of the page: that of a build of the application's own, or ours. */
function entryOf(): string {
  return document.querySelector(`meta[name="${development.run}"]`)?.getAttribute(attributes.entry) ?? CLIENT;
}

async function renew(): Promise<void> {
  const container = document.getElementById(elements.container);
  if (container === null || !container.hasAttribute(attributes.live)) return load();
  try {
    const client = (await import(entryOf())) as typeof import("./client.ts"); // the one that has the page in charge
    await client.refresh();
  } catch (problem) {
    // Without an answer the next server has its say; a page that failed is shown by the overlay.
    if ((problem as Error).name !== "NetworkError" && document.querySelector("jetbridge-overlay") === null) load();
  }
}

function load(): void {
  keep();
  location.reload();
}

putBack();
followServer();
