/**
 * Fields: a form in the document in, what it submits and how it empties out.
 */
import { fields as names } from "./protocol.ts";

/** What the form submits through `submitter`, without our own fields. */
export function readFields(form: HTMLFormElement, submitter: HTMLElement | null): FormData {
  const all = new FormData(form, submitter);
  const own = new FormData();
  for (const [name, value] of all) if (!name.startsWith(names.prefix)) own.append(name, value);
  return own;
}

/** The submit key that the server printed into the form; a form that React made has none. */
export function printedKey(form: HTMLFormElement): string | null {
  const key = new FormData(form).get(names.key);
  return typeof key === "string" && key !== "" ? key : null;
}

type TextField = HTMLInputElement | HTMLTextAreaElement;

const TEXT_FIELDS = "textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=file])";

/** What stands in the form's text fields now. */
export function readTexts(form: HTMLFormElement): Map<TextField, string> {
  return new Map(Array.from(form.querySelectorAll<TextField>(TEXT_FIELDS), (field) => [field, field.value]));
}

/** Empty the form after its submit, but for text that was typed while the answer was on its way. */
export function emptyForm(form: HTMLFormElement, submitted: Map<TextField, string>): void {
  const typed = [...readTexts(form)].filter(([field, text]) => submitted.has(field) && submitted.get(field) !== text);
  // Not form.reset(): a field named "reset" would stand in its place.
  HTMLFormElement.prototype.reset.call(form);
  for (const [field, text] of typed) field.value = text;
}
