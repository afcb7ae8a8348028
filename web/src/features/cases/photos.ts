// Photos as phones take them are 4 to 12 MB and tell where they were taken. They are drawn anew, at most 1,600 pixels long, and
// sent at once; the step names them by their ids. Whoever leaves the form leaves them behind: the program drops them after a day.
import type { Schemas } from '@/api/types';
import { upload } from '@/api/upload';

export interface Photo {
  id: string; // of the program
  src: string; // for this page
}

export const MOST = 6;
const LONGEST = 1600;
const QUALITY = 0.82;

// The size to draw at: never larger than it is.
export function fit(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

// Upright, as the camera meant it, and nothing but the picture. None: it is no picture that this browser can read.
async function drawnAnew(file: Blob): globalThis.Promise<Blob | undefined> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    return undefined;
  }
  const canvas = Object.assign(document.createElement('canvas'), fit(picture.width, picture.height));
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new globalThis.Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/jpeg', QUALITY));
}

// None: as above. Throws a Refusal where the program does not take it.
export async function send(file: File): globalThis.Promise<Photo | undefined> {
  const body = await drawnAnew(file);
  if (!body) return undefined;
  const kept = await upload<Schemas['CaseFile']>('/api/v1/files?name=photo.jpg', { body });
  return { id: kept.id, src: URL.createObjectURL(body) };
}
