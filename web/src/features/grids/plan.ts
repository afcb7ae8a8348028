// A table's import: planned, written, taken back. The bytes that were shown are the bytes that are written.
import { api, get } from '@/api/client';
import { Refusal } from '@/api/problem';
import type { GridPlan } from '@/api/types';
import { upload, type Upload } from '@/api/upload';
import { withoutCode } from './table';

export const FILE_MOST = 32 * 1024 * 1024;

type Options = Omit<Upload, 'body'> & { closeMissing: boolean };

const send = (apply: boolean, body: Blob, { closeMissing, ...rest }: Options) =>
  upload<GridPlan>(`/api/v1/grids/import?apply=${apply}&close_missing=${closeMissing}`, { body, ...rest });

export const planTable = (body: Blob, options: Options) => send(false, body, options);

// The program did not answer in time: it may still write, or have written.
export class NoAnswer extends Error {}

export async function writeTable(body: Blob, options: Options): Promise<GridPlan> {
  try {
    return await send(true, body, options);
  } catch (cause) {
    throw cause instanceof Refusal && cause.unreachable ? new NoAnswer('no answer', { cause }) : cause;
  }
}

export const exported = () =>
  get(api.GET('/api/v1/grids/export', { params: { query: { format: 'csv' } }, parseAs: 'text' })) as Promise<string>;

export type Counts = Pick<GridPlan, 'opened' | 'changed' | 'closed' | 'reopened'>;

// Whether a plan does nothing but take `done` back. If not, somebody changed something since.
export function takesBack(back: GridPlan, done: Counts): boolean {
  return (
    back.wrong_total === 0 &&
    back.opened === 0 &&
    back.closed === done.opened + done.reopened &&
    back.reopened === done.closed &&
    back.changed === done.changed
  );
}

export class ChangedSince extends Error {}

// The tree as `table` tells it, if that only takes `done` back.
export async function putBack(table: string, done: Counts): Promise<void> {
  const body = new Blob([table]);
  if (!takesBack(await planTable(body, { closeMissing: true }), done)) throw new ChangedSince();
  const result = await writeTable(body, { closeMissing: true });
  if (!result.applied) throw new ChangedSince();
}

// Takes a grid back that was just opened: the tree without it.
export const withdraw = async (code: string) =>
  putBack(withoutCode(await exported(), code), { opened: 1, changed: 0, closed: 0, reopened: 0 });
