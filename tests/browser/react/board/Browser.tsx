"use client";
import type { ReactNode } from "react";

// At the top of the module, as some packages do it: it cannot even be imported on the server.
const width = window.innerWidth;

export function Browser({ children }: { children: ReactNode }) {
  return (
    <div id="browser">
      {width > 0 ? "in the browser" : ""} {children}
    </div>
  );
}
