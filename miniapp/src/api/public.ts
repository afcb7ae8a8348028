// What a resident and a handling unit can ask of the program; all without signing in.
import { call } from './call';
import { pictureBytes, type Photo } from './photo';
import type { Case, Known, Office, Report, ReportInput, Task, TaskAction, Token } from './types';

export const getOffice = () => call<Office>('GET', 'office');

export const getCase = (token: string) => call<Case>('GET', `cases/${token}`);
export const getReport = (token: string) => call<Report>('GET', `reports/${token}`);
export const findCase = (number: string, digits: string) =>
  call<Token>('POST', 'cases/find', { body: { number, phone_digits: digits } });

export const addNote = (token: string, text: string, files: string[], key: string) =>
  call<Case>('POST', `cases/${token}/notes`, { body: { text: text || null, files }, key });
export const rate = (token: string, fixed: boolean, stars: number | null, text: string, key: string) =>
  call<Case>('POST', `cases/${token}/rating`, { body: { fixed, stars, text: text || null }, key });
export const reopen = (token: string, text: string, files: string[], key: string) =>
  call<Case>('POST', `cases/${token}/reopen`, { body: { text, files }, key });

export const findKnown = async (place: string, community: string, text: string) =>
  (await call<{ known: Known[] }>('POST', 'reports/similar', { body: { place, community: community || null, text } })).known;
export const follow = (what: string) => call<Token>('POST', 'reports/follow', { body: { follow: what } });
export const sendReport = (report: ReportInput, key: string) => call<Token>('POST', 'reports', { body: report, key });

// The photo's key, for `files`. Who sends again does not load up again what is there: it is there for an hour.
export async function upload(photo: Photo): Promise<string> {
  if (photo.key && Date.now() - (photo.uploaded ?? 0) < 50 * 60_000) return photo.key;
  const file = await call<{ key: string }>('POST', 'files', { body: await pictureBytes(photo) });
  photo.key = file.key;
  photo.uploaded = Date.now();
  return file.key;
}

export const getTask = (token: string) => call<Task>('GET', `tasks/${token}`);
export const stepTask = (
  token: string,
  version: number,
  step: { action: TaskAction; reason?: string | null; note?: string | null },
) => call<Task>('POST', `tasks/${token}/actions`, { body: step, version });
export const taskPicture = (token: string, picture: string) => `/api/v1/public/tasks/${token}/pictures/${picture}`;
