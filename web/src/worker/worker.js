// The service worker. It shows what is pushed, each delivery once, and opens the right page; it keeps the shell (pages' code, styles,
// pictures) so that the console opens without a network. Nothing of /api is ever kept: no personal data lies here.
// VERSION and FILES are put before it by the build (vite.config.ts).
/* global VERSION, FILES */
const SHELL = `linli-shell-${VERSION}`;
const KNOWN = new Set(FILES);

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(FILES)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith('linli-shell-') && name !== SHELL).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

// The person said "now" to a new version.
self.addEventListener('message', (event) => {
  if (event.data === 'use-new-version') self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/api/')) return;
  if (request.mode === 'navigate') {
    event.respondWith(fetch(request).catch(() => caches.open(SHELL).then((shell) => shell.match('/')).then((page) => page ?? Response.error())));
  } else if (KNOWN.has(url.pathname)) {
    event.respondWith(caches.open(SHELL).then((shell) => shell.match(url.pathname)).then((kept) => kept ?? fetch(request)));
  }
});

const TITLES = { emergency: '紧急，未核实', amber: '5 分钟还没答复', call_leader: '10 分钟还没答复', breach: '超过 15 分钟没答复', webhook_off: '对外推送已停用', test: '测试消息' };

self.addEventListener('push', (event) => {
  let told;
  try {
    told = event.data.json();
  } catch {
    return;
  }
  // The same delivery again takes the place of the one that is shown, without a sound.
  event.waitUntil(
    self.registration.showNotification(TITLES[told.kind] ?? '邻里', {
      body: told.body,
      tag: told.id,
      renotify: false,
      requireInteraction: told.kind === 'emergency',
      icon: '/favicon.svg',
      data: { url: told.url },
    }),
  );
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const to = new URL(event.notification.data?.url ?? '/', self.location.origin);
  if (to.origin !== self.location.origin) return;
  event.waitUntil(
    self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then(async (windows) => {
      const open = windows.find((each) => new URL(each.url).origin === to.origin);
      if (!open) return self.clients.openWindow(to.href);
      await open.focus();
      open.postMessage({ open: to.pathname });
    }),
  );
});
