/**
 * Transport: arguments in, the server's answer out, over fetch and Flight.
 *
 * Knows requests and responses; what an answer does to the page is the business of `calls` and `navigation`.
 */
import "./modules.ts";
import { createFromReadableStream, encodeReply } from "react-server-dom-webpack/client.browser";
import { NetworkError, ServerError } from "./errors.ts";
import { type Page, readPage } from "./page.ts";
import { answer, callUrl, client, contentType, encodeTags, headers, isFlight, root } from "./protocol.ts";
import { follow } from "./streamed.ts";
import { say } from "./words.ts";

/** An answer that is no Flight: what the server, or something before it, said instead. */
export class Refusal extends ServerError {
  constructor(
    readonly response: Response,
    readonly reason: string | null,
    message: string,
  ) {
    super(message, { status: response.status });
  }
}

type CallServer = (id: string, args: unknown[]) => Promise<unknown>;

let callServer: CallServer = () => Promise.reject(new Error("no page is open"));
let token = "";

/** What the actions in decoded values do when they are called, and the token that goes with each call. */
export function openTransport(caller: CallServer, pageToken: string | null): void {
  callServer = caller;
  token = pageToken ?? "";
}

/** The root value of some Flight rows; what it has pending goes on arriving. `close` ends that. */
export function decodeRows<T>(rows: ReadableStream<Uint8Array>, close = (): void => undefined): Promise<T> {
  // Looked up at each call: a page may be decoded before `openTransport` names the caller.
  const reading = createFromReadableStream<T>(rows, { callServer: (id, args) => callServer(id, args) });
  follow(reading, close);
  return reading;
}

/**
 * What goes with a call: its submit key and the tags of the page shown; `bound` is how many of its arguments were bound
 * here, `init` more for the request, `signal` what calls it off while its request stays open, `send` what stands in for
 * fetch.
 */
interface AboutCall {
  readonly key: string;
  readonly tags: readonly string[];
  readonly bound?: number;
  readonly init?: RequestInit;
  readonly signal?: AbortSignal | undefined;
  readonly send?: typeof send;
}

/** Milliseconds before each further attempt at a call that got no answer: the network may be back by then. */
const PAUSES = [300, 1500];

/**
 * Call the action `id` of the page at `here`; the root of the answer. What gets no answer is sent again with the same
 * key, which the server runs once, but not when it was called off meanwhile.
 */
export async function postCall(
  here: string,
  id: string,
  args: unknown[],
  about: AboutCall,
): Promise<Record<string, unknown>> {
  const body = await encodeReply(args);
  for (const pause of PAUSES) {
    try {
      return await sendCall(here, id, body, about);
    } catch (problem) {
      if (!(problem instanceof NetworkError)) throw problem;
      await new Promise((resolve) => setTimeout(resolve, pause));
      about.init?.signal?.throwIfAborted();
      if (about.signal?.aborted) throw problem;
    }
  }
  return sendCall(here, id, body, about);
}

async function sendCall(
  here: string,
  id: string,
  body: XMLHttpRequestBodyInit,
  about: AboutCall,
): Promise<Record<string, unknown>> {
  const asked: RequestInit = {
    ...about.init,
    method: "POST",
    body,
    headers: {
      ...about.init?.headers,
      accept: contentType,
      [headers.client]: client,
      [headers.key]: about.key,
      [headers.tags]: encodeTags(about.tags),
      ...withToken(),
      ...(about.bound ? { [headers.bound]: String(about.bound) } : {}),
    },
  };
  const response = await request(callUrl(here, id), asked, about.send);
  if (response.redirected) {
    // Middleware that wants a sign-in first answers a call as it answers a page; fetch has followed it there.
    void response.body?.cancel();
    return { [answer.location]: response.url };
  }
  return decodeResponse(response, asked.signal);
}

/** Ask actions that have no page of ours around them for the visitor's token. */
export async function renewToken(url: string, init: RequestInit): Promise<void> {
  const response = await request(url, { ...init, method: "GET", cache: "no-store" });
  token = response.headers.get(headers.token) ?? "";
}

/**
 * Tell the server that the call with `key` is wanted no more. In a page of ours its own request stays open: the answer
 * comes soon, and may bring the page that shows what had been done by then.
 */
export function postAbort(here: string, id: string, key: string, { signal: _, ...init }: RequestInit = {}): void {
  const told = { ...init.headers, accept: contentType, [headers.client]: client, [headers.abort]: key, ...withToken() };
  // Nothing is lost without an answer: the call ends by itself.
  fetch(callUrl(here, id), { ...init, method: "POST", headers: told, keepalive: true }).catch(() => undefined);
}

function withToken(): Record<string, string> {
  return token === "" ? {} : { [headers.token]: token };
}

/** The page at `url`, and where redirects led. `shown` are the tags of the same page where it is only to be renewed. */
export async function getPage(
  url: string,
  signal: AbortSignal,
  shown?: readonly string[],
): Promise<{ page: Page; url: string }> {
  const response = await request(url, {
    signal,
    // Kept out of the HTTP cache, where the Back button would find rows in place of a document.
    cache: "no-store",
    headers: {
      accept: contentType,
      [headers.client]: client,
      [headers.root]: root,
      ...(shown === undefined ? {} : { [headers.tags]: encodeTags(shown) }),
    },
  });
  if (response.ok && !isFlight(response)) {
    void response.body?.cancel(); // a file, or another application's page, which may be of any size
    throw new Refusal(response, null, "This is no page of this application.");
  }
  return { page: readPage(await decodeResponse(response)), url: response.url };
}

function send(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, init);
}

async function request(url: string, init: RequestInit, by = send): Promise<Response> {
  try {
    return await by(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw init.signal.reason;
    throw new NetworkError({ cause });
  }
}

async function decodeResponse(response: Response, signal?: AbortSignal | null): Promise<Record<string, unknown>> {
  // A page with forms brings a token, and so does a call that made the visitor another one.
  token = response.headers.get(headers.token) ?? token;
  if (!isFlight(response)) {
    throw new Refusal(response, response.headers.get(headers.reason), await refusalText(response));
  }
  try {
    const body = (response.body as ReadableStream<Uint8Array>).getReader();
    return await decodeRows(withNetworkErrors(body), () => void body.cancel());
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw cause instanceof NetworkError || cause instanceof ServerError ? cause : new NetworkError({ cause });
  }
}

/** The same bytes, where a connection that breaks off is an error of ours to whoever waits for more of them. */
function withNetworkErrors(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (cause) {
        controller.error(cause instanceof TypeError ? new NetworkError({ cause }) : cause);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** One line of plain text is a message for people; anything else (a proxy's page) is only a status. */
async function refusalText(response: Response): Promise<string> {
  if ((response.headers.get("content-type") ?? "").startsWith("text/plain")) {
    const text = (await response.text().catch(() => "")).trim();
    if (text !== "" && text.length <= 200 && !text.includes("\n")) return text;
  }
  return say("refused", response.status);
}
