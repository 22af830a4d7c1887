/**
 * Starter: a page that Python printed in, React in charge of it once somebody turns to one of its forms out.
 *
 * Its forms work without us. A submit that comes while React is on its way waits for it, and goes the browser's way if
 * it does not come. `CLIENT` is the file of the client beside this one; the build names it.
 */
import { attributes, elements, query } from "../../vectors/protocol.json";
import type { boot } from "./client/boot.tsx";
import type { Click } from "./client/clicks.ts";

declare const CLIENT: string;

/** How long a submit waits for React before the browser does it, in milliseconds. */
const PATIENCE = 8000;
const TOUCHES = ["focusin", "pointerdown", "input"] as const;
const FIELDS = "form, button, input, select, textarea";

const container = document.getElementById(elements.container);
const rows = document.getElementById(elements.rows);
const held = new Set<HTMLFormElement>();
const click: Click = { target: null, submitted: false, over: true };
let starting: Promise<void> | undefined;

/** Load the client and hand over to it, once. */
function start(): Promise<void> {
  starting ??= (import(CLIENT) as Promise<{ boot: typeof boot }>).then((client) => client.boot(click)).finally(leave);
  return starting;
}

function leave(): void {
  for (const name of TOUCHES) removeEventListener(name, onTouch, true);
  removeEventListener("click", onClick, true);
  removeEventListener("submit", onSubmit, true);
}

function onTouch({ target }: Event): void {
  if (target instanceof Element && target.closest(FIELDS) !== null) begin();
}

/** The page works without us, so a failure to load is nothing to report: the browser has done so. */
function begin(): void {
  start().catch(() => undefined);
}

/** React must know of the first half of a double click that it has not seen. */
function onClick(event: MouseEvent): void {
  click.submitted &&= event.detail % 2 === 0;
  click.target = event.target;
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const { submitter } = event;
  if (event.defaultPrevented || !isCall(form, submitter)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  click.submitted = true;
  if (held.has(form)) return; // the second half of a double click, or impatience: the same wish
  held.add(form);
  const again = (): void => {
    held.delete(form);
    leave();
    const chosen = submitter?.isConnected ? submitter : null;
    // Not form.requestSubmit: a field of that name would stand in its place. So would one named "getAttribute", below.
    if (form.isConnected) HTMLFormElement.prototype.requestSubmit.call(form, chosen);
  };
  void Promise.race([start(), new Promise<void>((resolve) => setTimeout(resolve, PATIENCE))]).then(again, again);
}

/** Whether React will make a call of this submit. */
function isCall(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
  const address = submitter?.getAttribute("formaction") ?? Element.prototype.getAttribute.call(form, "action") ?? "";
  return address.includes(`${query.action}=`) && submitter?.getAttribute("formmethod") !== "dialog";
}

/** Whether the browser shows, going back, what may be older than what the person has done since. */
function isOld(): boolean {
  const [loaded] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return loaded?.type === "back_forward" && loaded.transferSize === 0;
}

if (container !== null && rows !== null) {
  for (const name of TOUCHES) addEventListener(name, onTouch, true);
  addEventListener("click", onClick, true);
  addEventListener("submit", onSubmit, true);
  addEventListener("pageshow", (event) => {
    if (event.persisted && starting === undefined) location.reload();
  });
  const isTouched = document.activeElement?.closest(FIELDS) != null;
  // A form that failed without us has left its own address, which the client tidies.
  if (rows.hasAttribute(attributes.more) || isTouched || isOld() || location.search.includes(`${query.action}=`)) begin();
}
