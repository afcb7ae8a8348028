// Starts the service worker (src/worker), goes where a pushed notification leads, and says when a new version waits.
import type { Router } from 'vue-router';

// `waiting`: a new version is there; `use` takes it and loads the page again.
export function startWorker(router: Router, waiting: (use: () => void) => void): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  const workers = navigator.serviceWorker;
  workers.addEventListener('message', ({ data }: MessageEvent<{ open?: string }>) => {
    if (typeof data?.open === 'string' && data.open.startsWith('/')) void router.push(data.open);
  });
  let taken = false;
  workers.addEventListener('controllerchange', () => taken && location.reload());
  const offer = (worker: ServiceWorker) => waiting(() => {
    taken = true;
    worker.postMessage('use-new-version');
  });
  void workers.register('/worker.js').then((registration) => {
    if (registration.waiting && workers.controller) offer(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const fresh = registration.installing;
      fresh?.addEventListener('statechange', () => {
        if (fresh.state === 'installed' && workers.controller) offer(fresh);
      });
    });
    // A console stays open for days.
    setInterval(() => void registration.update().catch(() => {}), 60 * 60 * 1000);
  }).catch(() => {
    // Plain http on another machine's address: the console works without it.
  });
}
