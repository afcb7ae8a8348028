// Links that stand in messages are short; here they become pages. What stands after the # never reaches a server, so
// no proxy on the way writes down who holds which link once the page is open.
const ways: [RegExp, (token: string) => string][] = [
  [/^\/r\/?\?(?:.*&)?t=([\w-]+)/, (token) => `/pages/case?token=${token}`],
  [/^\/r\/c(?:ase)?\/([\w-]+)\/?$/, (token) => `/pages/case?token=${token}`],
  [/^\/r\/t(?:ask)?\/([\w-]+)\/?$/, (token) => `/pages/task?token=${token}`],
  [/^\/r\/report\/?$/, () => '/pages/report?step=text'],
  [/^\/r\/find\/?$/, () => '/pages/find'],
];

// The page of an address (path and query); null: it names none.
export function pageOf(address: string): string | null {
  for (const [form, page] of ways) {
    const found = form.exec(address);
    if (found) return page(found[1] ?? '');
  }
  return null;
}

// #ifdef H5
const page = globalThis.location && pageOf(location.pathname + location.search);
if (page) history.replaceState(null, '', `/r/#${page}`);
// #endif
