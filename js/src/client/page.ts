/**
 * Page: what the server rendered in, what the document shows out.
 *
 * State outside React and outside any transition: inside one, React would hold every other update back until the
 * slowest action ends. The newest page wins, by when the server rendered it, not by when it arrived.
 */
import type { ReactNode } from "react";
import { flushSync } from "react-dom";
import { keep } from "./keep.ts";
import { readError } from "./outcome.ts";
import { formState as formNames, page as names } from "./protocol.ts";
import { tellReceived } from "./watch.ts";

/** What a page depends on: everything, while parts of it that may add to that are still to come. */
export interface Tags {
  known: readonly string[];
}

export interface Page {
  readonly tree: ReactNode;
  readonly title: string | null;
  readonly url: string;
  readonly tags: Tags;
  readonly time: number;
  readonly failure: unknown;
  /** The build that its components are from, where it may have some. */
  readonly client: string | null;
  /** What it shows of submits, sealed: the next one sends it along, so that it stays. Empty for nothing. */
  readonly shown: string;
  /** What a form that was submitted without us came to, for its `useActionState`. */
  readonly form: unknown;
  /** It has scripts or style sheets that work only in a document of its own. */
  readonly loads: boolean;
  /** Another number than the page's before: another page, whose fields are none of that one's. */
  readonly place: number;
}

let shown: Page | undefined;
let notify: (() => void) | undefined;
let count = 0;

/** A page from the object the server sent, whose keys are the protocol's. */
export function readPage(sent: unknown): Page {
  tellReceived(sent);
  const get = (key: string): unknown => (sent as Record<string, unknown>)[key];
  const title = get(names.title);
  const page: Page = {
    tree: get(names.tree) as ReactNode,
    title: typeof title === "string" ? title : null,
    url: String(get(names.url) ?? ""),
    tags: { known: listOf(get(names.tags)) },
    time: Number(get(names.time) ?? 0),
    failure: get(names.failure),
    client: typeof get(names.client) === "string" ? String(get(names.client)) : null,
    shown: String(get(names.shown) ?? ""),
    form: get(names.form),
    loads: get(names.loads) === true,
    place: 0,
  };
  const rest = get(names.rest);
  if (rest instanceof Object && "then" in rest) {
    page.tags.known = [...page.tags.known, ALL];
    // Where it never comes, the page goes on depending on everything.
    void Promise.resolve(rest).then((tags) => void (page.tags.known = listOf(tags)), () => undefined);
  }
  return page;
}

/** The tag that stands for every other. */
const ALL = "*";

function listOf(tags: unknown): string[] {
  return Array.isArray(tags) ? tags.map(String) : [];
}

/** As React has it: the state, the hook's key, its action and how many values were bound to that. */
export type FormState = [state: unknown, key: string, name: string, bound: number];

/** What both the server's React and the browser's must be given, so that they agree on the page's first rendering. */
export function readFormState({ form }: Page): FormState | null {
  if (form == null) return null;
  const get = (key: string): unknown => (form as Record<string, unknown>)[key];
  const state = formNames.state in (form as object) ? get(formNames.state) : settled(get);
  return [state, String(get(formNames.key)), String(get(formNames.name)), Number(get(formNames.bound))];
}

/** What `useActionState(action.state, null)` gives. */
function settled(get: (key: string) => unknown): unknown {
  const sent = get(formNames.error) as Record<string, unknown> | null;
  const error = sent === null ? null : readError(sent);
  const { fieldErrors = {}, fieldCodes = {} } = error ?? {};
  return { result: get(formNames.result) ?? null, error, fieldErrors, fieldCodes, input: get(formNames.input) ?? {} };
}

/** The page shown now. Defined from boot on. */
export function shownPage(): Page {
  return shown as Page;
}

/** Start with the page that the document was printed with. */
export function openPage(first: Page): void {
  shown = first;
}

/** How many pages have been shown by now. */
export function pagesShown(): number {
  return count;
}

/**
 * Show a page; it is in the document when this returns. `replace` is for another page than the one shown: only
 * renderings of the same page can be older or newer. `sent`: what was typed has been sent, and is not to stay.
 *
 * What was asked for `after` the page that is shown is newer, whatever the server's clock says, which may have been put
 * back, or be another worker's.
 */
export function showPage(next: Page, { replace = false, sent = false, after = -1 } = {}): void {
  // After a deploy: its components are for another React than this document's.
  if (shown !== undefined && next.client !== shown.client) {
    if (!sent) keep();
    return location.reload();
  }
  if (!replace && shown !== undefined && after !== count && next.time < shown.time) return;
  count += 1;
  shown = { ...next, place: (shown?.place ?? 0) + Number(replace) };
  if (next.title !== null) document.title = next.title;
  if (notify !== undefined) flushSync(notify);
}

/** For useSyncExternalStore; the document has one root. */
export function subscribeToPage(changed: () => void): () => void {
  notify = changed;
  return () => {
    notify = undefined;
  };
}

/**
 * Path and query of the document: what a page is called, and where its calls go. At http://ours//theirs the path alone
 * would be an address of somebody else's; the server reads it with one slash, too.
 */
export function here(): string {
  return location.pathname.replace(/^\/{2,}/, "/") + location.search;
}
