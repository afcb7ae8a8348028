// This browser's half of Web Push: asks the person, subscribes with the program's key, tells the program.
import { api, csrf, get } from '@/api/client';

export type Standing = 'unsupported' | 'denied' | 'ready';

// Push needs a service worker, which needs https (or this machine).
export function standing(): Standing {
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis) || !('Notification' in globalThis)) return 'unsupported';
  return Notification.permission === 'denied' ? 'denied' : 'ready';
}

export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const plain = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0));
}

// "Chrome, Windows": enough to know it again by.
export function deviceOf(agent: string): string {
  const browser = /MicroMessenger/.test(agent) ? 'WeChat' : /Edg\//.test(agent) ? 'Edge' : /Firefox\//.test(agent) ? 'Firefox' : /Chrome\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : 'Browser';
  const system = /Android/.test(agent) ? 'Android' : /iPhone|iPad/.test(agent) ? 'iOS' : /Windows/.test(agent) ? 'Windows' : /Mac OS/.test(agent) ? 'macOS' : /Linux/.test(agent) ? 'Linux' : '';
  return system ? `${browser}, ${system}` : browser;
}

// 'denied': the person or the browser said no.
export async function tellHere(publicKey: string): Promise<'added' | 'denied'> {
  if ((await Notification.requestPermission()) !== 'granted') return 'denied';
  const worker = await navigator.serviceWorker.ready;
  // One that was made for another key is of no use.
  await (await worker.pushManager.getSubscription())?.unsubscribe();
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(publicKey) });
  const { endpoint, keys } = made.toJSON();
  await get(api.POST('/api/v1/me/notify/push', {
    params: { header: csrf },
    body: { endpoint: endpoint!, p256dh: keys!.p256dh!, auth: keys!.auth!, device: deviceOf(navigator.userAgent) },
  }));
  return 'added';
}
