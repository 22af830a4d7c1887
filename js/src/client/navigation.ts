/**
 * Navigation: a location in, that page in the document and in the history out.
 *
 * For links (`links.ts`), for redirects that answer a call, and for going back and forth between the history entries
 * those made. What cannot be shown softly is left to the browser to load.
 */
import { announce, hush } from "./announcer.ts";
import { ServerError } from "./errors.ts";
import { here, type Page, pagesShown, showPage, shownPage } from "./page.ts";
import { elements, query } from "./protocol.ts";
import { getPage } from "./transport.ts";
import { say } from "./words.ts";

type Position = [left: number, top: number];

const SCROLLED = "jetbridge-scrolled";
const MOST_SCROLLED = 200;

/** Where each entry of the history was scrolled to; the browser restores too early, before the content is in. */
let scrolled = new Map<number, Position>();
/** The number of the history's entry that is shown: no two in this tab have the same, whatever document made them. */
let entry = 0;
/** Path and query of what is shown; the location runs ahead of it while Back loads. */
let showing = "";
let running = new AbortController();

/**
 * Show the page's own address where a form, submitted before we were there, has left that of its action. Whether it has:
 * then that form failed, and holds what was typed as if it had been printed.
 */
export function leaveAction(): boolean {
  const members = location.search.slice(1).split("&");
  const kept = members.filter((member) => !member.startsWith(`${query.action}=`));
  if (kept.length === members.length) return false;
  const search = kept.length > 0 ? `?${kept.join("&")}` : "";
  history.replaceState(history.state, "", location.pathname + search + location.hash);
  return true;
}

/** Watch the history of the document that is live now. */
export function openHistory(): void {
  showing = here();
  scrolled = readScrolled();
  nameEntry();
  addEventListener("popstate", () => {
    // An entry without a number is new, and made by a link to a fragment: the browser has scrolled to it.
    const isNew = numberOf(history.state) === null;
    nameEntry();
    if (!isNew || here() !== showing) void travel();
  });
  addEventListener("scroll", () => scrolled.set(entry, [scrollX, scrollY]), { passive: true });
  let restoration = history.scrollRestoration;
  // Reloading, and coming back from another document, the browser does better.
  addEventListener("pagehide", () => {
    restoration = history.scrollRestoration;
    history.scrollRestoration = "auto";
    storeScrolled();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    history.scrollRestoration = restoration;
    renew();
  });
  if (isFromCache()) renew();
}

/** Know the entry that is current by its number, and give it one if it has none. */
function nameEntry(): void {
  const known = numberOf(history.state);
  entry = known ?? freshNumber();
  if (known === null) history.replaceState({ ...history.state, jetbridge: entry }, "");
}

function numberOf(state: unknown): number | null {
  const number = (state as { jetbridge?: unknown } | null)?.jetbridge;
  return typeof number === "number" ? number : null;
}

function freshNumber(): number {
  return Math.max(Date.now(), entry + 1);
}

/** What an earlier document of this tab left: after a reload its entries are this one's. */
function readScrolled(): Map<number, Position> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(SCROLLED) ?? "[]") as [number, Position][]);
  } catch {
    return new Map(); // no storage, or not ours
  }
}

function storeScrolled(): void {
  try {
    sessionStorage.setItem(SCROLLED, JSON.stringify([...scrolled].slice(-MOST_SCROLLED)));
  } catch {
    // No storage, or none left: the way back begins at the top.
  }
}

/** Back shows what was there; the person may have changed it since. Where that fails, it stays. */
export function renew(): void {
  refresh().catch(() => undefined);
}

/** Whether the browser took the document out of its cache to go back or forward, as it does without asking anybody. */
function isFromCache(): boolean {
  const [loaded] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return loaded?.type === "back_forward" && loaded.transferSize === 0;
}

export interface Way {
  /** The page there, where an answer has brought it already. */
  readonly known?: Page | undefined;
  /** How many pages had been shown when it was asked for. */
  readonly after?: number;
  /** As a link does it: even the page that is shown begins anew. */
  readonly anew?: boolean;
}

/** Go to `target`. Resolves when its page is shown, or when another navigation took over. */
export async function navigate(target: string, { known, after = pagesShown(), anew = false }: Way = {}): Promise<void> {
  const url = new URL(target, document.baseURI);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new ServerError(`Cannot go to ${url.protocol}`);
  if (url.origin !== location.origin) return leave(url.href);
  let got: { page: Page; url: string } | null;
  try {
    got = known === undefined ? await load(url.href) : { page: known, url: url.href };
  } catch {
    return leave(url.href);
  }
  if (got === null) return;
  const isOther = here() !== pathOf(got.url);
  if (got.page.failure != null || (got.page.loads && isOther) || got.page.client !== shownPage().client) return leave(got.url + url.hash);
  enter(got.page, new URL(got.url), url.hash, anew, after);
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Render the page that is shown anew. */
export async function refresh(): Promise<void> {
  const after = pagesShown();
  const got = await load(here(), shownPage().tags.known);
  if (got?.page.failure != null) throw new ServerError(say("not_anew"));
  if (got !== null) showPage(got.page, { after });
}

/** The page at `url`, or null when another navigation has begun meanwhile. */
async function load(url: string, shown?: readonly string[]): Promise<{ page: Page; url: string } | null> {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  try {
    const got = await getPage(url, signal, shown);
    return signal.aborted ? null : got;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

function enter(page: Page, url: URL, hash: string, anew: boolean, after: number): void {
  url.hash ||= hash;
  const moved = url.pathname + url.search !== showing || anew;
  const focused = document.activeElement;
  if (url.href !== location.href) pushEntry(url.href);
  showPage(page, { replace: moved, after });
  showing = here();
  if (moved || url.hash !== "") arrive(url.hash, document.activeElement !== focused);
  if (moved) tellTitle();
}

function tellTitle(): void {
  hush(); // of the page before
  announce(document.title);
}

/** The browser moved to another entry: show its page, then what was in view there. */
async function travel(): Promise<void> {
  try {
    if (here() !== showing) {
      const got = await load(location.href);
      if (got === null) return;
      if (got.page.loads || got.page.failure != null) return location.reload();
      showPage(got.page, { replace: true });
      showing = here();
      tellTitle();
    }
  } catch {
    location.reload();
    return;
  }
  if (history.scrollRestoration === "manual") scrollNow(...(scrolled.get(entry) ?? [0, 0]));
}

function pushEntry(url: string): void {
  history.scrollRestoration = "manual";
  entry = freshNumber();
  history.pushState({ jetbridge: entry }, "", url);
}

/** As after loading a document: the fragment or the top is in view, and the keyboard starts there. */
function arrive(hash: string, pageTookFocus: boolean): void {
  const target = document.getElementById(decodeURIComponent(hash.slice(1)));
  if (target === null) scrollNow(0, 0);
  else target.scrollIntoView({ behavior: "instant" });
  // Removing the focused element leaves the focus on the body; an autoFocus field has taken it to itself.
  if (pageTookFocus && document.activeElement !== document.body) return;
  const start = target ?? document.getElementById(elements.container);
  if (start === null) return;
  if (!start.hasAttribute("tabindex")) {
    start.tabIndex = -1;
    start.style.outline = "none";
  }
  start.focus({ preventScroll: true });
}

function scrollNow(left: number, top: number): void {
  scrollTo({ left, top, behavior: "instant" });
}

/** Let the browser load `url`. Waits, so that a form stays busy until the document is gone, but not for ever. */
async function leave(url: string): Promise<void> {
  location.assign(url);
  await new Promise((resolve) => setTimeout(resolve, 5000));
}
