// The one door to the program. A call gives its data or throws a Refusal.
import { display } from '../display';

// Where the program answers. In the browser it is where the page came from.
export const base = import.meta.env.VITE_LINLI_URL ?? '';

export class Refusal extends Error {
  readonly status: number; // 0: the program was not reached
  readonly code: string; // as docs/openapi.yaml names it; 'unreachable' where nothing answered
  readonly remedy: string; // in the reader's language, from the program; empty where nothing answered
  constructor(status: number, code: string, title: string, remedy: string) {
    super(title);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

interface Options {
  body?: object | ArrayBuffer; // an ArrayBuffer is a picture
  key?: string; // the same key again gets the first answer: nothing is done twice
  version?: number; // of what the reader saw; 412 when it has changed since
}

const longest = 30_000; // ms; a photo over a slow line takes some

export function call<T>(method: 'GET' | 'POST', path: string, { body, key, version }: Options = {}): Promise<T> {
  const header: Record<string, string> = { 'accept-language': display.language };
  if (body) header['content-type'] = body instanceof ArrayBuffer ? 'image/jpeg' : 'application/json';
  if (key) header['idempotency-key'] = key;
  if (version !== undefined) header['if-match'] = `"${version}"`;
  return new Promise((resolve, reject) => {
    uni.request({
      url: `${base}/api/v1/public/${path}`,
      method,
      header,
      ...(body ? { data: body instanceof ArrayBuffer ? body : JSON.stringify(body) } : {}),
      timeout: longest,
      success: ({ statusCode, data }) => {
        if (statusCode >= 200 && statusCode < 300) resolve(data as T);
        else reject(refusal(statusCode, data));
      },
      fail: () => reject(new Refusal(0, 'unreachable', '', '')),
    });
  });
}

// What is between us and the program (a proxy, a café's Wi-Fi) answers in its own manner.
function refusal(status: number, data: unknown): Refusal {
  let said = data;
  if (typeof said === 'string') {
    try {
      said = JSON.parse(said);
    } catch {
      said = null;
    }
  }
  const { code, title, remedy } = (said ?? {}) as { code?: string; title?: string; remedy?: string };
  if (!code && status >= 500) return new Refusal(0, 'unreachable', '', '');
  return new Refusal(status, code ?? `http_${status}`, title ?? '', remedy ?? '');
}
