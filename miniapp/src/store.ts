// What this phone remembers. Where it may not (a private window, a full store) nothing breaks: it is just not remembered.
export function remembered<T extends object>(name: string, otherwise: T): T {
  try {
    const found: unknown = uni.getStorageSync(`linli.${name}`);
    if (found && typeof found === 'object') return found as T;
  } catch {
    // As if nothing were there.
  }
  return otherwise;
}

// Whether it is kept.
export function remember(name: string, what: object | null): boolean {
  try {
    if (what === null) uni.removeStorageSync(`linli.${name}`);
    else uni.setStorageSync(`linli.${name}`, what);
    return true;
  } catch {
    return false;
  }
}
