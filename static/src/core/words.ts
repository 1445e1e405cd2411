/** The page's words, in its language: the server sends them once as data. */

import type { Say } from "./times";

export type Catalog = Record<string, string | [string, string]>;

/** Return a lookup. A pair is [one, many] and is chosen by `n`; `{name}` is filled in; an unknown key is itself. */
export function sayWith(catalog: Catalog): Say {
  return (key, values = {}) => {
    const entry = catalog[key] ?? key;
    const sentence = Array.isArray(entry) ? entry[values.n === 1 ? 0 : 1] : entry;
    return sentence.replace(/\{(\w+)\}/g, (blank, name: string) => String(values[name] ?? blank));
  };
}
