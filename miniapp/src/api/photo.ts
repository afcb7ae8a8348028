// Photos as a phone takes them are 4 to 12 MB and tell where they were taken. They are drawn anew, at most 1,600 pixels
// long: some 300 KB, and nothing but the picture is left.
export interface Photo {
  id: number; // of this page only
  src: string; // what can be shown: data:… in the browser, the phone's own file in the mini program
  key?: string; // once it is at the program
  uploaded?: number; // when, in ms
}

export const longestSide = 1600;
let last = 0;

// The size to draw at: never larger than it is.
export function fit(width: number, height: number, longest = longestSide): { width: number; height: number } {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

export const unreadable = 'unreadable';

// Asks for up to `most` photos. Empty when the person thought better of it; throws `unreadable` when one is no picture.
export async function pickPhotos(most: number): Promise<Photo[]> {
  let picked;
  try {
    picked = await uni.chooseImage({ count: most, sizeType: ['compressed'], sourceType: ['album', 'camera'] });
  } catch {
    return [];
  }
  let sources: string[] = [];
  // #ifdef H5
  sources = await Promise.all((picked.tempFiles as unknown as File[]).slice(0, most).map(drawnAnew));
  // #endif
  // #ifndef H5
  sources = await Promise.all(([] as string[]).concat(picked.tempFilePaths).slice(0, most).map(smaller));
  // #endif
  return sources.map((src) => ({ id: stamp(), src }));
}

const stamp = () => (last = Math.max(Date.now(), last + 1));

// #ifdef H5
// The browser turns the picture upright as the camera meant it; JPEG from a canvas carries no EXIF.
async function drawnAnew(file: Blob): Promise<string> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new Error(unreadable);
  }
  const { width, height } = fit(picture.width, picture.height);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error(unreadable);
  pen.fillStyle = '#fff'; // a drawing with a see-through ground
  pen.fillRect(0, 0, width, height);
  pen.drawImage(picture, 0, 0, width, height);
  picture.close();
  return canvas.toDataURL('image/jpeg', 0.82);
}
// #endif

// #ifndef H5
async function smaller(path: string): Promise<string> {
  const { width, height } = (await uni.getImageInfo({ src: path })) as { width: number; height: number };
  const size = fit(width, height);
  const { tempFilePath } = await uni.compressImage({
    src: path,
    quality: 80,
    compressedWidth: size.width,
    compressHeight: size.height,
  } as UniNamespace.CompressImageOptions);
  return tempFilePath;
}
// #endif

export async function pictureBytes(photo: Photo): Promise<ArrayBuffer> {
  if (photo.src.startsWith('data:')) {
    const text = atob(photo.src.slice(photo.src.indexOf(',') + 1));
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer;
  }
  return new Promise((resolve, reject) => {
    uni.getFileSystemManager().readFile({
      filePath: photo.src,
      success: ({ data }) => resolve(data as ArrayBuffer),
      fail: () => reject(new Error(unreadable)),
    });
  });
}
