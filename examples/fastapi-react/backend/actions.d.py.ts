// Written by `jetbridge types`. Do not edit.
import type { ServerAction } from "jetbridge/client";

/** A note to add. */
export interface NewNote {
  /** What to remember */
  text: string;
}

/** Something to remember. */
export interface Note {
  id: number;
  text: string;
  added: Date;
}

/** Sign in; everybody may, under any name. */
export declare const signIn: ServerAction<[name: string], string, "name">;

/** Forget who it was. */
export declare const signOut: ServerAction<[], void, never>;

/** Remember something. Fails where it is remembered already. */
export declare const addNote: ServerAction<[note: NewNote], Note, "text">;

/** Forget a note; gives the ids of those that are left. */
export declare const removeNote: ServerAction<[note_id: number], number[], "note_id">;

/** The letters of a text, as they come. */
export declare const spell: ServerAction<[text: string], AsyncIterable<string>, "text">;
//# sourceMappingURL=actions.d.py.ts.map
