/** Where the page keeps who its visitor is: in its own storage, or where browsers block that, with the site around it. */

export interface Store {
  get(name: string): string;
  set(name: string, value: string): void;
  /** Take what the site has kept; false when there was nothing, or own storage makes it needless. */
  take(kept: unknown): boolean;
}

/** Return the browser's own storage for this page; throws where frames may not have one. */
export function ownStore(prefix: string, storage: Storage): Store {
  storage.setItem(`${prefix}probe`, "");
  return {
    get: (name) => storage.getItem(prefix + name) ?? "",
    set: (name, value) => storage.setItem(prefix + name, value),
    take: () => false,
  };
}

/** Return a store whose contents go to the site with each change and come back in one piece. */
export function lentStore(lend: (kept: string) => void): Store {
  let values: Record<string, string> = {};
  return {
    get: (name) => values[name] ?? "",
    set: (name, value) => {
      values = { ...values, [name]: value };
      lend(JSON.stringify(values));
    },
    take: (kept) => {
      const found = parsed(kept);
      if (!found || Object.keys(values).length) return false;
      values = found;
      return true;
    },
  };
}

function parsed(kept: unknown): Record<string, string> | null {
  if (typeof kept !== "string" || !kept) return null;
  try {
    const found: unknown = JSON.parse(kept);
    if (typeof found !== "object" || found === null) return null;
    const texts = Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return Object.fromEntries(texts);
  } catch {
    return null;
  }
}
