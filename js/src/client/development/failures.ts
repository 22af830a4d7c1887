/** Failures: the rows of an answer in, the digests of what failed on the server while they were sent out. */

/** A row for an error of which the server in development has kept all; others have no stack. */
const FAILED = /^[0-9a-f]+:E(\{"digest":.*"stack":\[\[.*\})$/;

/** Read the rows to their end and call `found` for each. What looks like a row inside a long text counts as one. */
export async function findFailures(rows: ReadableStream<Uint8Array>, found: (digest: string) => void): Promise<void> {
  const reader = rows.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let begun = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (begun + value).split("\n");
      begun = lines.pop() ?? "";
      for (const line of lines) {
        const row = FAILED.exec(line);
        if (row?.[1] !== undefined) found(String((JSON.parse(row[1]) as { digest?: unknown }).digest));
      }
    }
  } catch {
    // The connection broke, or no row at all: whoever called hears of it.
  }
}
