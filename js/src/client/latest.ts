/** Latest: calls of an action of which only the latest counts in, each called off by the next one out. */
const running = new Map<string, AbortController>();

/** Run a call of the action `id` with a signal for it, which says so when `own` does or when the next call begins. */
export async function onlyLatest<T>(
  id: string,
  own: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  running.get(id)?.abort(new DOMException("A newer call took the place of this one.", "AbortError"));
  const controller = new AbortController();
  running.set(id, controller);
  try {
    return await run(own === undefined ? controller.signal : AbortSignal.any([own, controller.signal]));
  } finally {
    if (running.get(id) === controller) running.delete(id);
  }
}
