/**
 * Protocol: vectors/protocol.json in, the names both sides use and the headers made of them out.
 *
 * No name of the wire is written anywhere else in this package.
 */
import { version as react } from "react";
// By name, so that the production bundle has none of what only development needs.
import { built, content_type as contentType, marks, query, reference, version } from "../../../vectors/protocol.json";

export {
  answer, assets, built, attributes, content_type as contentType, development, elements, error, failure, fields, form_state as formState, headers, marks, module,
  page, query, reasons, reference,
} from "../../../vectors/protocol.json";

/** What this client speaks: the version of our names, then React's, whose wire moves between releases. */
export const client = `${version}/${react}`;

/** Whether a response carries Flight rows, and not a proxy's error page or a refusal in plain text. */
export function isFlight(response: Response): boolean {
  return response.body !== null && (response.headers.get("content-type") ?? "").startsWith(contentType);
}

/** The URL of a call: the page's own, with its query as it stands, naming the action. */
export function callUrl(here: string, id: string): string {
  return `${here}${here.includes("?") ? "&" : "?"}${query.action}=${encodeURIComponent(id)}`;
}

/** Whether two references name the same action, taking the same arguments; only their signatures may differ. */
export function isSameAction(one: string, other: string): boolean {
  return withoutSignature(one) === withoutSignature(other);
}

/** Whether values are bound to a reference. Sealed for it, they are the first of its arguments. */
export function hasBound(id: string): boolean {
  return withoutSignature(id).length - id.lastIndexOf(".") - 1 > reference.fingerprint;
}

function withoutSignature(id: string): string {
  return (id.endsWith(marks.latest) ? id.slice(0, -marks.latest.length) : id).slice(0, -reference.signature);
}

/** Tags as one header value: each percent-encoded, because a tag may hold a comma and a header no Unicode. */
export function encodeTags(tags: readonly string[]): string {
  return tags.map(encodeURIComponent).join(",");
}

/** A key that no other submit or call has. `randomUUID` is missing on plain http outside localhost. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Not where it is used: Vite would take `new URL(…, import.meta.url)` for a file to bundle.
const own = import.meta.url;

/** The path where this application begins, with a slash at its end: its scripts lie below. Another may lie beside it. */
export const root = new URL(own.includes(built) ? "../.." : "..", own).pathname;
