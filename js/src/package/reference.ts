/**
 * Reference: the id of an action in, a function that calls it out, with its companions `state`, `bind` and `with`.
 *
 * What a call does is the business of a `Caller`: of the front end by default, of the page where Jetbridge printed it.
 */
import "../client/modules.ts";
import { createServerReference as register } from "react-server-dom-webpack/client.browser";
import { ActionError } from "../client/errors.ts";
import type { ActionState, CallOptions, ServerAction } from "./types.ts";

/** `url` is where the action answers; `bound` of the arguments, the first ones, were bound here. */
export interface About extends CallOptions {
  readonly url: string | undefined;
  readonly bound: number;
}

export type Caller = (id: string, args: unknown[], about: About) => Promise<unknown>;

let caller: Caller | undefined;

/** Say what calls do. In a page of ours the page has said it, whatever it imports later. */
export function openCalls(next: Caller): void {
  caller ??= next;
}

type Call = (...args: unknown[]) => Promise<unknown>;
/** How calls of an action are sent, and what the function that makes them is to React. */
interface Way {
  readonly send: (args: unknown[], about: Omit<About, "url">) => Promise<unknown>;
  readonly wrap: (call: Call, isBound: boolean) => Call;
}

/** The function for the action `id`, which answers at `url`. The Vite plugin writes calls of this. */
export function createServerReference<Args extends unknown[] = unknown[], Result = unknown>(
  id: string,
  url?: string,
): ServerAction<Args, Result> {
  const way: Way = {
    send: (args, about) => (caller as Caller)(id, args, { ...about, url }),
    // React sends a registered reference as what it is, where one is an argument itself.
    wrap: (call, isBound) => (isBound ? call : register(id, (_, args) => call(...args))),
  };
  return reference(way, [], {}) as unknown as ServerAction<Args, Result>;
}

/** Give an action that came with a page the same companions. Its id, and what Python bound, are known to React only. */
export function equip(action: Call, send: Way["send"]): void {
  accompany(action, { send, wrap: (call) => call }, [], {});
}

function reference(way: Way, bound: unknown[], options: CallOptions): Call {
  const call = calling(way, bound, options);
  return accompany(way.wrap(call, bound.length > 0), way, bound, options);
}

function calling(way: Way, bound: unknown[], options: CallOptions): Call {
  return (...args) => way.send([...bound, ...args], { ...options, bound: bound.length });
}

function accompany(action: Call, way: Way, bound: unknown[], options: CallOptions): Call {
  const call = calling(way, bound, options);
  const more = {
    state: (_: unknown, ...args: unknown[]) => settle(call(...args), args),
    bind: (_: unknown, ...args: unknown[]) => reference(way, [...bound, ...args], options),
    with: (more: CallOptions) => reference(way, bound, { ...options, ...more }),
  };
  for (const [name, value] of Object.entries(more)) Object.defineProperty(action, name, { value });
  return action;
}

/** An expected error as part of the state; everything else goes on to the nearest boundary. */
async function settle(call: Promise<unknown>, args: unknown[]): Promise<ActionState<unknown>> {
  const last = args.at(-1);
  try {
    return { result: await call, error: null, fieldErrors: {}, fieldCodes: {}, input: {} };
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    const { fieldErrors, fieldCodes } = error;
    return { result: null, error, fieldErrors, fieldCodes, input: last instanceof FormData ? texts(last) : {} };
  }
}

/** As the server's own forms have it (actions/state.py): texts by name, repeated ones as lists, and no secrets. */
function texts(form: FormData): Record<string, string | readonly string[]> {
  const found: Record<string, string | readonly string[]> = {};
  for (const name of new Set(form.keys())) {
    const all = form.getAll(name).filter((value) => typeof value === "string");
    if (all.length > 0 && !isSensitive(name)) found[name] = all.length === 1 ? String(all[0]) : all;
  }
  return found;
}

const SENSITIVE =
  /passw|passphrase|passcode|pwd|secret|credit.?card|card.?number|(?:^|[_-])(?:otp|pin|cvc|cvv|csc|ssn|token)(?:$|[_-])/i;

function isSensitive(name: string): boolean {
  return name.startsWith("$") || name.split(/[.[\]]+/).some((part) => part.startsWith("_") || SENSITIVE.test(part));
}
