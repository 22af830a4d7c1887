/**
 * References while the server renders: an action's id in, a function that React prints as a form out.
 *
 * Nothing is called here. A form gets the address that names its action and our hidden fields, where slots stand for
 * what only Python knows; values that a component has bound travel as React's own client encodes them.
 */
import { registerServerReference } from "react-server-dom-webpack/client.node";
import { fields, marks, query } from "../client/protocol.ts";

/** What React's server renderer asks an action for. */
interface FormFields {
  readonly name: string;
  action: string;
  readonly encType: string;
  readonly method: string;
  readonly target: undefined;
  readonly data: FormData;
}

export interface Action {
  (...args: unknown[]): Promise<never>;
  bind(self: unknown, ...bound: unknown[]): Action;
  $$FORM_ACTION(prefix: string): FormFields;
}

/** `state` is an action's companion for `useActionState`, which takes a previous state first and sends none. */
type Kind = "plain" | "state" | "settled";

let slot = "";

/** Say what slots begin with: something that no page can hold by chance or by somebody's wish. */
export function openSlots(mark: string): void {
  slot = mark;
}

/** The function for the action `id`. The Vite plugin writes calls of this. */
export function createServerReference(id: string): Action {
  return make(id, [], "plain");
}

const NOT_HERE = "An action was called while the server renders the page. Call it in an event handler or an effect.";

function make(id: string, bound: readonly unknown[], kind: Kind): Action {
  const action = (): Promise<never> => Promise.reject(new Error(NOT_HERE));
  const own = {
    $$FORM_ACTION: (prefix: string) => formFields(id, prefix, encoded),
    $$IS_SIGNATURE_EQUAL: (named: string, count: number) => named === nameOf(id, kind) && count === bound.length,
    bind: (_: unknown, ...more: unknown[]) =>
      kind === "state" ? make(id, [...bound, ...more.slice(1)], "settled") : make(id, [...bound, ...more], kind),
  };
  const isPlain = kind === "plain" && bound.length === 0;
  const encoded = isPlain ? undefined : withDefault(id + (kind === "plain" ? "" : marks.state), bound);
  // Registered, or React would put its own in their place when the action comes with the page; then made ours again.
  redefine(action, own);
  registerServerReference(action, id);
  redefine(action, own);
  if (kind === "plain") {
    redefine(action, { with: () => make(id, bound, kind) });
    Object.defineProperty(action, "state", { get: () => make(id, bound, "state") });
  }
  return action as unknown as Action;
}

/** The same action for a form that has more to tell. */
export function withFields(action: Action, add: (data: FormData) => void): Action {
  const told = action.bind(null);
  redefine(told, {
    $$FORM_ACTION: (prefix: string) => {
      const own = action.$$FORM_ACTION(prefix);
      add(own.data);
      return own;
    },
  });
  return told;
}

function redefine(action: object, members: object): void {
  for (const [name, value] of Object.entries(members)) Object.defineProperty(action, name, { value, configurable: true });
}

/** How form state names an action: with no signature, and told apart by whose state it is. */
function nameOf(id: string, kind: Kind): string {
  return id.slice(0, id.lastIndexOf(".")) + (kind === "plain" ? "" : marks.state);
}

/** An action that React encodes, for its bound values alone. */
function withDefault(name: string, bound: readonly unknown[]): Action {
  const reference = registerServerReference((): void => undefined, name) as unknown as Action;
  return reference.bind(null, ...bound);
}

const REACT_KEY = `${fields.react}KEY`;

function formFields(id: string, prefix: string, encoded: Action | undefined): FormFields {
  const ownAddress = `${slot}${fields.slots.query}${query.action}=${encodeURIComponent(id)}`;
  const given = encoded?.$$FORM_ACTION(prefix); // throws a promise until the values are encoded
  const data = given?.data ?? new FormData();
  // React calls the key of useActionState the same in each form and button, and a button's fields are its form's too.
  const append = data.append.bind(data) as (name: string, value: unknown) => void;
  data.append = (name: string, value: unknown) => append(name === REACT_KEY ? `${REACT_KEY}_${prefix}` : name, value);
  data.append(fields.token, slot + fields.slots.token);
  data.append(fields.key, slot + fields.slots.key);
  let permalink: string | undefined;
  return {
    name: given?.name ?? `${fields.react}ID_${id}`,
    method: "POST",
    encType: "multipart/form-data",
    target: undefined,
    data,
    get action() {
      if (permalink === undefined) return ownAddress;
      const [address = "", ...hash] = permalink.split("#");
      const named = `${address}${address.includes("?") ? "&" : "?"}${query.action}=${encodeURIComponent(id)}`;
      return [named, ...hash].join("#");
    },
    set action(link) {
      permalink = link; // React puts the permalink of useActionState here
    },
  };
}
