// Written by `jetbridge types`. Do not edit.
import type { ServerAction } from "jetbridge/client";

/** The answer, word by word. */
export declare const reply: ServerAction<[question: string], AsyncIterable<string>, "question">;

/** The whole answer, for browsers without JavaScript. */
export declare const ask: ServerAction<[question: string], { [key: string]: string }, "question">;
//# sourceMappingURL=actions.d.py.ts.map
