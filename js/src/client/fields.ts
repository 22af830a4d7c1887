/**
 * Fields: a form in the document in, what it submits and how it empties out.
 */
import { fields as names } from "./protocol.ts";

/** What the form submits through `submitter`, without our own fields but for a change of a list that is wanted. */
export function readFields(form: HTMLFormElement, submitter: HTMLElement | null): FormData {
  return withoutOurs(new FormData(form, submitter));
}

/** The author's entries alone. */
export function withoutOurs(all: FormData): FormData {
  const own = new FormData();
  for (const [name, value] of all) if (!name.startsWith(names.prefix) || name === names.rows) own.append(name, value);
  return own;
}

/** Say which form of the page this was, and what the page `shown` shows of others: both for the server alone. */
export function tellForm(data: FormData, called: string, shown: string): void {
  data.append(names.form, called);
  if (shown !== "") data.append(names.shown, shown);
}

/** Put the keyboard on the button that adds a row, where the one that took a row out went with it. */
export function focusList(form: HTMLFormElement, data: FormData): void {
  const list = /^-(.*)\[\d+\]$/.exec(String(data.get(names.rows)))?.[1];
  if (list === undefined || document.activeElement !== document.body) return;
  form.querySelector<HTMLElement>(`[name="${names.rows}"][value="+${CSS.escape(list)}"]`)?.focus();
}

/** The submit key that the server printed into the form; a form that React made has none. */
export function printedKey(form: HTMLFormElement): string | null {
  const key = new FormData(form).get(names.key);
  return typeof key === "string" && key !== "" ? key : null;
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What a field holds, and how to put it back. Two with equal `text` hold the same. */
interface Held {
  readonly text: string;
  readonly restore: () => void;
}

function isField(element: Element): element is Field {
  return element.matches("textarea, select, input:not([type=hidden])");
}

function fieldsOf(form: HTMLFormElement): Field[] {
  // Not form.elements: a field of that name would stand in its place. So would one named "reset", below.
  return [...Reflect.get(HTMLFormElement.prototype, "elements", form)].filter(isField);
}

/** What stands in the form's fields now. */
export function readHeld(form: HTMLFormElement): Map<Field, Held> {
  return new Map(fieldsOf(form).map((field) => [field, held(field)]));
}

/**
 * Move the keyboard to the first field that is wrong: marked by the page, or called as one of `names`. Not where the
 * person has gone elsewhere since the submit, `from` where they were, or goes on typing there.
 */
export function focusInvalid(
  form: HTMLFormElement,
  names: readonly string[],
  from: Element | null,
  submitted: Map<Field, Held>,
): void {
  const at = document.activeElement;
  if (at !== null && at !== from && at !== document.body) return;
  const before = at === null ? undefined : submitted.get(at as Field);
  if (before !== undefined && before.text !== held(at as Field).text) return;
  const isWrong = (field: Field): boolean =>
    (field.getAttribute("aria-invalid") === "true" || names.includes(field.name)) && field.getClientRects().length > 0;
  fieldsOf(form).find((field) => isWrong(field) && !field.disabled)?.focus();
}

function held(field: Field): Held {
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    const chosen = options.map((option) => option.selected);
    return {
      text: chosen.join(),
      restore: () => options.forEach((option, index) => void (option.selected = chosen[index] === true)),
    };
  }
  const { value } = field;
  if (field instanceof HTMLTextAreaElement) return { text: value, restore: () => void (field.value = value) };
  const { checked, files, type } = field;
  if (type === "checkbox" || type === "radio") {
    return { text: String(checked), restore: () => void (field.checked = checked) };
  }
  if (files !== null) return { text: describeFiles(files), restore: () => void (field.files = files) };
  return { text: value, restore: () => void (field.value = value) };
}

/** Empty the form after its submit, but for what was typed and chosen while the answer was on its way. */
export function emptyForm(form: HTMLFormElement, submitted: Map<Field, Held>): void {
  const changed = [...readHeld(form)].filter(([field, now]) => {
    const before = submitted.get(field);
    return before !== undefined && before.text !== now.text;
  });
  HTMLFormElement.prototype.reset.call(form);
  for (const [, now] of changed) now.restore();
}

/** Empty what holds a password still, as a page does that is printed after an error. */
export function emptyPasswords(form: HTMLFormElement, submitted: Map<Field, Held>): void {
  for (const field of fieldsOf(form)) {
    if (field.type === "password" && submitted.get(field)?.text === field.value) field.value = field.defaultValue;
  }
}

/** A text that two submits of the same data share. */
export function describeFields(data: FormData): string {
  return JSON.stringify([...data].map(([name, value]) => [name, typeof value === "string" ? value : describe(value)]));
}

function describeFiles(files: FileList): string {
  return JSON.stringify([...files].map(describe));
}

function describe(file: File): unknown[] {
  return [file.name, file.size, file.type, file.lastModified];
}

/** Make what the fields hold the person's own, so that it stays when a page without it is rendered. */
export function ownFields(container: HTMLElement): void {
  // Setting a field, even to what it holds, parts it from what was printed (HTML, "dirty value flag").
  for (const field of container.querySelectorAll("*")) if (isField(field)) held(field).restore();
}

/**
 * Keep what was typed into text areas before React takes over: it writes the printed text into each once (initTextarea
 * of react-dom 19.3.1), and leaves all other fields alone. To be called again for what is typed meanwhile.
 */
export function keepTyped(area: HTMLTextAreaElement): void {
  // Where nothing was printed React writes nothing; where it has been, `value` is a property of its own.
  if (area.defaultValue === "" || area.value === area.defaultValue || Object.hasOwn(area, "value")) return;
  const typed = area.value;
  Object.defineProperty(area, "value", {
    configurable: true,
    get: () => typed,
    set: () => Reflect.deleteProperty(area, "value"),
  });
}
