/**
 * Upload: a request in, its response out, and on the way how much of it has been sent.
 *
 * fetch does not tell; XMLHttpRequest does, and in exchange gives the answer only as a whole.
 */
import type { Progress } from "./types.ts";

const BODILESS = [101, 103, 204, 205, 304]; // Response refuses a body with these (Fetch standard, null body status)

/** As fetch, for a request with a body. */
export function sendWithProgress(url: string, init: RequestInit, onProgress: (progress: Progress) => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { signal } = init;
    const asked = new XMLHttpRequest();
    const abort = (): void => asked.abort();
    asked.open(init.method ?? "POST", url);
    asked.responseType = "arraybuffer";
    asked.withCredentials = init.credentials === "include";
    new Headers(init.headers).forEach((value, name) => asked.setRequestHeader(name, value));
    asked.upload.onprogress = ({ loaded, total }) => onProgress({ sent: loaded, total });
    asked.onload = () => resolve(responseOf(asked));
    asked.onerror = () => reject(new TypeError("the request failed"));
    asked.onabort = () => reject(signal?.reason ?? new DOMException("aborted", "AbortError"));
    asked.onloadend = () => signal?.removeEventListener("abort", abort);
    if (signal?.aborted) return reject(signal.reason);
    signal?.addEventListener("abort", abort);
    asked.send(init.body as XMLHttpRequestBodyInit | null);
  });
}

function responseOf(asked: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of asked.getAllResponseHeaders().trim().split(/[\r\n]+/)) {
    const [name = "", ...rest] = line.split(": ");
    if (name !== "") headers.append(name, rest.join(": "));
  }
  const body = BODILESS.includes(asked.status) ? null : (asked.response as ArrayBuffer);
  return new Response(body, { status: asked.status, headers });
}
