// A file sent with its progress, which fetch cannot tell. Gives the answer's data or throws a Refusal, as client.ts does.
import { csrfToken, endSession, language } from './client';
import { Refusal, refusalOf } from './problem';

export interface Upload {
  body: Blob;
  // 0 … 1 of the bytes are sent; 1: the program is at work.
  onProgress?: (part: number) => void;
  signal?: AbortSignal;
}

export function upload<T>(path: string, { body, onProgress, signal }: Upload): globalThis.Promise<T> {
  return new globalThis.Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('POST', path);
    call.setRequestHeader('Content-Type', 'application/octet-stream');
    call.setRequestHeader('Accept-Language', language());
    call.setRequestHeader('x-csrf-token', csrfToken());
    call.upload.addEventListener('progress', (event) => event.lengthComputable && onProgress?.(event.loaded / event.total));
    call.upload.addEventListener('load', () => onProgress?.(1));
    call.addEventListener('error', () => reject(new Refusal('unreachable', 0)));
    call.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
    call.addEventListener('load', () => {
      const said = read(call.responseText);
      if (call.status >= 200 && call.status < 300) return resolve(said as T);
      if (call.status === 401) endSession();
      reject(refusalOf(new Response(null, { status: call.status }), said));
    });
    signal?.addEventListener('abort', () => call.abort());
    call.send(body);
  });
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a gateway's page
  }
}
