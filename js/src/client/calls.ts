/**
 * Calls: an action's id and arguments in, its value or error out; on the way, what the answer says about the page.
 *
 * Every server reference ends here, whoever calls it: a form of ours, a client component, a script.
 */
import { NetworkError, ServerError, StaleError } from "./errors.ts";
import { carryOver, keep } from "./keep.ts";
import { onlyLatest } from "./latest.ts";
import { showNotice } from "./notice.tsx";
import { navigate, refresh } from "./navigation.ts";
import { readFailure, readOutcome } from "./outcome.ts";
import { here, pagesShown, readPage, showPage, shownPage } from "./page.ts";
import { answer as names, freshKey, hasBound, isSameAction, marks, query, reasons } from "./protocol.ts";
import { postAbort, postCall, Refusal } from "./transport.ts";
import { withoutOurs } from "./fields.ts";
import { type OnSent, sendTelling } from "./upload.ts";
import { say } from "./words.ts";

interface Submit {
  /** A repeated submit repeats its key, a call has its own. */
  readonly key: string;
  /** Hears how much of it has been sent, if it carries files. */
  readonly onSent: OnSent;
}

/** What forms say of the submits whose FormData is on its way. */
const submits = new WeakMap<FormData, Submit>();
/** Errors that the page in the same answer shows; nobody else need. */
const shownErrors = new WeakSet<object>();

/** Send the call that gets `data` as this submit. */
export function noteSubmit(data: FormData, submit: Submit): void {
  submits.set(data, submit);
}

/** Whether the answer that brought this error came with a page that shows it. */
export function isShown(error: unknown): boolean {
  return error instanceof Error && shownErrors.has(error);
}

/** Whether a call rejected without telling what became of the action. */
export function isWithoutOutcome(error: unknown): boolean {
  return error instanceof NetworkError || error instanceof Refusal;
}

/** What goes with a call beside its arguments. */
export interface About {
  readonly key?: string;
  readonly signal?: AbortSignal;
  /** Ends the request itself. */
  readonly cut?: AbortSignal;
  /** How many of the first arguments a component has bound. */
  readonly bound?: number;
  readonly headers?: Record<string, string> | undefined;
  /** What stands in for fetch. */
  readonly send?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

/** The same as the last argument, where React calls us in between. It is not sent. */
export class Told {
  constructor(readonly about: About) {}
}

/**
 * Call an action: what every server reference in a page does. An AbortSignal as the last argument is not sent; it calls
 * the action off, and so does the next call where the action says that only the latest counts.
 */
export async function callServer(id: string, args: unknown[], about: About = {}): Promise<unknown> {
  const last = args.at(-1);
  if (last instanceof Told) return callServer(id, args.slice(0, -1), last.about);
  const own = last instanceof AbortSignal ? last : about.signal;
  const meant = last instanceof AbortSignal ? args.slice(0, -1) : args;
  own?.throwIfAborted();
  if (isSubmit(meant)) return complete(id, meant, about);
  // What the server printed into a component's form is for browsers that submit it themselves.
  const sent = meant.map((value) => (value instanceof FormData ? withoutOurs(value) : value));
  if (!id.endsWith(marks.latest)) return own === undefined ? complete(id, sent, about) : withSignal(id, sent, own, about);
  return onlyLatest(id, own, (signal) => withSignal(id, sent, signal, about));
}

/**
 * The same for whoever may have gone with a page that was out of date, as a component does that is of another build; a
 * form of ours says so itself.
 */
export async function callFromPage(id: string, args: unknown[], about: About = {}): Promise<unknown> {
  try {
    return await callServer(id, args, about);
  } catch (error) {
    if (error instanceof StaleError && !isSubmit(args)) showNotice(error);
    throw error;
  }
}

function isSubmit(args: unknown[]): boolean {
  const last = args.at(-1);
  return last instanceof FormData && submits.has(last);
}

/**
 * A call that rejects as soon as the signal says so. Its answer is still awaited, for the page that may come with it; a
 * stream in it ends then.
 */
function withSignal(id: string, args: unknown[], signal: AbortSignal, about: About): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const from = here();
    const key = freshKey();
    const cut = new AbortController();
    let isAnswered = false;
    const onAbort = (): void => {
      if (isAnswered) return cut.abort(signal.reason); // of what the answer still streams, if it does
      postAbort(from, id, key);
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    complete(id, args, { ...about, key, signal, cut: cut.signal })
      .then(resolve, reject)
      .finally(() => (isAnswered = true));
  });
}

async function complete(id: string, args: unknown[], about: About): Promise<unknown> {
  const from = here();
  const after = pagesShown();
  const answer = await post(from, id, args, about);
  const outcome = readOutcome(answer);
  const page = names.page in answer ? readPage(answer[names.page]) : undefined;
  // The person may have moved on; then the answer is about a page that is no longer there.
  const stayed = here() === from;
  if (outcome.kind === "location") {
    const target = new URL(outcome.location, document.baseURI);
    const known = page !== undefined && new URL(page.url, target).href === target.href.split("#")[0] ? page : undefined;
    if (stayed) await navigate(target.href, { known, after });
    return undefined;
  }
  if (page !== undefined && stayed) {
    if (page.failure == null) showPage(page, { sent: outcome.kind === "value", after });
    // The page stays as it is, which is better than none; but the person must know that it tells nothing new.
    else if (outcome.kind === "value") showNotice(stalePage(page.failure));
  }
  if (outcome.kind === "value") return outcome.value;
  if (outcome.shown) shownErrors.add(outcome.error);
  throw outcome.error;
}

function stalePage(failure: unknown): ServerError {
  const { digest, traceback } = readFailure(failure);
  return new ServerError(say("worked_not_anew"), { digest, traceback });
}

async function post(from: string, id: string, args: unknown[], about: About): Promise<Record<string, unknown>> {
  const last = args.at(-1);
  const submit = last instanceof FormData ? submits.get(last) : undefined;
  const { signal, cut, bound = 0, headers = {}, send: by = submit && sendTelling(submit.onSent) } = about;
  const key = about.key ?? submit?.key ?? freshKey();
  const way = { signal, bound, init: { headers, ...(cut && { signal: cut }) }, ...(by && { send: by }) };
  const send = (to: string) => postCall(from, to, args, { key, tags: shownPage().tags.known, ...way });
  try {
    return await send(id);
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    const again = await renew(problem, id, last instanceof FormData ? last : undefined);
    try {
      return await send(again);
    } catch (second) {
      throw second instanceof Refusal && isStale(second) ? outOfDate(second) : second;
    }
  }
}

/** Refusals of an action that has certainly not run, because the page it was called from is too old. */
function isStale({ reason }: Refusal): boolean {
  return [reasons.action, reasons.changed, reasons.sealed, reasons.token].includes(reason ?? "");
}

/** Bring a page up to date that is older than the server; the reference to call then. Throws where none will do. */
async function renew(refusal: Refusal, id: string, form?: FormData): Promise<string> {
  if (refusal.reason === reasons.client && reloadOnce()) {
    throw new StaleError(say("loading_again"), refusal.reason, refusal);
  }
  if (!isStale(refusal)) throw refusal;
  const fields = fieldsOf(form);
  try {
    // Softly, so that what was typed stays. The page comes with new references and a new token; and another build's
    // components begin anew.
    carryOver();
    await refresh();
  } catch (problem) {
    throw problem instanceof NetworkError ? problem : refusal;
  }
  // With other arguments, or values sealed for what is gone, the call would not be the one that was meant.
  const again = refusal.reason === reasons.token ? id : refusal.reason === reasons.action ? currentReference(id) : null;
  if (again === null) throw outOfDate(refusal, fields.filter((field) => !field.isConnected).map(({ name, value }) => [name, value]));
  return again;
}

/** The fields of the page that hold what a person typed into the form, but for what no screen shows. */
function fieldsOf(form?: FormData): HTMLInputElement[] {
  return [...(form ?? [])].flatMap(([name, text]) =>
    Array.from(document.getElementsByName(name) as NodeListOf<HTMLInputElement>).filter(
      ({ type, value }) => value === text && value !== "" && type !== "password" && type !== "hidden",
    ),
  );
}

/** The reference by which a form of the page shown now calls the same action as `id`, if one does. */
function currentReference(id: string): string | null {
  if (hasBound(id)) return null;
  for (const element of document.querySelectorAll("[action], [formaction]")) {
    const url = element.getAttribute("formaction") ?? element.getAttribute("action") ?? "";
    const named = new URLSearchParams(url.slice(url.indexOf("?") + 1)).get(query.action);
    if (named !== null && named !== id && isSameAction(named, id)) return named;
  }
  return null;
}

function outOfDate(refusal: Refusal, entered?: StaleError["entered"]): StaleError {
  return new StaleError(say("now_current"), refusal.reason, refusal, entered);
}

const RELOADED = "jetbridge-reloaded";
const RELOAD_AGAIN_AFTER = 30_000;

/** Reload, unless that has just been tried and did not help. */
function reloadOnce(): boolean {
  try {
    if (Date.now() - Number(sessionStorage.getItem(RELOADED)) < RELOAD_AGAIN_AFTER) return false;
    sessionStorage.setItem(RELOADED, String(Date.now()));
  } catch {
    return false; // no storage, no way to know: never risk a loop
  }
  keep();
  location.reload();
  return true;
}
