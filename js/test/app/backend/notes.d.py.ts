// Written by `jetbridge types`. Do not edit.
import type { ServerAction } from "jetbridge/client";

/** Another module, which is imported by an alias. */
export declare const addNote: ServerAction<[text: string], string[], "text">;
//# sourceMappingURL=notes.d.py.ts.map
