/**
 * Words: the code of a sentence in, the sentence in the language of the page out.
 *
 * English is ours. A page in another language brings its own; see `schema/sentences.py`, which has the same English.
 */
const ENGLISH = {
  went_wrong: "Something went wrong.",
  digest: "Digest:",
  try_again: "Try again",
  close: "Close",
  reload: "Reload",
  unreachable: "The server could not be reached. Check your connection and try again.",
  refused: "The server refused this with status {status}.",
  not_anew: "The page could not be shown anew.",
  worked_not_anew: "This has worked, but the page could not be shown anew. Load it again.",
  loading_again: "This page was out of date and is being loaded again.",
  now_current: "This page was out of date. It has been brought up to date: please try again.",
  entered: "This is what you entered:",
};

let own: Partial<Record<string, unknown>> = {};

/** Say what the page says, where it says something. */
export function openWords(sent: unknown): void {
  if (typeof sent === "object" && sent !== null) own = sent as Record<string, unknown>;
}

/** A sentence; `status` stands in it where it has a place for one. */
export function say(code: keyof typeof ENGLISH, status?: number): string {
  const text = own[code];
  return (typeof text === "string" ? text : ENGLISH[code]).replace("{status}", String(status));
}
