// Names something that is sent, so that sending it again does not do it twice.
export function newKey(): string {
  const bytes = new Uint8Array(16);
  const { crypto } = globalThis as { crypto?: Crypto }; // a mini program has none
  if (crypto) crypto.getRandomValues(bytes);
  else bytes.forEach((_, n) => (bytes[n] = Math.floor(Math.random() * 256)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// The key of what was sent last, as long as the same is sent; another for anything else.
export interface Sent {
  body: string;
  key: string;
}
export function keyFor(body: unknown, before: Sent | null | undefined): Sent {
  const text = JSON.stringify(body);
  return before?.body === text ? before : { body: text, key: newKey() };
}
