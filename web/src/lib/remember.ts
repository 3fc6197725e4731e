/** localStorage that may be full, forbidden or absent. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`hark.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null || value === "") localStorage.removeItem(`hark.${key}`);
    else localStorage.setItem(`hark.${key}`, value);
  } catch {
    // The page works without; only a reload forgets.
  }
}

export function recallJson<T>(key: string, otherwise: T): T {
  const text = recall(key);
  if (text === null) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch {
    return otherwise;
  }
}
