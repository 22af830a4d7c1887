/**
 * Form: the submit of a form or button whose action is Python's in, a call and its outcome on the page out.
 *
 * Renders exactly the form that Python printed. The submit is taken over in `onSubmit` and not through React's form
 * actions: those empty the form whatever came of it, and share one pending state among all that run.
 */
import {
  type ComponentProps,
  type MouseEvent,
  type ReactNode,
  type SubmitEvent,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { announce, hasSaid, hush, readLive } from "./announcer.ts";
import { InBoundary } from "./boundary.tsx";
import { isShown, isWithoutOutcome, noteSubmit } from "./calls.ts";
import { isOwnWish } from "./clicks.ts";
import { ActionError } from "./errors.ts";
import { describeFields, emptyForm, emptyPasswords, focusInvalid, focusList, printedKey, readFields, readHeld, tellForm } from "./fields.ts";
import { clearNotice, showNotice } from "./notice.tsx";
import { shownPage } from "./page.ts";
import { freshKey } from "./protocol.ts";
import { noteSent, startWaiting, stopWaiting, useWaiting } from "./waiting.tsx";

/** A server reference; values bound to it are in it already. */
type Action = (data: FormData) => Promise<unknown>;

interface FormProps extends Omit<ComponentProps<"form">, "action"> {
  action?: Action;
  /** The attributes that submit the form without us; Python printed the same. */
  native?: { action?: string; method?: string; encType?: string };
  /** Which of the page's forms it is. */
  called?: string;
  /** Its action takes too little for what others show to travel with it. */
  alone?: boolean;
}

interface ButtonProps extends Omit<ComponentProps<"button"> & ComponentProps<"input">, "formAction" | "ref"> {
  as?: "button" | "input";
  formAction?: Action;
  /** What it says while its submit is on its way; a button that says so is disabled as long as its form waits. */
  pending?: string;
  native?: { formAction?: string; formMethod?: string; formEncType?: string; name?: string; value?: string };
}

const buttonActions = new WeakMap<EventTarget, Action>();

/** `h.form(action=f)`. */
export function ActionForm({ action, native, called = "", alone = false, ...attributes }: FormProps): ReactNode {
  const own = useRef<HTMLFormElement>(null);
  const waiting = useWaiting(() => own.current);
  const [, throwHere] = useState<never>();
  const inBoundary = useContext(InBoundary);
  /** Keys of submits whose outcome is not known, by what they sent: the same data again is the same submit. */
  const keys = useRef(new Map<string, string>());
  const isFirst = useRef(true);

  /** The first has the key that was printed, in case the browser has submitted the form itself a moment ago. */
  function keyOf(wish: string, form: HTMLFormElement): string {
    const key = keys.current.get(wish) ?? (isFirst.current ? printedKey(form) : null) ?? freshKey();
    isFirst.current = false;
    keys.current.set(wish, key);
    return key;
  }

  async function run(chosen: Action, form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
    const data = readFields(form, submitter);
    const held = readHeld(form);
    const live = readLive();
    const focused = document.activeElement;
    const wish = describeFields(data);
    tellForm(data, called, alone ? "" : shownPage().shown);
    noteSubmit(data, { key: keyOf(wish, form), onSent: (part) => noteSent(form, part) });
    clearNotice();
    hush();
    startWaiting(form, submitter);
    try {
      await chosen(data);
      keys.current.delete(wish);
      if (form.isConnected) emptyForm(form, held);
    } catch (error) {
      // Where no outcome is known the action may have run.
      if (!isWithoutOutcome(error)) keys.current.delete(wish);
      report(error, form, live);
      focusList(form, data);
      if (error instanceof ActionError) {
        focusInvalid(form, Object.keys(error.fieldErrors), focused, held);
        emptyPasswords(form, held);
      }
    } finally {
      stopWaiting(form);
    }
  }

  function report(error: unknown, form: HTMLFormElement, live: Map<Element, string>): void {
    if (isShown(error)) {
      // Aloud only where the page does so in a live region, and not if that has said the same before.
      if (error instanceof ActionError && !hasSaid(error.message, live)) announce([error.message, ...Object.values(error.fieldErrors)].join(". "), "alert");
      return;
    }
    if (error instanceof ActionError || !inBoundary || !form.isConnected) showNotice(error);
    else
      throwHere(() => {
        throw error;
      });
  }

  function onSubmit(event: SubmitEvent<HTMLFormElement>): void {
    const form = event.currentTarget;
    const { submitter } = event.nativeEvent as globalThis.SubmitEvent;
    if (event.defaultPrevented || event.target !== form) return;
    const chosen = (submitter && buttonActions.get(submitter)) ?? (goesElsewhere(submitter) ? undefined : action);
    if (chosen === undefined) return;
    event.preventDefault();
    if (!isOwnWish(submitter)) return;
    void run(chosen, form, submitter);
  }

  return <form {...attributes} {...native} aria-busy={waiting.count > 0 || undefined} onSubmit={onSubmit} ref={own} />;
}

/**
 * `h.button(formAction=f)` and `h.input(formAction=f)`: the form they are in calls their action in place of its own.
 * And those with `pending`: not `disabled` meanwhile, which would take the focus away, but as good as.
 */
export function ActionButton({ as: Tag = "button", formAction, pending, native, ...attributes }: ButtonProps): ReactNode {
  const own = useRef<HTMLButtonElement & HTMLInputElement>(null);
  const { count, submitter } = useWaiting(() => own.current?.form);
  const waits = pending !== undefined && count > 0;
  const isPressed = waits && (submitter === null ? formAction === undefined : submitter === own.current);
  useLayoutEffect(() => {
    if (own.current !== null && formAction !== undefined) buttonActions.set(own.current, formAction);
  });
  useEffect(() => {
    if (isPressed) announce(pending);
  }, [isPressed, pending]);
  const label = isPressed && (Tag === "button" ? { children: pending } : { value: pending });
  const disabled = waits && { "aria-disabled": true, onClick: refuse };
  return <Tag {...attributes} {...native} {...label} {...disabled} ref={own} />;
}

/** The Enter key in a field clicks the first submit button of the form, so this stops it too. */
function refuse(event: MouseEvent): void {
  event.preventDefault();
}

/**
 * A select of Python's. What its author says is chosen may change with the page; React looks at `defaultValue` only once
 * (19.3.1, updateSelect), and emptying the form would bring back the first choice.
 */
export function Select({ defaultValue, ...attributes }: ComponentProps<"select">): ReactNode {
  const own = useRef<HTMLSelectElement>(null);
  const wanted = defaultValue == null ? [] : [defaultValue].flat().map(String);
  useLayoutEffect(() => {
    for (const option of own.current?.options ?? []) {
      const isWanted = wanted.includes(option.value);
      // Changes what is shown only where the person has not chosen.
      if (option.defaultSelected !== isWanted) option.defaultSelected = isWanted;
    }
  });
  return <select {...attributes} {...(defaultValue == null ? {} : { defaultValue })} ref={own} />;
}

/** A button with a URL of its own, or one that closes a dialog, means what HTML says. */
function goesElsewhere(submitter: HTMLElement | null): boolean {
  return (
    submitter !== null && (submitter.hasAttribute("formaction") || submitter.getAttribute("formmethod") === "dialog")
  );
}
