/**
 * Head: the head that the server would print now in, its style sheets in this document out.
 *
 * A sheet that has changed has another hash in its address. The old one goes when the new one is there.
 */

/** Show the style sheets of `head` in place of those with the same path. */
export function showStylesheets(head: string): void {
  const next = new DOMParser().parseFromString(`<head>${head}</head>`, "text/html").head;
  for (const link of sheetsOf(next)) {
    const old = sheetsOf(document.head).find((one) => pathOf(one) === pathOf(link));
    if (old === undefined || urlOf(old) === urlOf(link)) continue;
    const fresh = old.cloneNode() as HTMLLinkElement;
    fresh.href = urlOf(link);
    fresh.addEventListener("load", () => old.remove());
    old.after(fresh);
  }
}

function sheetsOf(head: HTMLHeadElement): HTMLLinkElement[] {
  return [...head.querySelectorAll<HTMLLinkElement>("link[rel~=stylesheet][href]")];
}

function urlOf(link: HTMLLinkElement): string {
  return new URL(link.getAttribute("href") ?? "", document.baseURI).href;
}

function pathOf(link: HTMLLinkElement): string {
  return urlOf(link).split("?")[0] ?? "";
}
