/**
 * Waiting: forms with a submit on its way in, what shows it (buttons, progress bars, other elements) out.
 *
 * By form element and not by React context: a button may stand outside its form.
 */
import { type ComponentProps, type ElementType, type ReactNode, useRef, useSyncExternalStore } from "react";

/** How a form waits. */
export interface Waiting {
  /** How many of its submits are on their way. */
  readonly count: number;
  /** The button of the last one; null where a script submitted. */
  readonly submitter: HTMLElement | null;
  /** How much of the last one's body has been sent, from 0 to 1; null where that is not measured. */
  readonly sent: number | null;
}

const IDLE: Waiting = { count: 0, submitter: null, sent: null };

const waiting = new WeakMap<HTMLFormElement, Waiting>();
const listeners = new Set<() => void>();

function read(form: HTMLFormElement | null): Waiting {
  return (form !== null && waiting.get(form)) || IDLE;
}

function write(form: HTMLFormElement, next: Waiting): void {
  waiting.set(form, next);
  for (const changed of listeners) changed();
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

/** A submit is on its way. */
export function startWaiting(form: HTMLFormElement, submitter: HTMLElement | null): void {
  write(form, { count: read(form).count + 1, submitter, sent: null });
}

/** So much of its body has been sent. */
export function noteSent(form: HTMLFormElement, sent: number): void {
  const now = read(form);
  if (now.count > 0) write(form, { ...now, sent });
}

/** One submit less. */
export function stopWaiting(form: HTMLFormElement): void {
  const count = read(form).count - 1;
  write(form, count > 0 ? { ...read(form), count } : IDLE);
}

/** How the form waits that `find` gives, once it is there. */
export function useWaiting(find: () => HTMLFormElement | null | undefined): Waiting {
  return useSyncExternalStore(
    subscribe,
    () => read(find() ?? null),
    () => IDLE,
  );
}

interface PendingProps extends ComponentProps<"progress"> {
  as: ElementType;
}

/** `h.p(pending=True)`: hidden unless the form around it waits. A `progress` shows how much has been sent. */
export function Pending({ as: Tag, ...attributes }: PendingProps): ReactNode {
  const own = useRef<HTMLElement>(null);
  const { count, sent } = useWaiting(() => own.current?.closest("form"));
  const measured = Tag === "progress" && sent !== null ? { value: sent, max: 1 } : {};
  return <Tag {...attributes} {...measured} hidden={count === 0} ref={own} />;
}
