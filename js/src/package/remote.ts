/**
 * Remote: a call in, its value or error out, for a front end whose pages are its own.
 *
 * No page of ours is shown, so none is brought up to date: what a call changes is the application's to show.
 */
import { ServerError } from "../client/errors.ts";
import { onlyLatest } from "../client/latest.ts";
import { readOutcome } from "../client/outcome.ts";
import { freshKey, marks, reasons } from "../client/protocol.ts";
import { postAbort, postCall, Refusal, renewToken } from "../client/transport.ts";
import { upload } from "../client/upload.ts";
import type { About } from "./reference.ts";
import { settings } from "./settings.ts";

/** Call the action `id`: what every reference of a front end does. Of some only the latest call counts. */
export function callServer(id: string, args: unknown[], about: Partial<About> = {}): Promise<unknown> {
  if (!id.endsWith(marks.latest)) return complete(id, args, about);
  return onlyLatest(id, about.signal, (signal) => complete(id, args, { ...about, signal }));
}

async function complete(id: string, args: unknown[], about: Partial<About>): Promise<unknown> {
  const url = settings.url ?? about.url ?? "/";
  const own = typeof settings.headers === "function" ? await settings.headers() : settings.headers;
  const onProgress = about.onProgress;
  const init: RequestInit = {
    headers: { ...own, ...about.headers },
    ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
    ...(about.signal === undefined ? {} : { signal: about.signal }),
  };
  const call = {
    key: freshKey(), // the same if it is sent again, so that it runs once
    tags: [],
    bound: about.bound ?? 0,
    init,
    ...(onProgress === undefined
      ? {}
      : { send: (to: string, sent: RequestInit) => upload(to, sent, (bytes, total) => onProgress({ sent: bytes, total })) }),
  };
  const callOff = (): void => postAbort(url, id, call.key, init);
  about.signal?.addEventListener("abort", callOff, { once: true });
  const answer = await withToken(url, init, () => postCall(url, id, args, call)).finally(() =>
    about.signal?.removeEventListener("abort", callOff),
  );
  const outcome = readOutcome(answer);
  if (outcome.kind === "value") return outcome.value;
  if (outcome.kind === "location") {
    await (settings.navigate ?? load)(new URL(outcome.location, document.baseURI).href);
    return undefined;
  }
  throw outcome.error;
}

const STALE = new Set<string | null>([reasons.action, reasons.changed, reasons.sealed, reasons.client]);

/** Most browsers vouch for their requests in headers. The token is asked for where that was not enough. */
async function withToken<T>(url: string, init: RequestInit, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    if (problem.reason === reasons.token) {
      await renewToken(url, init);
      return call();
    }
    throw STALE.has(problem.reason) ? stale(problem) : problem;
  }
}

function stale(refusal: Refusal): ServerError {
  const text = "This page is older than the server. Load it again.";
  return new ServerError(text, { ...refusal, stale: true });
}

/** Let the browser go. Waits, so that a form stays busy until the document is gone, but not for ever. */
async function load(url: string): Promise<void> {
  location.assign(url);
  await new Promise((resolve) => setTimeout(resolve, 5000));
}
