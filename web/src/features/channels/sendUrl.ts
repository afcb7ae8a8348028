// Answers carry residents' matters: over TLS, or not off this machine. The program judges once more.
export function sendUrlWrong(written: string): boolean {
  const text = written.trim();
  if (text === '') return false; // people copy the words
  if (!URL.canParse(text) || /\s/.test(text)) return true;
  const { protocol, hostname } = new URL(text);
  return protocol !== 'https:' && !(protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}
