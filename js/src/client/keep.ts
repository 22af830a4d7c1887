/**
 * Keep: a document that is about to be loaded again in, what was typed in it into the next one out.
 *
 * A browser would do this by itself, were the pages not `no-store`. Passwords and files are nobody's to keep.
 */
import { elements } from "../../../vectors/protocol.json";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

interface Kept {
  readonly at: string;
  readonly scroll: readonly [number, number];
  readonly focus: number;
  /** What each field is called, and what it held where that was not what had been printed. */
  readonly fields: readonly (readonly [name: string, held: readonly (string | boolean)[] | null])[];
}

const KEY = "jetbridge-kept";

/** The page about an error has nothing to keep, and leaves what was kept to the page in whose place it stands. */
function hasPage(): boolean {
  return document.getElementById(elements.container) !== null;
}

function here(): string {
  return location.pathname + location.search;
}

/** Keep what was typed, where the focus is and what is in view. */
export function keep(): void {
  if (!hasPage()) return;
  const all = fieldsOf();
  const kept: Kept = {
    at: here(),
    scroll: [scrollX, scrollY],
    focus: all.indexOf(document.activeElement as Field),
    fields: all.map((field) => [nameOf(field), isChanged(field) ? held(field) : null]),
  };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // No storage, or none left: it is lost, as it would be anyway.
  }
}

/** Put back what was kept for this address, into fields that are still the same. */
export function putBack(): void {
  const text = hasPage() ? take() : null;
  if (text === null) return;
  const kept = JSON.parse(text) as Kept;
  if (kept.at !== here()) return;
  const left = fieldsOf();
  const same = kept.fields.map(([name, values]) => {
    const at = left.findIndex((field) => nameOf(field) === name);
    const [field] = at < 0 ? [] : left.splice(at, 1); // the change may have put another before it
    if (values !== null && field !== undefined && !isChanged(field)) restore(field, values);
    return field;
  });
  if (document.activeElement !== document.body) return; // somebody has gone on already
  same[kept.focus]?.focus({ preventScroll: true });
  scrollTo({ left: kept.scroll[0], top: kept.scroll[1], behavior: "instant" });
}

/** How long another build's component may take to come, in milliseconds. */
const PATIENCE = 5000;

/** From now on put what was typed into fields that take the place of those it was typed into. */
export function carryOver(): void {
  let typed = fieldsOf().flatMap((field, index) => (isChanged(field) ? [{ field, index, values: held(field) }] : []));
  if (typed.length === 0) return;
  const observer = new MutationObserver(() => {
    const all = fieldsOf();
    typed = typed.filter(({ field, index, values }) => field.isConnected || !putInto(all[index], nameOf(field), values));
    if (typed.length === 0) observer.disconnect();
  });
  observer.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), PATIENCE);
}

/** Whether there is such a field; what somebody has typed into it meanwhile stays. */
function putInto(field: Field | undefined, name: string, values: readonly (string | boolean)[]): boolean {
  if (field === undefined || nameOf(field) !== name) return false;
  if (!isChanged(field)) restore(field, values);
  return true;
}

function take(): string | null {
  try {
    const text = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return text;
  } catch {
    return null;
  }
}

function fieldsOf(): Field[] {
  return [...document.querySelectorAll<Field>("input:not([type=hidden], [type=password], [type=file]), textarea, select")];
}

function nameOf(field: Field): string {
  return [field.localName, field.type, field.name, field.id].join(" ");
}

function isCheckable(field: Field): field is HTMLInputElement {
  return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
}

function isChanged(field: Field): boolean {
  if (field instanceof HTMLSelectElement) {
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  }
  return isCheckable(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

function held(field: Field): (string | boolean)[] {
  if (field instanceof HTMLSelectElement) return [...field.selectedOptions].map((option) => option.value);
  return [isCheckable(field) ? field.checked : field.value];
}

function restore(field: Field, values: readonly (string | boolean)[]): void {
  if (field instanceof HTMLSelectElement) {
    for (const option of field.options) option.selected = values.includes(option.value);
  } else if (isCheckable(field)) field.checked = values[0] === true;
  else field.value = String(values[0]);
}
