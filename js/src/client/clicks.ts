/**
 * Clicks: the clicks of a document in, whether one is the end of a double click that has submitted already out.
 *
 * The answer may come between the two, and then another form, or an emptied one, lies under the pointer.
 */
export interface Click {
  target: EventTarget | null;
  submitted: boolean;
  /** Its default action, the submit, is over. */
  over: boolean;
}

let click: Click = { target: null, submitted: false, over: true };

/** Listen to clicks, before any form of ours hears of them; `last` is the last one before. */
export function watchClicks(last: Click): void {
  click = last;
  addEventListener(
    "click",
    (event) => {
      // `detail` counts the clicks at one place in quick succession; the third is not part of a double click.
      const isSecond = event.detail > 0 && event.detail % 2 === 0;
      const now: Click = { target: event.target, submitted: isSecond && click.submitted, over: false };
      click = now;
      setTimeout(() => {
        now.over = true;
      });
    },
    { capture: true },
  );
}

/** Note a submit through `submitter`. False where it is the second half of a double click whose first submitted. */
export function isOwnWish(submitter: HTMLElement | null): boolean {
  if (submitter === null || click.over || !submitter.contains(click.target as Node | null)) return true;
  if (click.submitted) return false;
  click.submitted = true;
  return true;
}
