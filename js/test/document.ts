/** Document: just enough of a browser, and of a server, for the parts that are not about elements. */
import { vi } from "vitest";
import { openPage, readPage } from "../src/client/page.ts";
import { contentType } from "../src/client/protocol.ts";

export interface Sent {
  url: string;
  init: RequestInit;
}

/** Stand at `path` with a page rendered at time 10 that depends on `tags`. */
export function standAt(path: string, tags: string[] = []): void {
  const url = new URL(path, "http://localhost");
  const location = { pathname: url.pathname, search: url.search, href: url.href, origin: url.origin, reload: vi.fn() };
  vi.stubGlobal("location", location);
  const nothing = { getElementById: () => null, querySelectorAll: () => [] };
  vi.stubGlobal("document", { title: "", baseURI: url.href, ...nothing });
  openPage(readPage({ tree: "first", url: path, tags, time: 10 }));
}

/** Answer every request alike, and keep what was sent. */
export function answer(body: string, init: ResponseInit = { headers: { "content-type": contentType } }): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (url: string, request: RequestInit) => {
    sent.push({ url, init: request });
    return new Response(body, init);
  });
  return sent;
}

/** Flight rows for a root that is plain JSON. */
export function rows(root: unknown): string {
  return `0:${JSON.stringify(root)}\n`;
}
