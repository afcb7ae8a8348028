// A file on its way: cut into pieces, each sent and confirmed before the next, so that neither side holds more than one. A
// broken line is tried again from what has arrived.
import { api, csrf, csrfToken, endSession, get, language } from '@/api/client';
import { Refusal, refusalOf } from '@/api/problem';
import type { Import, ImportChoice } from '@/api/types';

export const PIECE = 4 * 1024 * 1024;
export const MOST = 4 * 1024 * 1024 * 1024;

const path = (id: string) => ({ path: { import: id }, header: csrf });

export const openImport = (group: string, file: File) =>
  get(api.POST('/api/v1/imports', { params: { header: csrf }, body: { group_id: group, file_name: file.name.slice(0, 255), size: file.size } }));
export const look = (id: string, choice: ImportChoice) => get(api.POST('/api/v1/imports/{import}/look', { params: path(id), body: choice }));
export const start = (id: string) => get(api.POST('/api/v1/imports/{import}/start', { params: path(id) }));
export const cancel = (id: string) => get(api.POST('/api/v1/imports/{import}/cancel', { params: path(id) }));
export const fetchImport = (id: string) => get(api.GET('/api/v1/imports/{import}', { params: { path: { import: id } } }));
export const fetchImports = async () => (await get(api.GET('/api/v1/imports'))).imports;

async function sendPiece(id: string, offset: number, body: Blob, signal: AbortSignal): Promise<Import> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/imports/${id}/bytes/${offset}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/octet-stream', 'Accept-Language': language(), 'x-csrf-token': csrfToken() },
      body,
      signal,
    });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new Refusal('unreachable', 0, {}, { cause });
  }
  const said: unknown = await response.json().catch(() => undefined);
  if (response.ok) return said as Import;
  if (response.status === 401) endSession();
  throw refusalOf(response, said);
}

const TRIES = 5;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

// All of it that is not there yet. `sent` hears the part from 0 to 1.
export async function sendFile(from: Import, file: File, sent: (part: number) => void, signal: AbortSignal): Promise<void> {
  let at = from.received;
  for (let failed = 0; at < file.size; ) {
    try {
      const now = await sendPiece(from.id, at, file.slice(at, at + PIECE), signal);
      at = now.received;
      failed = 0;
      sent(at / file.size);
    } catch (cause) {
      const again = cause instanceof Refusal && (cause.unreachable || cause.status === 503);
      if (!again || ++failed >= TRIES) throw cause;
      await pause(500 * 2 ** failed);
    }
  }
}
