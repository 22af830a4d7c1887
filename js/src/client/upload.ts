/**
 * Upload: a request with files in, its response out, as fetch gives it; on the way, how much has been sent.
 *
 * fetch does not tell that. XMLHttpRequest does, and its answer becomes a Response whose body arrives as it is sent.
 */

/** Hears of the part that is sent, from 0 to 1. */
export type OnSent = (part: number) => void;

/** Whether sending `body` takes long enough for someone to wait for it. */
export function carriesFiles(body: unknown): body is FormData {
  return body instanceof FormData && [...body.values()].some((value) => typeof value !== "string" && value.size > 0);
}

/** What stands in for fetch in a call that may carry files. */
export function sendTelling(onSent: OnSent): (url: string, init: RequestInit) => Promise<Response> {
  const tell = (sent: number, total: number): void => void (total > 0 && onSent(sent / total));
  return (url, init) => (carriesFiles(init.body) ? upload(url, init, tell) : fetch(url, init));
}

/** POST to `url`, and reject as fetch does. `tell` hears how many bytes of how many have been sent. */
export function upload(
  url: string,
  { body, headers, signal, credentials }: RequestInit,
  tell: (sent: number, total: number) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let rest: ReadableStreamDefaultController<Uint8Array> | undefined;
    let taken = 0;

    function take(): void {
      const text = request.responseText;
      if (rest === undefined || text.length === taken) return;
      rest.enqueue(Uint8Array.from({ length: text.length - taken }, (_, at) => text.charCodeAt(taken + at) & 0xff));
      taken = text.length;
    }

    function begin(): void {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          rest = controller;
        },
        cancel() {
          rest = undefined;
          request.abort();
        },
      });
      resolve(responseOf(request, url, body));
    }

    function fail(error: Error): void {
      signal?.removeEventListener("abort", abort);
      if (rest === undefined) reject(error);
      else rest.error(error);
      rest = undefined;
    }

    function abort(): void {
      request.abort();
    }

    // The last one comes when all has been sent (XMLHttpRequest, "process request end-of-body").
    request.upload.onprogress = ({ loaded, total }) => tell(loaded, total);
    request.onreadystatechange = () => {
      if (request.readyState === XMLHttpRequest.HEADERS_RECEIVED) begin();
    };
    request.onprogress = take;
    request.onload = () => {
      signal?.removeEventListener("abort", abort);
      take();
      rest?.close();
      rest = undefined;
    };
    request.onerror = () => fail(new TypeError("Failed to upload"));
    request.onabort = () => fail(aborted(signal));
    request.open("POST", url);
    request.withCredentials = credentials === "include";
    // Each byte as one character: text that is decoded as UTF-8 would be none again where a row holds bytes.
    request.overrideMimeType("text/plain; charset=x-user-defined");
    new Headers(headers).forEach((value, name) => request.setRequestHeader(name, value));
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) fail(aborted(signal));
    else request.send(body as XMLHttpRequestBodyInit | null);
  });
}

function aborted(signal: AbortSignal | null | undefined): Error {
  return (signal?.reason as Error | undefined) ?? new DOMException("The upload was aborted.", "AbortError");
}

const WITHOUT_BODY = [204, 205, 304];

function responseOf(request: XMLHttpRequest, url: string, body: ReadableStream<Uint8Array>): Response {
  const lines = request.getAllResponseHeaders().trim().split("\r\n");
  const headers = new Headers(
    lines.filter((line) => line.includes(":")).map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const { status, responseURL } = request;
  const response = new Response(WITHOUT_BODY.includes(status) ? null : body, { status, headers });
  const redirected = responseURL !== "" && responseURL !== new URL(url, document.baseURI).href;
  return Object.defineProperties(response, { url: { value: responseURL }, redirected: { value: redirected } });
}
