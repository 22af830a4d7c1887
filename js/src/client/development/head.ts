/**
 * Head: the head that the server would print now in, its style sheets in this document out.
 *
 * A sheet that has changed has another hash in its address. The old one goes when the new one is there.
 */
import { built } from "../protocol.ts";

/** Show the style sheets of `head` in place of those with the same path. */
export function showStylesheets(head: string): void {
  const next = new DOMParser().parseFromString(`<head>${head}</head>`, "text/html").head;
  showBuilt(next);
  for (const link of sheetsOf(next)) {
    const old = sheetsOf(document.head).find((one) => pathOf(one) === pathOf(link));
    if (old === undefined || urlOf(old) === urlOf(link)) continue;
    const fresh = old.cloneNode() as HTMLLinkElement;
    fresh.href = urlOf(link);
    fresh.addEventListener("load", () => old.remove());
    old.after(fresh);
  }
}

/** Style sheets of a build have the hash in their names: what is no longer there makes room for what is new. */
function showBuilt(next: HTMLHeadElement): void {
  const isBuilt = (link: HTMLLinkElement): boolean => urlOf(link).includes(built);
  const now = sheetsOf(document.head).filter(isBuilt);
  const wanted = sheetsOf(next).filter(isBuilt);
  const stale = now.filter((link) => !wanted.some((one) => urlOf(one) === urlOf(link)));
  const leave = (): void => stale.forEach((link) => link.remove());
  const fresh = wanted.filter((link) => !now.some((one) => urlOf(one) === urlOf(link)));
  for (const link of fresh) {
    const added = link.cloneNode() as HTMLLinkElement;
    added.href = urlOf(link);
    added.addEventListener("load", leave);
    document.head.append(added);
  }
  if (fresh.length === 0) leave();
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
